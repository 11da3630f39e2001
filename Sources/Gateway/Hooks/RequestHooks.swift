import CPython
import Engine
import HTTP
package import PythonRuntime
package import Serving

/// `pre_request` and `post_request`, around the application on the thread that runs it, and the
/// methods of the worker's class in their place where somebody overrides those.
package final class RequestHooks {
    private let makeRequest: PyRef
    private let preRequest: PyRef
    private let postRequest: PyRef
    /// Whether the request is logged at level debug, as it is where there is no `pre_request`.
    let logsRequests: Bool
    /// Answers a request by the methods of the worker's class; it calls the hooks by itself.
    private let handle: PyRef?

    package init(
        _ supervision: Supervision,
        logsRequests: Bool,
        callsMethods: Bool
    ) throws(PythonError) {
        handle = callsMethods ? try supervision.method("handle") : nil
        makeRequest = try supervision.method("make_request")
        preRequest = try supervision.method("pre_request")
        postRequest = try supervision.method("post_request")
        self.logsRequests = logsRequests
    }

    /// The request as hooks see it, owned by the caller; nil with an exception set.
    func request(_ environ: PyRef, _ exchange: Exchange) -> PyRef? {
        let fields = PythonObject.list()
        for index in exchange.head.fields.indices {
            let field = exchange.head.fields[index]
            fields.append(
                Self.pair(exchange.bytes(of: field.name), exchange.bytes(of: field.value))
            )
        }
        return cpy_call_two(makeRequest, environ, fields.reference)
    }

    private static func pair(
        _ name: UnsafeRawBufferPointer,
        _ value: UnsafeRawBufferPointer
    ) -> PythonObject {
        let tuple = require(PyTuple_New(2), "a tuple")
        let capitals = name.map { (UInt8(ascii: "a")...UInt8(ascii: "z")) ~= $0 ? $0 &- 32 : $0 }
        capitals.withUnsafeBytes { bytes in
            _ = PyTuple_SetItem(tuple, 0, EnvironKeys.latin1(bytes))
        }
        PyTuple_SetItem(tuple, 1, EnvironKeys.latin1(value))
        return PythonObject(owning: tuple)
    }

    /// False with an exception set: then the application is not called.
    func before(_ request: PyRef, _ environ: PyRef) -> Bool {
        guard let result = cpy_call_two(preRequest, request, environ) else { return false }
        Py_DecRef(result)
        return true
    }

    /// What the hook raises is logged; `wasCalled` says whether the application was.
    func after(_ request: PyRef, _ environ: PyRef, _ exchange: Exchange, wasCalled: Bool) {
        let answer = wasCalled ? Self.outcome(of: exchange) : PythonObject.list()
        do throws(PythonError) {
            let post = PythonObject(borrowing: postRequest)
            _ = try post.call([request, environ, answer.reference])
        } catch {
            // The Python side has logged what an ordinary exception says; this one ends things.
            return
        }
    }

    /// What was answered, as `Supervision.post_request` takes it.
    static func outcome(of exchange: Exchange) -> PythonObject {
        let answer = PythonObject.list()
        answer.append(PythonObject(owning: EnvironKeys.latin1(exchange.statusBytes)))
        answer.append(PythonObject(owning: EnvironKeys.latin1(exchange.fields.bytes)))
        answer.append(.integer(exchange.contentSent))
        answer.append(.integer(exchange.declaredContentLength ?? -1))
        answer.append(.flag(exchange.isChunked))
        answer.append(.flag(!exchange.keepsConnection))
        return answer
    }

    /// Has the methods of the worker's class answer, where somebody overrides them; false where
    /// nobody does.
    func answerByMethods(
        _ exchange: Exchange,
        _ request: PyRef,
        _ environ: PyRef,
        _ application: WSGIApplication
    ) -> Bool {
        guard let handle else { return false }
        do throws(PythonError) {
            try RequestCall.during(exchange, application) { call throws(PythonError) in
                _ = try PythonObject(borrowing: handle).call([request, environ, call])
            }
            // They sent what they liked by themselves, or nothing.
            if exchange.progress == .open { exchange.abort() }
        } catch {
            application.failed(exchange, error)
        }
        return true
    }
}

/// Answers requests by a WSGI application, with the operator's hooks around it.
package final class HookedApplication: RequestHandler {
    private let application: WSGIApplication
    private let hooks: RequestHooks

    package init(_ application: WSGIApplication, _ hooks: RequestHooks) {
        self.application = application
        self.hooks = hooks
    }

    package func handle(_ exchange: Exchange) {
        if hooks.logsRequests { application.logRequestIfAsked(exchange) }
        if let environ = application.begin(exchange) {
            answer(exchange, environ)
            application.keepOrRelease(environ, of: exchange)
        } else {
            application.refuseOutsideMountPoint(exchange)
        }
        application.end(exchange)
    }

    private func answer(_ exchange: Exchange, _ environ: PyRef) {
        guard let request = hooks.request(environ, exchange) else {
            return application.failed(exchange)
        }
        defer { Py_DecRef(request) }
        if hooks.answerByMethods(exchange, request, environ, application) { return }
        let isWanted = hooks.before(request, environ)
        if isWanted {
            application.call(exchange, environ)
        } else {
            application.failed(exchange)
        }
        hooks.after(request, environ, exchange, wasCalled: isWanted)
    }

    package func release(_ owner: ResponseOwner) {
        application.release(owner)
    }

    package func wait(_ wait: () -> Bool) -> Bool {
        application.wait(wait)
    }
}
