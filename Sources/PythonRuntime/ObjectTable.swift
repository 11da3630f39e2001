import CPython

/// Python objects that settings refer to by number, so that settings themselves know no Python.
///
/// Objects are kept for good: a hook or a class named in a config file lives as long as the server.
package final class ObjectTable: @unchecked Sendable {
    private var references: [PyRef] = []

    package init() {}

    /// Keeps an object; its number.
    package func keep(_ object: consuming PythonObject) -> Int {
        references.append(object.take())
        return references.count - 1
    }

    /// A reference of its own to the object of that number.
    package func object(_ handle: Int) -> PythonObject {
        PythonObject(borrowing: references[handle])
    }

    /// What `str()` makes of the object.
    package func text(_ handle: Int) -> String {
        PythonObject(borrowing: references[handle]).description
    }

    /// The `__qualname__` of something that can be called.
    package func qualifiedName(_ handle: Int) -> String? {
        guard PyCallable_Check(references[handle]) != 0 else { return nil }
        let object = PythonObject(borrowing: references[handle])
        guard let name = try? object.attribute("__qualname__") else { return nil }
        return name.textValue
    }
}
