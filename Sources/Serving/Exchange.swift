package import Engine
package import HTTP
import Platform

/// One request and the answer to it: what a handler reads from and writes to.
///
/// Each thread that turns a server has one and uses it again for each request; whatever outlives
/// the request (the content an application kept, bytes the socket has not taken) is handed on,
/// never shared.
package final class Exchange {
    /// What of a response has gone out.
    package enum Progress {
        /// Nothing: a head may still be begun, or begun again.
        case open
        /// The head is sent or on its way: only content may follow.
        case headSent
        /// Everything is.
        case finished
        /// It cannot be completed; the connection ends so that the peer notices.
        case aborted
    }

    // MARK: The request

    /// The request's head, as ranges into `bytes`.
    package internal(set) var head = RequestHead()
    /// What the ranges refer to; valid until the handler returns.
    package internal(set) var bytes = UnsafeRawBufferPointer(start: nil, count: 0)
    /// The content; nil where there is none.
    package internal(set) var body: RequestBody?
    /// The content where the handler has to wait for it; then `body` is nil.
    package internal(set) var stream: BodyStream?
    /// Who asked: the peer, or whom a proxy that is trusted names.
    package internal(set) var client = PeerAddress()
    /// Where it was asked.
    package internal(set) var endpoint: Endpoint
    /// Monotonic nanoseconds when the head was complete.
    package internal(set) var startedAt: UInt64 = 0

    // MARK: The response

    package internal(set) var progress = Progress.open
    /// The status code begun; 0 before there is one.
    package internal(set) var status = 0
    /// Bytes of content sent or on their way.
    package internal(set) var contentSent = 0
    /// Whether the connection is kept after this response.
    package internal(set) var keepsConnection = false

    /// The status as the application wrote it (`200 OK`).
    var statusText = ByteWriter(capacity: 64)
    /// The application's fields, serialised.
    package internal(set) var fields = ByteWriter(capacity: 1024)
    /// What the application declared as the length of its content.
    var declaredLength: Int?
    var upgradesConnection = false
    var framing = ResponseFraming.none
    /// Content dropped since the status or the method allows none.
    package internal(set) var droppedContent = false
    /// Content beyond the declared length, which was cut.
    package internal(set) var cutContent = false

    /// Nanoseconds the complete request waited for a thread that could answer it.
    package internal(set) var queuedNanoseconds: UInt64 = 0
    /// What the access log's format asks for of the application's variables, by name.
    package var variables: [(name: [UInt8], value: [UInt8])] = []
    /// What the handler keeps from one request of this exchange to the next.
    package var attachment: UnsafeMutableRawPointer?

    unowned(unsafe) let server: Server
    var connection: Connection?
    /// Whether responses may wait for the end of the turn.
    ///
    /// It has more events then, and a guard to look after them. Asked without the baton.
    var mayDepart = false
    /// What is sent next.
    var out = ByteWriter(capacity: 64 * 1024)
    private var stamp: DateStamp
    /// Whether the server would keep the connection, as it stood when the request was complete.
    private var serverKeeps = false
    /// Of the thread that never runs the handler.
    package let isGuards: Bool
    let calls = CallMark()
    /// Who answers, where the handler may be too late.
    let holder = ResponseHolder()
    /// The last call whose request the server has ended, and the last that it has given up.
    let lateCall = SharedNumber()
    let lostCall = SharedNumber()

    init(server: Server, endpoint: Endpoint, isGuards: Bool) {
        self.server = server
        self.endpoint = endpoint
        self.isGuards = isGuards
        stamp = DateStamp(serverField: server.serverField)
    }

    /// Room that the client's address needs as text.
    var clientTextCapacity: Int { PeerAddress.textCapacity }

    /// The bytes of one range of the head.
    package func bytes(of range: ByteRange) -> UnsafeRawBufferPointer {
        let range = range.range
        // A refused request has ranges of nothing.
        guard range.upperBound <= bytes.count else {
            return UnsafeRawBufferPointer(start: nil, count: 0)
        }
        return UnsafeRawBufferPointer(rebasing: bytes[range])
    }

    /// Whether this exchange still belongs to the request that somebody remembers.
    package internal(set) var serial: UInt64 = 0

    func begin(connection: Connection, bytes: UnsafeRawBufferPointer, body: RequestBody?) {
        self.connection = connection
        self.bytes = bytes
        self.body = body
        client = connection.client
        if server.options.clientField != .off { findClient() }
        if endpoint !== connection.endpoint { endpoint = connection.endpoint }
        startedAt = server.loop.now
        queuedNanoseconds = connection.phase == .ready ? startedAt &- connection.readySince : 0
        serial = server.nextSerial()
        serverKeeps = server.keepsConnections
        progress = .open
        status = 0
        contentSent = 0
        keepsConnection = false
        if server.options.requestSeconds > 0 { holder.renew() }
        droppedContent = false
        cutContent = false
        resetFields()
    }

    func end() {
        connection = nil
        body = nil
        stream = nil
        if !variables.isEmpty { variables = [] }
        bytes = UnsafeRawBufferPointer(start: nil, count: 0)
    }

    private func resetFields() {
        statusText.removeAll()
        fields.removeAll()
        declaredLength = nil
        upgradesConnection = false
    }

    /// Whether the head allows the response no content, whatever the application gives.
    var isBodiless: Bool {
        head.isHead || status == 204 || status == 304 || (100..<200).contains(status)
    }
}

// MARK: - The head of the response

extension Exchange {
    /// What came of a field the application gave.
    package enum FieldVerdict {
        case accepted
        case invalidValue
        /// A Content-Length that is no number.
        case invalidLength
    }

    /// Begins the head, or begins it again where nothing was sent; the fields follow.
    package func begin(status code: Int, text: UnsafeRawBufferPointer) {
        precondition(progress == .open, "a response was begun after its head was sent")
        resetFields()
        status = code
        statusText.append(text)
    }

    /// Adds one field of the application, or drops it where it is not the application's to say.
    ///
    /// `kind` is what `ResponseField.kind(of:)` says of the name, which must be a token.
    package func addField(
        kind: ResponseFieldKind,
        name: UnsafeRawBufferPointer,
        value: UnsafeRawBufferPointer
    ) -> FieldVerdict {
        guard ResponseField.isFieldValue(value) else { return .invalidValue }
        switch kind {
        case .other: break
        case .contentLength:
            guard let length = ResponseField.contentLength(value) else { return .invalidLength }
            if (100..<200).contains(status) || status == 204 { return .accepted }
            if let declaredLength {
                // Two lengths would let two readers see two ends.
                return declaredLength == length ? .accepted : .invalidValue
            }
            declaredLength = length
        case .connection:
            upgradesConnection = ResponseField.reads(value, "upgrade")
            return .accepted
        case .upgrade:
            guard ResponseField.reads(value, "websocket") else { return .accepted }
        case .server, .date, .transferEncoding, .hopByHop: return .accepted
        }
        fields.append(name)
        fields.append(": ")
        fields.append(value)
        fields.append("\r\n")
        return .accepted
    }

    /// Adds a field of the server's own making.
    package func addField(_ name: StaticString, _ value: UnsafeRawBufferPointer) {
        let bytes = UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        let verdict = addField(kind: ResponseField.kind(of: bytes), name: bytes, value: value)
        precondition(verdict == .accepted, "the server made a field that it must not send")
    }

    /// Decides the framing and writes the head.
    func composeHead(into out: inout ByteWriter) {
        framing = decideFraming()
        keepsConnection = decidePersistence()
        out.append("HTTP/")
        out.append(UInt8(ascii: "0") + head.version.major)
        out.append(UInt8(ascii: "."))
        out.append(UInt8(ascii: "0") + head.version.minor)
        out.append(UInt8(ascii: " "))
        out.append(statusText.bytes)
        stamp.write(into: &out, seconds: Clock.realtimeSeconds())
        if upgradesConnection {
            out.append("upgrade\r\n")
        } else if keepsConnection {
            out.append("keep-alive\r\n")
        } else {
            out.append("close\r\n")
        }
        if case .chunked = framing {
            out.append("Transfer-Encoding: chunked\r\n")
        }
        out.append(fields.bytes)
        out.append("\r\n")
    }

    private func decideFraming() -> ResponseFraming {
        if isBodiless { return .none }
        if let declaredLength { return .length(declaredLength) }
        return head.version < .http11 ? .close : .chunked
    }

    /// A connection is kept when both sides want it and the end of the response can be seen.
    private func decidePersistence() -> Bool {
        if upgradesConnection || !head.asksKeepAlive || !serverKeeps { return false }
        if server.endsConnections { return false }
        if case .close = framing { return false }
        // What of the content has not come yet would stand before the next request.
        return stream?.isWhole ?? true
    }
}
