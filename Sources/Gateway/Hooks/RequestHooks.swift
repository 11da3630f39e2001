import CPython
import Engine
import HTTP
package import PythonRuntime
package import Serving

/// `pre_request` and `post_request`, around the application on the thread that runs it.
package final class RequestHooks {
    private let makeRequest: PyRef
    private let preRequest: PyRef
    private let postRequest: PyRef
    /// Whether the request is logged at level debug, as it is where there is no `pre_request`.
    let logsRequests: Bool

    package init(
        _ supervision: Supervision,
        logsRequests: Bool
    ) throws(PythonError) {
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
        let answer = PythonObject.list()
        if wasCalled {
            answer.append(PythonObject(owning: EnvironKeys.latin1(exchange.statusBytes)))
            answer.append(PythonObject(owning: EnvironKeys.latin1(exchange.fields.bytes)))
            answer.append(.integer(exchange.contentSent))
            answer.append(.integer(exchange.declaredContentLength ?? -1))
            answer.append(.flag(exchange.isChunked))
            answer.append(.flag(!exchange.keepsConnection))
        }
        do throws(PythonError) {
            let post = PythonObject(borrowing: postRequest)
            _ = try post.call([request, environ, answer.reference])
        } catch {
            // The Python side has logged what an ordinary exception says; this one ends things.
            return
        }
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
        let isWanted = hooks.before(request, environ)
        if isWanted {
            application.call(exchange, environ)
        } else {
            application.failed(exchange)
        }
        hooks.after(request, environ, exchange, wasCalled: isWanted)
        Py_DecRef(request)
    }

    package func release(_ owner: ResponseOwner) {
        application.release(owner)
    }

    package func wait(_ wait: () -> Bool) -> Bool {
        application.wait(wait)
    }
}
