import CPython
import PythonRuntime

/// What the gateway needs that is said in Python: the module `swiftcorn._wsgi`.
struct PythonSupport {
    /// `wsgi.file_wrapper`, a class; kept for good.
    let fileWrapper: PyRef
    /// `wsgi.errors`, a text stream into the error log; kept for good.
    let errors: PyRef

    init(errorDescriptor: Int32) throws(PythonError) {
        let module = try Interpreter.module("swiftcorn._wsgi")
        let streamType = try module.attribute("ErrorStream")
        let number = PythonObject(
            owning: require(PyLong_FromLong(Int(errorDescriptor)), "an int")
        )
        fileWrapper = try module.attribute("FileWrapper").take()
        errors = try streamType.call([number.reference]).take()
    }
}
