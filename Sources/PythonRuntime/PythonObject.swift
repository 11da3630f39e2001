package import CPython

/// A reference as Python's functions give and take it; who owns it, the function's text says.
package typealias PyRef = UnsafeMutablePointer<PyObject>

/// One owned reference to a Python object: let go exactly once, with the GIL held.
package struct PythonObject: ~Copyable {
    package let reference: PyRef

    /// Takes over a reference that is already owned, as most functions return it.
    package init(owning reference: PyRef) {
        self.reference = reference
    }

    /// Takes a reference of its own to an object that somebody else keeps alive right now.
    package init(borrowing reference: PyRef) {
        Py_IncRef(reference)
        self.reference = reference
    }

    deinit {
        Py_DecRef(reference)
    }

    /// Gives the reference away: to a function that steals it, or to Python as a result.
    package consuming func take() -> PyRef {
        let taken = reference
        discard self
        return taken
    }
}

extension PythonObject {
    /// None.
    package static var none: PythonObject { PythonObject(borrowing: cpy_none()) }

    /// A `str` of text.
    package static func text(_ value: String) -> PythonObject {
        var value = value
        let made = value.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                PyUnicode_DecodeUTF8(characters.baseAddress, characters.count, "surrogateescape")
            }
        }
        return PythonObject(owning: require(made, "a str"))
    }

    /// A list of `str`.
    package static func list(_ values: [String]) -> PythonObject {
        let list = require(PyList_New(values.count), "a list")
        for (index, value) in values.enumerated() {
            PyList_SetItem(list, index, text(value).take())
        }
        return PythonObject(owning: list)
    }

    /// The attribute of that name; the error stays set where there is none.
    package func attribute(_ name: String) throws(PythonError) -> PythonObject {
        guard let value = PyObject_GetAttrString(reference, name) else {
            throw PythonError.caught()
        }
        return PythonObject(owning: value)
    }

    /// Calls it with positional arguments, which stay the caller's.
    package func call(_ arguments: [PyRef] = []) throws(PythonError) -> PythonObject {
        let tuple = PythonObject(owning: require(PyTuple_New(arguments.count), "a tuple"))
        for (index, argument) in arguments.enumerated() {
            Py_IncRef(argument)
            PyTuple_SetItem(tuple.reference, index, argument)
        }
        guard let result = PyObject_Call(reference, tuple.reference, nil) else {
            throw PythonError.caught()
        }
        return PythonObject(owning: result)
    }

    /// What `str()` makes of it.
    package var description: String {
        guard let text = PyObject_Str(reference) else {
            PyErr_Clear()
            return "<no text>"
        }
        let owned = PythonObject(owning: text)
        return owned.textValue ?? "<no text>"
    }

    /// The characters of a `str`; nil for anything else.
    package var textValue: String? {
        guard cpy_is_text(reference) else { return nil }
        let encoded = PyUnicode_AsEncodedString(reference, "utf-8", "surrogateescape")
        guard let encoded else {
            PyErr_Clear()
            return nil
        }
        let owned = PythonObject(owning: encoded)
        guard let start = PyBytes_AsString(owned.reference) else { return nil }
        let bytes = UnsafeRawBufferPointer(start: start, count: PyBytes_Size(owned.reference))
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The elements of a list as text; elements that are no `str` are left out.
    package var textList: [String] {
        guard cpy_is_list(reference) else { return [] }
        var values: [String] = []
        for index in 0..<PyList_Size(reference) {
            guard let item = PyList_GetItem(reference, index) else { continue }
            if let value = PythonObject(borrowing: item).textValue { values.append(value) }
        }
        return values
    }

    package var isNone: Bool { reference == cpy_none() }
}

/// Python's small constructors fail only when memory is at its end, and then we are too.
package func require(_ made: PyRef?, _ what: StaticString) -> PyRef {
    guard let made else { preconditionFailure("no memory for \(what)") }
    return made
}
