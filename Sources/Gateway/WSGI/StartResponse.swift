import CPython
import PythonRuntime
import Serving

/// `start_response` (PEP 3333) and the `write` it answers, for one request.
///
/// One object serves request after request as long as nobody else holds it; one that an
/// application kept is left to it, and says that its request is over.
final class StartResponse {
    /// Whose request this is as long as `serial` says so; kept afterwards, since the next request
    /// will most likely be the same exchange's.
    private var exchange: Exchange?
    private var serial: UInt64 = 0
    private var writeObject: PyRef?
    private var writeCall: WriteCall?

    private init() {}

    deinit {
        writeCall?.start = nil
        if let writeObject { Py_DecRef(writeObject) }
    }

    static func make() -> PyRef {
        PythonType.object(of: type, for: StartResponse())
    }

    static func bind(_ object: PyRef, to exchange: Exchange) {
        let start = PythonType.owner(of: object, as: StartResponse.self)
        if start.exchange !== exchange { start.exchange = exchange }
        start.serial = exchange.serial
    }

    /// Ends the request; answers whether the object may serve another one.
    static func unbind(_ object: PyRef) -> Bool {
        let start = PythonType.owner(of: object, as: StartResponse.self)
        start.serial = 0
        if let write = start.writeObject, !cpy_is_ours_alone(write) { return false }
        return cpy_is_ours_alone(object)
    }

    /// The request, as long as it is the one this object was made for.
    private var current: Exchange? {
        guard let exchange, exchange.serial == serial else { return nil }
        return exchange
    }

    // MARK: start_response(status, headers, exc_info=None)

    private func start(_ status: PyRef, _ headers: PyRef, _ excInfo: PyRef?) -> PyRef? {
        guard let exchange = current else {
            return cpy_raise(CPY_RUNTIME_ERROR, "start_response: its request is over")
        }
        if let excInfo, excInfo != cpy_none() {
            guard exchange.progress == .open else { return Self.reraise(excInfo) }
        } else if exchange.status != 0 {
            return cpy_raise(CPY_ASSERTION_ERROR, "Response headers already set!")
        }
        guard ResponseFields.begin(exchange, status: status),
            ResponseFields.add(headers, to: exchange)
        else { return nil }
        return writer()
    }

    private static func reraise(_ excInfo: PyRef) -> PyRef? {
        guard cpy_is_tuple(excInfo), PyTuple_Size(excInfo) == 3 else {
            return cpy_raise(CPY_TYPE_ERROR, "exc_info must be a tuple of three")
        }
        let parts = (0..<3).map { PyTuple_GetItem(excInfo, $0) }
        for part in parts {
            Py_IncRef(part)
        }
        let trace = parts[2] == cpy_none() ? nil : parts[2]
        PyErr_Restore(parts[0], parts[1], trace)
        return nil
    }

    private func writer() -> PyRef {
        let object = writeObject ?? makeWriter()
        Py_IncRef(object)
        return object
    }

    private func makeWriter() -> PyRef {
        let call = WriteCall(self)
        let object = PythonType.object(of: Self.writeType, for: call)
        writeCall = call
        writeObject = object
        return object
    }

    // MARK: write(data)

    fileprivate func write(_ data: PyRef) -> PyRef? {
        guard let exchange = current else {
            return cpy_raise(CPY_RUNTIME_ERROR, "write: its request is over")
        }
        guard ResponseContent.write(data, to: exchange, isLast: false) else { return nil }
        return PythonObject.none.take()
    }
}

/// What `write` stands for: does not keep its start_response alive, or neither would ever end.
private final class WriteCall {
    /// Taken away when it ends.
    ///
    /// Not `weak`: an object that ever had a weak reference is counted the slow way for the rest
    /// of its life, and this one serves every request.
    unowned(unsafe) var start: StartResponse?

    init(_ start: StartResponse) {
        self.start = start
    }
}

// MARK: - What Python calls

extension StartResponse {
    nonisolated(unsafe) private static let type = PythonType.make(
        name: "swiftcorn.StartResponse",
        doc: "start_response(status, headers, exc_info=None) -> write",
        call: { object, arguments, keywords in
            guard let arguments else { return nil }
            let start = PythonType.owner(of: object, as: StartResponse.self)
            return start.call(arguments, keywords)
        }
    )

    nonisolated(unsafe) private static let writeType = PythonType.make(
        name: "swiftcorn.Write",
        doc: "write(data): sends content of the response",
        call: { object, arguments, _ in
            guard let arguments, PyTuple_Size(arguments) == 1,
                let data = PyTuple_GetItem(arguments, 0)
            else { return cpy_raise(CPY_TYPE_ERROR, "write() takes exactly one argument") }
            let call = PythonType.owner(of: object, as: WriteCall.self)
            guard let start = call.start else {
                return cpy_raise(CPY_RUNTIME_ERROR, "write: its request is over")
            }
            return start.write(data)
        }
    )

    private func call(_ arguments: PyRef, _ keywords: PyRef?) -> PyRef? {
        let count = PyTuple_Size(arguments)
        let status = argument(0, "status", arguments, count, keywords)
        let headers = argument(1, "headers", arguments, count, keywords)
        guard let status, let headers, count <= 3 else {
            return cpy_raise(
                CPY_TYPE_ERROR,
                "start_response() takes status, headers and perhaps exc_info"
            )
        }
        return start(status, headers, argument(2, "exc_info", arguments, count, keywords))
    }

    private func argument(
        _ index: Int,
        _ name: StaticString,
        _ arguments: PyRef,
        _ count: Int,
        _ keywords: PyRef?
    ) -> PyRef? {
        if index < count { return PyTuple_GetItem(arguments, index) }
        guard let keywords else { return nil }
        let text = UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
        return PyDict_GetItemString(keywords, text)
    }
}
