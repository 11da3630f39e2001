private import CPython
package import PythonRuntime

/// What the gateway needs that is said in Python: the module `swiftcorn._wsgi`.
struct PythonSupport: ~Copyable {
    private let module: PythonObject
    private let errorDescriptor: Int32
    private let wrapperType: PythonObject

    init(errorDescriptor: Int32) throws(PythonError) {
        module = try Interpreter.module("swiftcorn._wsgi")
        wrapperType = try module.attribute("FileWrapper")
        self.errorDescriptor = errorDescriptor
    }

    /// `wsgi.file_wrapper`, borrowed.
    func fileWrapper() -> PyRef { wrapperType.reference }

    /// `wsgi.errors`, owned by the caller.
    func errorStream() throws(PythonError) -> PyRef {
        let type = try module.attribute("ErrorStream")
        let number = PythonObject(
            owning: require(PyLong_FromLong(Int(errorDescriptor)), "an int")
        )
        return try type.call([number.reference]).take()
    }
}
