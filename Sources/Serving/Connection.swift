import Log
package import Engine
import HTTP
import Platform

/// One client's connection: receives heads and bodies, has them answered, sends, closes.
///
/// What it decides is small and stands in `phase`; parsing is `HTTP`'s, answering the handler's.
package final class Connection: EventReceiver, TimerReceiver {
    enum Phase {
        /// Between requests, or inside a head.
        case head
        /// The head is complete, its body is not.
        case body
        /// A response waits for the socket; nothing is read meanwhile.
        case writing
        /// Our side has ended; what still arrives is thrown away until the peer ends too.
        case lingering
        case closed
    }

    /// Bytes thrown away while lingering before we stop being patient.
    static let lingerBytesAtMost = 64 * 1024

    let server: Server
    let socket: StreamSocket
    let endpoint: Endpoint
    let peer: PeerAddress
    let peerIsTrusted: Bool

    var phase = Phase.head
    var input = InputBuffer()
    var queue = WriteQueue()
    /// How far an incomplete head was read.
    private var progress = HeadProgress()
    /// The request whose body is being received.
    var pending: PendingRequest?
    /// Requests answered on this connection.
    private(set) var served = 0

    private var timer: TimerWheel.Timer?
    private var isWatched = false
    private var keepsAfterWriting = false
    private var lingered = 0
    /// The application has a descriptor of its own for the socket.
    private var isLent = false
    /// The socket refused a write: nothing more can be sent.
    private(set) var hasFailed = false

    init(server: Server, socket: StreamSocket, endpoint: Endpoint, peer: PeerAddress) {
        self.server = server
        self.socket = socket
        self.endpoint = endpoint
        self.peer = peer
        peerIsTrusted = server.options.trusts(peer)
    }

    /// Nothing of a request has arrived.
    var isIdle: Bool { phase == .head && input.isEmpty }

    // MARK: Events

    /// Begins to serve: what has arrived already is read at once.
    func start() {
        receive()
        guard phase != .closed, !isWatched else { return }
        watch(for: phase == .writing ? .writable : .readable)
    }

    package func ready(_ events: Interest) {
        switch phase {
        case .head, .body: receive()
        case .writing: continueWriting()
        case .lingering: lingerOn()
        case .closed: break
        }
    }

    package func deadlinePassed() {
        switch phase {
        case .head:
            if input.isEmpty { close() } else { answer(with: .timeout) }
        case .body: answer(with: .timeout)
        case .writing, .lingering: close()
        case .closed: break
        }
    }

    func setDeadline(seconds: Int) {
        let timer = self.timer ?? server.loop.timers.add(self)
        self.timer = timer
        server.loop.timers.set(timer, to: server.loop.now &+ UInt64(seconds) * 1_000_000_000)
    }

    private func watch(for interest: Interest) {
        do throws(SystemError) {
            if isWatched {
                try server.loop.change(socket.descriptor, to: interest)
            } else {
                try server.loop.watch(socket.descriptor, for: interest, receiver: self)
                isWatched = true
            }
        } catch {
            // The kernel has no memory for one more entry: this connection is what we can give up.
            server.log.error("Connection dropped: \(error)")
            close()
        }
    }

    // MARK: Receiving

    private func receive() {
        guard makeRoom() else { return refuse(.fieldBlock) }
        do throws(SystemError) {
            switch try receiveOnce() {
            case .moved(0): peerEnded()
            case .moved: process()
            case .wouldBlock: receivedNothing()
            case .failed: close()
            }
        } catch {
            bodyFailed(error)
        }
    }

    private func receivedNothing() {
        guard phase == .head, input.isEmpty else { return }
        input.giveBack(to: &server.buffers)
        if timer == nil { setDeadline(seconds: server.options.headSeconds) }
    }

    private func makeRoom() -> Bool {
        input.ensureMemory(from: &server.buffers)
        return input.makeRoom(limit: server.inputAtMost)
    }

    private func receiveOnce() throws(SystemError) -> Transfer {
        if let pending, input.count == pending.headCount, let room = pending.room,
            let target = room.baseAddress
        {
            let transfer = socket.receive(into: target, count: room.count)
            if case .moved(let count) = transfer { try pending.receivedDirectly(count) }
            return transfer
        }
        guard let base = input.base else { return .failed(0) }
        let transfer = socket.receive(into: base + input.end, count: input.room)
        if case .moved(let count) = transfer { input.received(count) }
        return transfer
    }

    private func peerEnded() {
        if phase == .body || !input.isEmpty {
            server.log.debug("Ignored premature client disconnection.")
        }
        close()
    }

    /// Serves every request that is complete in the buffer.
    private func process() {
        while phase == .head || phase == .body {
            do {
                let isComplete = phase == .head ? try readHead() : try readBody()
                guard isComplete else { break }
            } catch let refusal as Refusal {
                return refuse(refusal)
            } catch {
                return bodyFailed(error)
            }
            answer()
        }
        if phase == .head, input.isEmpty {
            input.giveBack(to: &server.buffers)
            if server.isDraining { return beginLinger() }
            setDeadline(seconds: idleSeconds)
        }
    }

    private var idleSeconds: Int {
        served == 0 ? server.options.headSeconds : server.options.keepAliveSeconds
    }

    /// Reads a head; true when a whole request, body included, is there.
    private func readHead() throws -> Bool {
        if input.isEmpty { return false }
        let isFresh = !progress.isStarted
        let exchange = server.exchange
        let isComplete = try server.parser.parse(
            input.octets.span,
            from: input.start,
            progress: &progress,
            peerIsTrusted: peerIsTrusted,
            into: &exchange.head
        )
        guard isComplete else {
            if isFresh { setDeadline(seconds: server.options.headSeconds) }
            return false
        }
        progress = HeadProgress()
        if !exchange.head.hasContent { return true }
        return try beginBody(of: exchange)
    }

    private func beginBody(of exchange: Exchange) throws -> Bool {
        if input.start > 0 {
            // Offsets must hold while more is received: the head moves to the front for good.
            input.moveToFront()
            _ = try readHeadAgain(exchange)
        }
        let request = PendingRequest(options: server.options)
        try request.begin(&exchange.head)
        pending = request
        phase = .body
        let isComplete = try request.take(from: &input)
        if !isComplete, request.head.expectsContinue {
            server.out.append("HTTP/1.1 100 Continue\r\n\r\n")
            flush(&server.out)
        }
        if !isComplete { setDeadline(seconds: server.options.bodySeconds) }
        return isComplete
    }

    private func readHeadAgain(_ exchange: Exchange) throws -> Bool {
        var fresh = HeadProgress()
        return try server.parser.parse(
            input.octets.span,
            from: 0,
            progress: &fresh,
            peerIsTrusted: peerIsTrusted,
            into: &exchange.head
        )
    }

    private func readBody() throws -> Bool {
        guard let pending else { return false }
        let isComplete = try pending.take(from: &input)
        if !isComplete { setDeadline(seconds: server.options.bodySeconds) }
        return isComplete
    }

    private func bodyFailed(_ error: any Error) {
        server.log.error("Request body could not be stored: \(error)")
        answer(with: .storage)
    }

    // MARK: Answering

    private func answer() {
        let exchange = server.exchange
        if let pending {
            swap(&exchange.head, &pending.head)
        }
        exchange.begin(connection: self, bytes: input.bytes, body: pending?.body)
        server.handler.handle(exchange)
        if isLent { takeBackSocket(exchange) }
        if exchange.progress == .open || exchange.progress == .headSent { exchange.fail() }
        served += 1
        server.answered(exchange)
        let isKept = exchange.keepsConnection && exchange.progress == .finished
        let isAborted = exchange.progress == .aborted || hasFailed
        let wasAskedToClose = !exchange.head.asksKeepAlive
        // A body was received behind its head and has left the buffer; the head is still there.
        input.consume((pending?.headCount ?? exchange.head.end) - input.start)
        pending = nil
        exchange.end()
        guard phase != .closed else { return }
        // A peer that asked for the end sends nothing more that a plain close could trip over.
        if isAborted || wasAskedToClose && input.isEmpty && queue.isEmpty { return close() }
        afterResponse(isKept: isKept)
    }

    private func afterResponse(isKept: Bool) {
        guard queue.isEmpty else {
            keepsAfterWriting = isKept
            phase = .writing
            setDeadline(seconds: server.options.writeSeconds)
            if isWatched { watch(for: .writable) }
            return
        }
        if isKept {
            phase = .head
        } else {
            beginLinger()
        }
    }

    /// Answers a request that never reaches the handler, and ends the connection.
    private func refuse(_ refusal: Refusal) {
        server.logRefusal(refusal, input.octets.span, peer: peer)
        answerAndEnd { exchange in exchange.refuse(refusal, self.input.octets.span) }
    }

    private func answer(with answer: ErrorAnswer) {
        answerAndEnd { exchange in exchange.refuse(answer) }
    }

    private func answerAndEnd(_ write: (Exchange) -> Void) {
        let exchange = server.exchange
        exchange.begin(connection: self, bytes: input.bytes, body: nil)
        write(exchange)
        exchange.end()
        guard phase != .closed else { return }
        pending = nil
        input.consume(input.count)
        afterResponse(isKept: false)
    }

    // MARK: Lending the socket

    func lendSocket() throws(SystemError) -> Int32 {
        let copy = try ApplicationFile.duplicate(socket.descriptor)
        // Both descriptors lead to one socket, which waits or does not wait for both.
        Descriptor.setNonBlocking(socket.descriptor, false)
        isLent = true
        return copy
    }

    private func takeBackSocket(_ exchange: Exchange) {
        isLent = false
        if exchange.upgradesConnection {
            exchange.abort()
        } else {
            Descriptor.setNonBlocking(socket.descriptor)
        }
    }

    // MARK: Sending

    /// Sends what stands in the writer, and empties it.
    func flush(_ out: inout ByteWriter) {
        _ = send(&out, then: UnsafeRawBufferPointer(start: nil, count: 0), owner: nil)
    }

    /// Sends what stands in the writer and then the content; answers whether the owner was taken.
    func send(
        _ out: inout ByteWriter,
        then content: UnsafeRawBufferPointer,
        owner: ResponseOwner?
    ) -> Bool {
        defer { out.removeAll() }
        let head = out.bytes
        guard !hasFailed, head.count + content.count > 0 else { return false }
        var sent = 0
        if queue.isEmpty {
            let transfer =
                content.isEmpty ? socket.send(head)
                : head.isEmpty ? socket.send(content) : socket.send(head, content)
            switch transfer {
            case .moved(let count): sent = count
            case .wouldBlock: break
            case .failed:
                hasFailed = true
                return false
            }
        }
        return enqueue(head, content, from: sent, owner: owner)
    }

    private func enqueue(
        _ head: UnsafeRawBufferPointer,
        _ content: UnsafeRawBufferPointer,
        from sent: Int,
        owner: ResponseOwner?
    ) -> Bool {
        if sent < head.count {
            queue.append(copying: UnsafeRawBufferPointer(rebasing: head[sent...]))
        }
        let skipped = max(0, sent - head.count)
        guard skipped < content.count else { return false }
        let rest = UnsafeRawBufferPointer(rebasing: content[skipped...])
        guard let owner else {
            queue.append(copying: rest)
            return false
        }
        queue.append(lending: rest, owner: owner)
        return true
    }

    func send(_ out: inout ByteWriter, thenFile file: Int32, offset: Int64, count: Int) {
        flush(&out)
        guard !hasFailed else { return ApplicationFile.close(file) }
        queue.append(file: file, offset: offset, count: count)
        if queue.send(to: socket, handler: server.handler) == .failed { hasFailed = true }
    }

    /// Holds the application back while too much of its response waits in memory.
    func waitForRoom() {
        while queue.copiedCount > server.options.responseInMemoryAtMost, !hasFailed {
            let limit = Int32(clamping: server.options.writeSeconds * 1000)
            let isWritable = server.handler.wait {
                socket.waitUntilWritable(milliseconds: limit)
            }
            guard isWritable, queue.send(to: socket, handler: server.handler) != .failed else {
                hasFailed = true
                return
            }
        }
    }

    private func continueWriting() {
        switch queue.send(to: socket, handler: server.handler) {
        case .blocked: setDeadline(seconds: server.options.writeSeconds)
        case .failed: close()
        case .drained:
            guard keepsAfterWriting else { return beginLinger() }
            phase = .head
            watch(for: .readable)
            process()
        }
    }

    // MARK: Ending

    /// Ends our side and waits a moment for the peer's: closing with unread bytes in the kernel
    /// would reset the connection and could destroy the response on its way.
    func beginLinger() {
        input.consume(input.count)
        input.giveBack(to: &server.buffers)
        socket.end()
        phase = .lingering
        setDeadline(seconds: server.options.lingerSeconds)
        lingerOn()
        if phase == .lingering { watch(for: .readable) }
    }

    private func lingerOn() {
        input.ensureMemory(from: &server.buffers)
        defer { input.giveBack(to: &server.buffers) }
        while lingered < Self.lingerBytesAtMost, let base = input.base {
            switch socket.receive(into: base, count: input.capacity) {
            case .moved(let count) where count > 0: lingered += count
            case .wouldBlock: return
            default: return close()
            }
        }
        close()
    }

    func close() {
        guard phase != .closed else { return }
        phase = .closed
        if let timer { server.loop.timers.remove(timer) }
        timer = nil
        queue.discard(handler: server.handler)
        input.consume(input.count)
        input.giveBack(to: &server.buffers)
        pending = nil
        if isWatched { server.loop.forgetClosing(socket.descriptor) }
        socket.close()
        server.closed(self)
    }
}
