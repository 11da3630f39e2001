import CPython
import PythonRuntime

/// What the gateway needs that is said in Python: the module `swiftcorn._wsgi`.
struct PythonSupport {
    /// `wsgi.file_wrapper`, a class; kept for good.
    let fileWrapper: PyRef
    /// `wsgi.errors`, a text stream into the error log; kept for good.
    let errors: PyRef
    private let makeSocket: PyRef

    init(errorDescriptor: Int32) throws(PythonError) {
        let module = try Interpreter.module("swiftcorn._wsgi")
        let streamType = try module.attribute("ErrorStream")
        let number = PythonObject(
            owning: require(PyLong_FromLong(Int(errorDescriptor)), "an int")
        )
        makeSocket = try module.attribute("connection_socket").take()
        fileWrapper = try module.attribute("FileWrapper").take()
        errors = try streamType.call([number.reference]).take()
    }

    /// A Python socket for a descriptor, which it owns from then on; owned by the caller.
    func socket(_ descriptor: Int32) throws(PythonError) -> PyRef {
        try PythonObject(borrowing: makeSocket).call(integers: [Int(descriptor)]).take()
    }
}
