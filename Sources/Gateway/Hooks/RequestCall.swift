import CPython
import Engine
import Platform
import PythonRuntime
import Serving

/// One request while the methods of a worker's class answer it, as Python has it.
///
/// A method that somebody overrides calls, sooner or later, the one of the server's own class; that
/// one comes here for what only the core can do.
final class RequestCall {
    private let application: WSGIApplication
    private let exchange: Exchange
    /// Set when the methods have returned: the exchange is another request's from then on.
    private var isOver = false

    private init(_ application: WSGIApplication, _ exchange: Exchange) {
        self.application = application
        self.exchange = exchange
    }

    /// Makes the object for a request, has `body` use it, and ends it.
    static func during(
        _ exchange: Exchange,
        _ application: WSGIApplication,
        _ body: (PyRef) throws(PythonError) -> Void
    ) throws(PythonError) {
        let call = RequestCall(application, exchange)
        defer { call.isOver = true }
        let object = PythonObject(owning: PythonType.object(of: type, for: call))
        try body(object.reference)
    }

    private static func current(_ object: PyRef?) -> RequestCall? {
        let call = PythonType.owner(of: object, as: RequestCall.self)
        guard !call.isOver else {
            _ = cpy_raise(CPY_RUNTIME_ERROR, "its request is over")
            return nil
        }
        return call
    }

    // MARK: What Python calls

    nonisolated(unsafe) private static let type = PythonType.make(
        name: "swiftcorn.RequestCall",
        doc: "One request while the methods of a worker's class answer it.",
        methods: [
            PythonType.method("run", "run(application, environ): has it answer.") { object, given in
                guard let given, PyTuple_Size(given) == 2,
                    let application = PyTuple_GetItem(given, 0),
                    let environ = PyTuple_GetItem(given, 1)
                else { return cpy_raise(CPY_TYPE_ERROR, "run() takes two arguments") }
                guard let call = RequestCall.current(object),
                    call.application.run(application, call.exchange, environ)
                else { return nil }
                return PythonObject.none.take()
            },
            PythonType.method("fail", "fail(exception): logs it, answers 500.") { object, given in
                guard let given, PyTuple_Size(given) == 1,
                    let exception = PyTuple_GetItem(given, 0),
                    let call = RequestCall.current(object)
                else { return cpy_raise(CPY_TYPE_ERROR, "fail() takes an exception, in time") }
                let type = PyObject_Type(exception)
                PyErr_SetObject(type, exception)
                Py_DecRef(type)
                call.application.failed(call.exchange)
                return PythonObject.none.take()
            },
            PythonType.method("outcome", "outcome(): what was answered, as a list.") { object, _ in
                guard let call = RequestCall.current(object) else { return nil }
                return RequestHooks.outcome(of: call.exchange).take()
            },
            PythonType.method("listener", "listener(): the listener's descriptor.") { object, _ in
                guard let call = RequestCall.current(object) else { return nil }
                return PyLong_FromLong(Int(call.exchange.endpoint.descriptor))
            },
            PythonType.method("socket", "socket(): a descriptor of the connection.") { object, _ in
                guard let call = RequestCall.current(object) else { return nil }
                do throws(SystemError) {
                    return PyLong_FromLong(Int(try call.exchange.lendSocket()))
                } catch {
                    return cpy_raise(CPY_OS_ERROR, "the connection's socket cannot be duplicated")
                }
            },
        ]
    )
}
