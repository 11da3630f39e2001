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

    /// An `int`.
    package static func integer(_ value: Int) -> PythonObject {
        PythonObject(owning: require(PyLong_FromLong(value), "an int"))
    }

    /// A list of `str`.
    package static func list(_ values: [String]) -> PythonObject {
        let list = require(PyList_New(values.count), "a list")
        for (index, value) in values.enumerated() {
            PyList_SetItem(list, index, text(value).take())
        }
        return PythonObject(owning: list)
    }

    /// A dict of `str` to `str`.
    package static func dictionary(_ pairs: [(name: String, value: String)]) -> PythonObject {
        let dictionary = require(PyDict_New(), "a dict")
        for pair in pairs {
            let name = text(pair.name)
            let value = text(pair.value)
            PyDict_SetItem(dictionary, name.reference, value.reference)
        }
        return PythonObject(owning: dictionary)
    }

    /// True or False.
    package static func flag(_ value: Bool) -> PythonObject {
        PythonObject(borrowing: value ? cpy_true() : cpy_false())
    }

    /// Puts a value under a text into a dict.
    package func set(_ name: String, _ value: borrowing PythonObject) {
        let key = PythonObject.text(name)
        PyDict_SetItem(reference, key.reference, value.reference)
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

    /// Calls it with numbers.
    package func call(integers: [Int]) throws(PythonError) -> PythonObject {
        let tuple = PythonObject(owning: require(PyTuple_New(integers.count), "a tuple"))
        for (index, number) in integers.enumerated() {
            PyTuple_SetItem(tuple.reference, index, require(PyLong_FromLong(number), "an int"))
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
        return PythonObject(owning: text).shownText ?? "<no text>"
    }

    /// The characters of a `str` as bytes of a path or an argument have become them; nil for
    /// anything else.
    package var textValue: String? { encoded(errors: "surrogateescape") }

    /// The same to be shown: what has no place in UTF-8 is written as its number.
    package var shownText: String? { encoded(errors: "backslashreplace") }

    private func encoded(errors: StaticString) -> String? {
        guard cpy_is_text(reference) else { return nil }
        let handler = UnsafeRawPointer(errors.utf8Start).assumingMemoryBound(to: CChar.self)
        let encoded = PyUnicode_AsEncodedString(reference, "utf-8", handler)
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
    package var textList: [String] { texts { $0.textValue } }

    /// The same to be shown.
    package var shownTexts: [String] { texts { $0.shownText } }

    private func texts(_ read: (borrowing PythonObject) -> String?) -> [String] {
        guard cpy_is_list(reference) else { return [] }
        var values: [String] = []
        for index in 0..<PyList_Size(reference) {
            guard let item = PyList_GetItem(reference, index) else { continue }
            if let value = read(PythonObject(borrowing: item)) { values.append(value) }
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

/// A Python value in the kinds that settings are made of.
package enum PlainValue {
    case none
    case bool(Bool)
    case integer(Int)
    case text(String)
    case list([String])
    case table([(key: String, value: String)])
    /// Anything else: the object itself.
    case other
}

extension PythonObject {
    /// The value, where it is of a plain kind.
    package var plain: PlainValue {
        if isNone { return .none }
        if reference == cpy_true() { return .bool(true) }
        if reference == cpy_false() { return .bool(false) }
        if cpy_is_integer(reference) { return integer.map { .integer($0) } ?? .other }
        if let text = textValue { return .text(text) }
        if let items = plainList { return .list(items) }
        if let pairs = plainTable { return .table(pairs) }
        return .other
    }

    private var integer: Int? {
        let value = PyLong_AsLong(reference)
        guard value == -1, PyErr_Occurred() != nil else { return value }
        PyErr_Clear()
        return nil
    }

    /// The texts of a list or a tuple of nothing but texts.
    private var plainList: [String]? {
        guard cpy_is_list(reference) || cpy_is_tuple(reference),
            let sequence = PySequence_List(reference)
        else { return nil }
        let list = PythonObject(owning: sequence)
        let texts = list.textList
        return texts.count == PyList_Size(list.reference) ? texts : nil
    }

    /// The pairs of a dict from texts to texts.
    private var plainTable: [(key: String, value: String)]? {
        guard cpy_is_dict(reference) else { return nil }
        var pairs: [(key: String, value: String)] = []
        var position = 0
        var key: PyRef?
        var value: PyRef?
        while PyDict_Next(reference, &position, &key, &value) != 0 {
            guard let key, let value,
                let keyText = PythonObject(borrowing: key).textValue,
                let valueText = PythonObject(borrowing: value).textValue
            else { return nil }
            pairs.append((keyText, valueText))
        }
        return pairs
    }

    /// The value under a text in a dict; nil where there is none.
    package func item(_ name: String) -> PythonObject? {
        let key = PythonObject.text(name)
        guard let value = PyDict_GetItemWithError(reference, key.reference) else { return nil }
        return PythonObject(borrowing: value)
    }
}
