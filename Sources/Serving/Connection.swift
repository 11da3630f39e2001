package import Engine
import HTTP
import Log
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
        /// The request is complete and waits for a thread that may run the handler.
        case ready
        /// The handler is running: the connection is the answering thread's, but for its queue.
        case answering
        /// A response waits for the socket; nothing is read meanwhile.
        case writing
        /// Our side has ended; what still arrives is thrown away until the peer ends too.
        case lingering
        case closed
    }

    /// Bytes thrown away while lingering before we stop being patient.
    static let lingerBytesAtMost = 64 * 1024
    /// The same for who was refused in the middle of a body: most clients read no answer before
    /// they have sent all.
    static let refusedBodyBytesAtMost = 64 << 20
    /// Seconds they are listened to at most.
    static let refusedBodySeconds = 30

    let server: Server
    let socket: StreamSocket
    let endpoint: Endpoint
    let peer: PeerAddress
    let peerIsTrusted: Bool
    /// Whom the connection speaks for: the peer, or whom its PROXY header names.
    var client: PeerAddress
    var proxying = Proxying.none

    var phase = Phase.head
    var input = InputBuffer()
    var queue = WriteQueue()
    /// How far an incomplete head was read.
    private var progress = HeadProgress()
    /// The request whose body is being received.
    var pending: PendingRequest?
    /// Requests answered on this connection.
    var served = 0

    var timer: TimerWheel.Timer?
    /// False between the passing of a deadline and the next one.
    private var hasDeadline = false
    /// What the loop watches the socket for; nothing where it does not watch.
    var watched: Interest = []
    var keepsAfterWriting = false
    /// Bytes that are still thrown away before it is enough.
    var lingerBytes = Connection.lingerBytesAtMost
    /// How the body arrives, or the response leaves; which of them, says the phase.
    var pace = Pace()
    /// More of the response waits than may: the application has to wait too.
    var mustWait = false
    /// More is on its way to files than may be: the application has to wait for that.
    var mustWaitForFiles = false
    /// Responses of it went to a file by way of memory.
    var hasDeposited = false
    /// The application has a descriptor of its own for the socket.
    var isLent = false
    /// The socket refused a write, or is about to be closed: nothing more can be sent.
    var hasFailed = false
    /// The answering thread has put something into the queue and has not seen it empty since.
    ///
    /// As long as it has not, nobody else looks at the queue, and it sends without the baton.
    var mayBeQueued = false
    /// A response of it waits among the server's departures.
    var departs = false
    /// Sending from the queue failed while the handler was running.
    var queueHasFailed = false
    /// What the server answers itself, as soon as a thread of the handler's is free for it.
    var postponed: OwnReply?
    /// How often the request was handed from one process to another.
    var hops: UInt8 = 0
    /// Since when the complete request waits, on the monotonic clock.
    var readySince: UInt64 = 0
    /// Bytes that the answering thread has sent, and nobody has counted yet.
    var sentCount = 0

    init(server: Server, socket: StreamSocket, endpoint: Endpoint, peer: PeerAddress) {
        self.server = server
        self.socket = socket
        self.endpoint = endpoint
        self.peer = peer
        peerIsTrusted = server.options.trusts(peer)
        client = peer
        if server.options.proxyMode != .off { proxying = .possible }
    }

    /// It has had responses, and none of them was large for a slow reader; or it gets one of ours.
    var isLight: Bool { (served > 0 && !hasDeposited) || postponed != nil }

    /// Nothing of a request has arrived.
    var isIdle: Bool { phase == .head && input.isEmpty }

    // MARK: Events

    /// Begins to serve: what has arrived already is read at once.
    func start() {
        receive()
        switch phase {
        case .head, .body: watch(for: .readable)
        case .writing: watch(for: .writable)
        case .ready, .answering, .lingering, .closed: break
        }
    }

    package func ready(_ events: Interest) {
        switch phase {
        case .head, .body: receive()
        case .writing: continueWriting()
        case .lingering: lingerOn()
        case .ready: unwatch()
        case .answering: drainWhileAnswering()
        case .closed: break
        }
    }

    package func deadlinePassed() {
        hasDeadline = false
        switch phase {
        case .head: giveLastChance()
        case .body: judgeBody()
        case .ready:
            server.statistics.expired(.queue)
            answer(with: .overloaded)
        case .writing: judgeWriting()
        case .lingering: close()
        case .answering, .closed: break
        }
    }

    /// What arrived in time counts, even if we were too busy to read it.
    private func giveLastChance() {
        receive()
        guard !hasDeadline else { return }
        switch phase {
        case .head where input.isEmpty:
            server.statistics.expired(.idle)
            close()
        case .head:
            server.statistics.expired(.head)
            answer(with: .timeout)
        case .body, .ready, .answering, .writing, .lingering, .closed: break
        }
    }

    /// What arrived in time counts here too, as far as it is needed to be fast enough.
    private func judgeBody() {
        let limit = server.options.bodyPace
        let request = pending
        var count = -1
        while let body = pending?.body, body.count > count || pace.lacksBytes(limit) {
            guard body.count != count else { break }
            count = body.count
            receive()
            guard phase == .body, pending === request else { return }
        }
        guard pace.keeps(limit, at: server.loop.now) else {
            server.statistics.expired(.body)
            return answer(with: .timeout)
        }
        setDeadline(of: limit)
    }

    /// Sets the deadline so many seconds from now; 0 is never.
    func setDeadline(seconds: Int) {
        setDeadline(at: seconds > 0 ? server.loop.deadline(inSeconds: seconds) : nil)
    }

    /// Sets the deadline at which the pace has to be judged.
    func setDeadline(of limit: PaceLimit) {
        setDeadline(at: pace.deadline(limit))
    }

    private func setDeadline(at moment: UInt64?) {
        hasDeadline = true
        guard let moment else {
            if let timer { server.loop.timers.clear(timer) }
            return
        }
        let timer = self.timer ?? server.loop.timers.add(self)
        self.timer = timer
        server.loop.timers.set(timer, to: moment)
    }

    func watch(for interest: Interest) {
        guard watched != interest else { return }
        do throws(SystemError) {
            if watched.isEmpty {
                try server.loop.watch(socket.descriptor, for: interest, receiver: self)
            } else {
                try server.loop.change(socket.descriptor, to: interest)
            }
            watched = interest
        } catch {
            // The kernel has no memory for one more entry: this connection is what we can give up.
            server.log.error("Connection dropped: \(error)")
            close()
        }
    }

    /// Not told of any more, not even that the peer is gone: that would be told for ever.
    func unwatch() {
        guard !watched.isEmpty else { return }
        server.loop.forget(socket.descriptor)
        watched = []
    }

    // MARK: Receiving

    private func receive() {
        if departs { server.sendDepartures() }
        guard phase != .closed, phase != .writing else { return }
        guard makeRoom() else { return refuse(.fieldBlock) }
        do throws(SystemError) {
            switch try receiveOnce() {
            case .moved(0): peerEnded()
            case .moved(let count):
                pace.moved(count, at: server.loop.now)
                process()
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
        // Set for the first silence only: an idle connection's was set after its last response.
        if timer == nil { setDeadline(seconds: idleSeconds) }
    }

    private func makeRoom() -> Bool {
        input.ensureMemory(from: &server.buffers)
        return input.makeRoom(limit: server.inputAtMost)
    }

    private func receiveOnce() throws(SystemError) -> Transfer {
        if let pending, input.end == pending.end, let room = pending.room,
            let target = room.baseAddress
        {
            let transfer = socket.receive(into: target, count: room.count)
            if case .moved(let count) = transfer {
                server.statistics.received(bytes: count)
                try pending.receivedDirectly(count)
            }
            return transfer
        }
        guard let base = input.base else { return .failed(0) }
        let transfer = socket.receive(into: base + input.end, count: input.room)
        if case .moved(let count) = transfer {
            server.statistics.received(bytes: count)
            input.received(count)
        }
        return transfer
    }

    private func peerEnded() {
        if let refusal = pending?.refusalAtEndOfInput { return refuse(refusal) }
        if phase == .body {
            server.log.debug("Ignored premature client disconnection.")
        } else if !input.isEmpty {
            let rest = UnsafeRawBufferPointer(rebasing: input.bytes[input.start..<input.end])
            server.log.debug(PrematureEnd.text(Span(_unsafeBytes: rest)))
        }
        close()
    }

    /// Serves every request that is complete in the buffer.
    func process() {
        let exchange = server.exchange
        while phase == .head || phase == .body {
            do {
                let isComplete = phase == .head ? try readHead(exchange) : try readBody()
                guard isComplete else { break }
            } catch let refusal as Refusal {
                return refuse(refusal)
            } catch let answer as ErrorAnswer {
                return refuseBody(answer)
            } catch {
                return bodyFailed(error)
            }
            let mayAnswer = exchange.isGuards ? needsNobody(exchange) : server.mayAnswer(self)
            if mayAnswer { answer(exchange) } else { awaitAnswer() }
        }
        if phase == .head, input.isEmpty {
            input.giveBack(to: &server.buffers)
            if server.isDraining { return beginLinger() }
            setDeadline(seconds: idleSeconds)
        }
    }

    /// Whether the guard may have this request answered.
    private func needsNobody(_ exchange: Exchange) -> Bool {
        guard pending == nil, !server.observesCalls else { return false }
        let path = exchange.head.path.range
        return server.handler.needsNobody(
            toAnswer: UnsafeRawBufferPointer(rebasing: input.bytes[path])
        )
    }

    private var idleSeconds: Int {
        if server.isDraining { return server.options.lingerSeconds }
        return served == 0 ? server.options.headSeconds : server.options.keepAliveSeconds
    }

    /// Reads a head; true when a whole request, body included, is there.
    private func readHead(_ exchange: Exchange) throws -> Bool {
        if input.isEmpty { return false }
        if proxying.isAwaited, try !readProxyHeader() { return false }
        let isFresh = !progress.isStarted
        let isComplete = try server.reader.read(
            input,
            progress: &progress,
            peerIsTrusted: peerIsTrusted,
            into: &exchange.head
        )
        guard isComplete else {
            if isFresh { setDeadline(seconds: server.options.headSeconds) }
            return false
        }
        progress = HeadProgress()
        if case .length(let length) = exchange.head.framing,
            server.options.refusesBody(of: length)
        {
            pending = PendingRequest(options: server.options)
            pending?.adopt(&exchange.head)
            throw ErrorAnswer.bodyTooLarge
        }
        if exchange.head.expectsContinue, server.options.buffersBodies {
            // Also where there is no content, or all of it is here: as Gunicorn does.
            exchange.out.append("HTTP/1.1 100 Continue\r\n\r\n")
            flush(exchange)
        }
        if !exchange.head.hasContent { return true }
        return try beginBody(of: exchange)
    }

    private func beginBody(of exchange: Exchange) throws -> Bool {
        let request = PendingRequest(options: server.options)
        pending = request
        guard server.options.buffersBodies else {
            request.adopt(&exchange.head)
            request.stream(&input, of: self)
            return true
        }
        try request.begin(&exchange.head)
        phase = .body
        if try takeBody(request) { return true }
        try settle(request)
        pace.begin(at: server.loop.now)
        setDeadline(of: server.options.bodyPace)
        return false
    }

    private func takeBody(_ request: PendingRequest) throws -> Bool {
        let isWhole = try request.take(from: input)
        if server.options.refusesBody(of: request.body.count) { throw ErrorAnswer.bodyTooLarge }
        return isWhole
    }

    /// Leaves nothing but the head, at the front of the buffer, and what cannot be read yet:
    /// offsets must hold while more is received.
    private func settle(_ request: PendingRequest) throws {
        request.settle(&input)
        guard input.start > 0 else { return }
        input.moveToFront()
        var fresh = HeadProgress()
        _ = try server.reader.read(
            input,
            progress: &fresh,
            peerIsTrusted: peerIsTrusted,
            into: &request.head
        )
        request.headMoved()
    }

    private func readBody() throws -> Bool {
        guard let pending else { return false }
        if try takeBody(pending) { return true }
        pending.settle(&input)
        setDeadline(of: server.options.bodyPace)
        return false
    }

    /// The body is refused before it is whole: what is on its way is thrown away.
    private func refuseBody(_ answer: ErrorAnswer) {
        server.log.warning(
            "Invalid request from ip=\(peer.text): content beyond limit_request_body"
        )
        lingerBytes = Self.refusedBodyBytesAtMost
        self.answer(with: answer)
    }

    func bodyFailed(_ error: any Error) {
        server.log.error("Request body could not be stored: \(error)")
        lingerBytes = Self.refusedBodyBytesAtMost
        answer(with: .storage)
    }

    // MARK: Writing

    private func continueWriting() {
        switch sendQueued() {
        case .blocked: setDeadline(of: server.options.writePace)
        case .failed: close()
        case .drained: wrote()
        }
    }

    /// The socket has taken the whole response.
    func wrote() {
        guard keepsAfterWriting else { return beginLinger() }
        phase = .head
        watch(for: .readable)
        process()
    }

    // MARK: Ending

    /// Ends our side and waits a moment for the peer's: closing with unread bytes in the kernel
    /// would reset the connection and could destroy the response on its way.
    func beginLinger() {
        if departs { server.sendDepartures() }
        input.consume(input.count)
        input.giveBack(to: &server.buffers)
        socket.end()
        phase = .lingering
        pace.begin(at: server.loop.now)
        setDeadline(seconds: server.options.lingerSeconds)
        lingerOn()
        if phase == .lingering { watch(for: .readable) }
    }

    private func lingerOn() {
        input.ensureMemory(from: &server.buffers)
        defer { input.giveBack(to: &server.buffers) }
        // One call of many has its turn: others are waiting.
        var calls = 64
        while lingerBytes > 0, calls > 0, let base = input.base {
            calls -= 1
            switch socket.receive(into: base, count: input.capacity) {
            case .moved(let count) where count > 0: lingerBytes -= count
            case .wouldBlock: return prolongLinger()
            default: return close()
            }
        }
        if lingerBytes <= 0 { close() } else { prolongLinger() }
    }

    /// Who still sends a refused body has some more time.
    private func prolongLinger() {
        let end = pace.begunAt &+ UInt64(Self.refusedBodySeconds) &* Clock.nanosecondsPerSecond
        guard lingerBytes > Self.lingerBytesAtMost, server.loop.now < end else { return }
        setDeadline(seconds: server.options.lingerSeconds)
    }

    func close() {
        // The handler still reads the request; `answer` closes when it returns.
        if departs { server.sendDepartures() }
        guard phase != .closed, phase != .answering else { return }
        phase = .closed
        if let timer { server.loop.timers.remove(timer) }
        timer = nil
        changeQueue { $0.discard() }
        input.consume(input.count)
        input.giveBack(to: &server.buffers)
        pending = nil
        unwatch()
        socket.close()
        server.closed(self)
    }
}
