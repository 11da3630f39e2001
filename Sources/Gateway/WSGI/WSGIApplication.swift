import CPython
import Engine
import HTTP
package import Log
import Platform
package import PythonRuntime
package import Serving

/// The handler that answers requests by calling a WSGI application (PEP 3333).
///
/// Called, and let go of, with the GIL held.
package final class WSGIApplication: RequestHandler {
    private let application: PyRef
    private let environ: Environ
    private let log: Logger
    private let options: WSGIOptions
    private let closeName = EnvironKeys.intern("close")

    /// Takes over the reference to the callable.
    package init(
        _ application: consuming PythonObject,
        options: WSGIOptions,
        log: Logger
    ) throws(PythonError) {
        self.application = application.take()
        self.options = options
        self.log = log
        let support = try PythonSupport(errorDescriptor: options.errorDescriptor)
        environ = Environ(options: options, support: support)
        ResponseFields.invalidField = support.invalidField
        ResponseFields.invalidFieldName = support.invalidFieldName
    }

    package func handle(_ exchange: Exchange) {
        if log.isEnabled(.debug) { logRequest(exchange) }
        if let environ = begin(exchange) {
            call(exchange, environ)
            keepOrRelease(environ, of: exchange)
        } else {
            refuseOutsideMountPoint(exchange)
        }
        end(exchange)
    }

    /// The environ of a request; nil where its path is not under the mount point.
    @inline(__always)
    func begin(_ exchange: Exchange) -> PyRef? {
        let tools = RequestTools.of(exchange)
        StartResponse.bind(tools.pointee.start, to: exchange)
        EarlyHints.bind(tools.pointee.hints, to: exchange)
        return environ.make(for: exchange, earlyHints: tools.pointee.hints)
    }

    /// Lets go of the request.
    @inline(__always)
    func end(_ exchange: Exchange) {
        RequestTools.of(exchange).pointee.renew()
    }

    func refuseOutsideMountPoint(_ exchange: Exchange) {
        environ.mountPoint(of: exchange).withUnsafeBytes { mount in
            let wanted = String(decoding: mount, as: UTF8.self)
            log.warning(
                """
                Invalid request from ip=\(exchange.peer.text): Configuration problem: \
                Request path of \(Self.name(of: exchange)) does not start with \
                SCRIPT_NAME '\(wanted)'
                """
            )
            exchange.refuseOutsideMountPoint(mount)
        }
    }

    package func release(_ owner: ResponseOwner) {
        Py_DecRef(owner.assumingMemoryBound(to: PyObject.self))
    }

    package func wait(_ wait: () -> Bool) -> Bool {
        Interpreter.release(wait)
    }

    func call(_ exchange: Exchange, _ environ: PyRef) {
        let start = RequestTools.of(exchange).pointee.start
        guard let result = cpy_call_two(application, environ, start) else {
            return failed(exchange)
        }
        if !respond(result, to: exchange) { failed(exchange) }
        if exchange.droppedContent { logDroppedContent(exchange) }
        if exchange.cutContent { logCutContent(exchange) }
        close(result, exchange)
        Py_DecRef(result)
    }

    /// Calls an application for a worker's class, which deals with what goes wrong; false with the
    /// exception set.
    func run(_ application: PyRef, _ exchange: Exchange, _ environ: PyRef) -> Bool {
        let start = RequestTools.of(exchange).pointee.start
        guard let result = cpy_call_two(application, environ, start) else { return false }
        let isAnswered = respond(result, to: exchange)
        var raised: (PyRef?, PyRef?, PyRef?)
        if !isAnswered { PyErr_Fetch(&raised.0, &raised.1, &raised.2) }
        if exchange.droppedContent { logDroppedContent(exchange) }
        if exchange.cutContent { logCutContent(exchange) }
        close(result, exchange)
        Py_DecRef(result)
        if !isAnswered { PyErr_Restore(raised.0, raised.1, raised.2) }
        return isAnswered
    }

    private func respond(_ result: PyRef, to exchange: Exchange) -> Bool {
        let isWrapper = cpy_is_type(result, environ.fileWrapper)
        if isWrapper, options.sendsFiles, ResponseContent.sendFile(result, to: exchange) {
            return true
        }
        return ResponseContent.send(result, to: exchange)
    }

    /// PEP 3333: an iterable's `close()` is called, once, however the request ended.
    private func close(_ result: PyRef, _ exchange: Exchange) {
        if cpy_is_exact_list(result) || cpy_is_exact_tuple(result) || cpy_is_bytes(result) {
            return
        }
        guard let method = PyObject_GetAttr(result, closeName) else { return PyErr_Clear() }
        let owned = PythonObject(owning: method)
        guard let value = PyObject_CallObject(owned.reference, nil) else { return failed(exchange) }
        Py_DecRef(value)
    }

    // MARK: Variables for the access log

    /// Takes over the environ of a request that was answered.
    @inline(__always)
    func keepOrRelease(_ environ: PyRef, of exchange: Exchange) {
        if !options.loggedVariables.isEmpty { keepVariables(of: environ, exchange) }
        let tools = RequestTools.of(exchange)
        tools.pointee.keepOrRelease(environ, of: exchange, isKept: options.keepsEnviron)
    }

    /// The environ of the request just answered, owned by the caller; made where the application
    /// was not asked.
    func environment(of exchange: Exchange) -> PyRef? {
        let tools = RequestTools.of(exchange)
        if let kept = tools.pointee.environ(of: exchange) {
            Py_IncRef(kept)
            return kept
        }
        // Making one would lend the socket out.
        return exchange.head.asksUpgrade
            ? nil : environ.make(for: exchange, earlyHints: tools.pointee.hints)
    }

    /// Keeps the texts that the access log asks for: its line is written without the GIL.
    private func keepVariables(of environ: PyRef, _ exchange: Exchange) {
        var position = 0
        var key: PyRef?
        var value: PyRef?
        var found: [(name: [UInt8], value: PyRef)] = []
        while PyDict_Next(environ, &position, &key, &value) != 0 {
            guard let key, let value, let name = PythonObject(borrowing: key).textValue else {
                continue
            }
            let wanted = Array(name.lowercased().utf8)
            guard options.loggedVariables.contains(wanted) else { continue }
            Py_IncRef(value)
            found.append((wanted, value))
        }
        // Only now: `str()` may run code that changes the environ.
        for (name, value) in found {
            let owned = PythonObject(owning: value)
            exchange.variables.append((name, Self.text(of: owned.reference)))
        }
    }

    private static func text(of value: PyRef) -> [UInt8] {
        defer { PyErr_Clear() }
        guard let text = PyObject_Str(value) else { return [] }
        let owned = PythonObject(owning: text)
        guard
            let encoded = PyUnicode_AsEncodedString(owned.reference, "utf-8", "backslashreplace")
        else { return [] }
        let ownedBytes = PythonObject(owning: encoded)
        let bytes = UnsafeRawBufferPointer(
            start: PyBytes_AsString(ownedBytes.reference),
            count: PyBytes_Size(ownedBytes.reference)
        )
        return Array(bytes)
    }

    // MARK: What goes wrong

    /// Logs the exception that is set, as Gunicorn does, and ends the response as far as it can be.
    func failed(_ exchange: Exchange) {
        failed(exchange, PythonError.caught())
    }

    func failed(_ exchange: Exchange, _ error: PythonError) {
        log.error("Error handling request \(Self.name(of: exchange))", error)
        exchange.fail()
    }

    func logRequestIfAsked(_ exchange: Exchange) {
        if log.isEnabled(.debug) { logRequest(exchange) }
    }

    /// What Gunicorn's own pre_request hook does.
    private func logRequest(_ exchange: Exchange) {
        let path = String(decoding: exchange.bytes(of: exchange.head.path), as: UTF8.self)
        log.debug("\(Self.method(of: exchange)) \(path)")
    }

    private func logDroppedContent(_ exchange: Exchange) {
        log.warning(
            """
            WSGI app sent body bytes on a no-body response \
            (method=\(Self.method(of: exchange)) status=\(exchange.status)); dropping per RFC 9110.
            """
        )
    }

    private func logCutContent(_ exchange: Exchange) {
        log.warning(
            """
            WSGI app sent more body bytes than its Content-Length \
            (\(Self.name(of: exchange))); the rest was dropped.
            """
        )
    }

    private static func method(of exchange: Exchange) -> String {
        String(decoding: exchange.bytes(of: exchange.head.method), as: UTF8.self)
    }

    private static func name(of exchange: Exchange) -> String {
        let target = String(decoding: exchange.bytes(of: exchange.head.target), as: UTF8.self)
        return "\(method(of: exchange)) \(target)"
    }
}
