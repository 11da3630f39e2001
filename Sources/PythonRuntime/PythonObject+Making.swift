import CPython

/// Containers that are filled one by one.
extension PythonObject {
    /// An empty list.
    package static func list() -> PythonObject {
        PythonObject(owning: require(PyList_New(0), "a list"))
    }

    /// A list of `int`.
    package static func list(integers: [Int]) -> PythonObject {
        let list = list()
        for number in integers { list.append(.integer(number)) }
        return list
    }

    /// Puts a value at the end of a list.
    package func append(_ value: consuming PythonObject) {
        PyList_Append(reference, value.reference)
    }

    /// Calls the method of that name with positional arguments, which stay the caller's.
    package func call(
        method name: String,
        _ arguments: [PyRef] = []
    ) throws(PythonError) -> PythonObject {
        try attribute(name).call(arguments)
    }
}
