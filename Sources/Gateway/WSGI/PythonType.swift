import CPython
import PythonRuntime

/// Types whose objects we give to applications.
///
/// An object holds one reference to a Swift object, which outlives the request as long as the
/// application keeps the Python one: a late call finds it and is told so.
enum PythonType {
    /// Makes a type; once, and it lives as long as the process.
    static func make(
        name: StaticString,
        doc: StaticString,
        methods: [PyMethodDef] = [],
        call: (@convention(c) (PyRef?, PyRef?, PyRef?) -> PyRef?)? = nil,
        iterate: (@convention(c) (PyRef?) -> PyRef?)? = nil,
        next: (@convention(c) (PyRef?) -> PyRef?)? = nil
    ) -> PyRef {
        var plan = cpy_type_plan()
        plan.name = text(name)
        plan.doc = text(doc)
        plan.dealloc = { object in
            guard let object, let owner = cpy_owner(object) else { return }
            Unmanaged<AnyObject>.fromOpaque(owner).release()
            cpy_object_destroy(object)
        }
        plan.call = call
        plan.iterate = iterate
        plan.next = next
        if !methods.isEmpty {
            let table = UnsafeMutablePointer<PyMethodDef>.allocate(capacity: methods.count + 1)
            table.initialize(from: methods, count: methods.count)
            (table + methods.count).initialize(to: PyMethodDef())
            plan.methods = table
        }
        return require(cpy_type_create(&plan), "a type")
    }

    /// One method of a type: takes a tuple of positional arguments.
    static func method(
        _ name: StaticString,
        _ doc: StaticString,
        _ body: @escaping @convention(c) (PyRef?, PyRef?) -> PyRef?
    ) -> PyMethodDef {
        PyMethodDef(ml_name: text(name), ml_meth: body, ml_flags: METH_VARARGS, ml_doc: text(doc))
    }

    /// An object of the type that stands for a Swift object.
    static func object(of type: PyRef, for owner: AnyObject) -> PyRef {
        let retained = Unmanaged.passRetained(owner).toOpaque()
        return require(cpy_object_create(type, retained), "an object")
    }

    /// What an object stands for.
    static func owner<Owner: AnyObject>(of object: PyRef?, as type: Owner.Type) -> Owner {
        guard let object, let owner = cpy_owner(object) else {
            preconditionFailure("a Python object of ours stands for nothing")
        }
        return Unmanaged<Owner>.fromOpaque(owner).takeUnretainedValue()
    }

    private static func text(_ string: StaticString) -> UnsafePointer<CChar> {
        UnsafeRawPointer(string.utf8Start).assumingMemoryBound(to: CChar.self)
    }
}
