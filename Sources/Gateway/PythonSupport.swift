import CPython
import PythonRuntime

/// What the gateway needs that is said in Python: the module `swiftcorn._wsgi`.
struct PythonSupport {
    /// `wsgi.file_wrapper`, a class; kept for good.
    let fileWrapper: PyRef
    /// `wsgi.errors`, a text stream into the error log; kept for good.
    let errors: PyRef
    /// What is raised for a field that must not go on the wire, and for its name.
    let invalidField: PyRef
    let invalidFieldName: PyRef
    private let makeSocket: PyRef

    init(errorDescriptor: Int32) throws(PythonError) {
        let module = try Interpreter.module("swiftcorn._wsgi")
        let streamType = try module.attribute("error_stream")
        let number = PythonObject(
            owning: require(PyLong_FromLong(Int(errorDescriptor)), "an int")
        )
        invalidField = try module.attribute("InvalidResponseHeader").take()
        invalidFieldName = try module.attribute("InvalidResponseHeaderName").take()
        makeSocket = try module.attribute("connection_socket").take()
        fileWrapper = try module.attribute("FileWrapper").take()
        errors = try streamType.call([number.reference]).take()
    }

    /// A Python socket for a descriptor, which it owns from then on; owned by the caller.
    func socket(_ descriptor: Int32) throws(PythonError) -> PyRef {
        try PythonObject(borrowing: makeSocket).call(integers: [Int(descriptor)]).take()
    }
}
