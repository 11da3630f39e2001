import Engine
import HTTP
import Platform

// MARK: - Answering

extension Connection {
    /// Has the complete request answered, without the baton, and goes on with the connection.
    func answer(_ exchange: Exchange) {
        var body: RequestBody?
        let stream = pending?.stream
        if let pending {
            swap(&exchange.head, &pending.head)
            if exchange.head.hasContent, stream == nil { body = pending.body }
        }
        exchange.begin(connection: self, bytes: input.bytes, body: body)
        if let stream {
            exchange.stream = stream
            stream.begin(for: exchange)
        }
        phase = .answering
        server.letGoForCall(exchange)
        server.handler.handle(exchange)
        if isLent { takeBackSocket(exchange) }
        if exchange.progress == .open || exchange.progress == .headSent { exchange.fail() }
        let isAnswered = exchange.wasAnsweredInstead
        if server.observesCalls { server.observer?.called(exchange) }
        server.takeAfterCall(exchange)
        countSent()
        served += 1
        hops = 0
        server.answered(exchange, isTold: isAnswered && !server.observesCalls)
        var isKept = exchange.keepsConnection && exchange.progress == .finished
        let isLast = !exchange.head.asksKeepAlive && !exchange.head.hasContent
        input.consume((pending?.end ?? exchange.head.end) - input.start)
        if let stream, !stream.end(returningTo: &input, pool: &server.buffers) {
            isKept = false
            lingerBytes = Self.refusedBodyBytesAtMost
        }
        pending = nil
        exchange.end()
        if departs, !isKept || !input.isEmpty { server.sendDepartures() }
        // A peer that wants no more, and has nothing on its way, needs no lingering.
        let isDone = isLast && queue.isEmpty && input.isEmpty
        phase = .head
        if isAnswered, !server.isClosed { return afterResponse(isKept: false) }
        let isAborted = exchange.progress == .aborted || hasFailed || queueHasFailed
        if isAborted || isDone || exchange.wasLate || server.isClosed { return close() }
        afterResponse(isKept: isKept)
    }

    @inline(__always)
    func afterResponse(isKept: Bool) {
        guard queue.isEmpty else {
            keepsAfterWriting = isKept
            phase = .writing
            pace.begin(at: server.loop.now)
            setDeadline(of: server.options.writePace)
            return watch(for: .writable)
        }
        mayBeQueued = departs
        if isKept {
            phase = .head
            watch(for: .readable)
        } else {
            beginLinger()
        }
    }

    // MARK: Waiting for a thread that may answer

    /// Puts the complete request into the queue of those that wait for their answer.
    func awaitAnswer() {
        do throws(SystemError) {
            if pending == nil {
                let request = PendingRequest(options: server.options)
                try request.begin(&server.exchange.head)
                pending = request
            }
        } catch {
            return bodyFailed(error)
        }
        phase = .ready
        readySince = server.loop.now
        guard server.queue(self) else { return answer(with: .overloaded) }
        if server.options.queueSeconds > 0 { setDeadline(seconds: server.options.queueSeconds) }
    }

    /// Its turn has come: answers, and serves what else is complete in the buffer.
    func answerWaiting() {
        guard phase == .ready else { return }
        if let postponed {
            self.postponed = nil
            return answerAndEnd(postponed)
        }
        answer(server.exchange)
        process()
    }

    // MARK: Answers of the server's own

    /// Answers a request that never reaches the handler, and ends the connection.
    func refuse(_ refusal: Refusal) {
        server.logRefusal(refusal, input.octets.span, peer: peer)
        server.statistics.refused(refusal.countedReason)
        answerAndEnd(.refusal(refusal))
    }

    func answer(with answer: ErrorAnswer) {
        if answer.isOverload { server.logOverload() }
        server.statistics.refused(answer.countedReason)
        answerAndEnd(.answer(answer))
    }

    private func answerAndEnd(_ reply: OwnReply) {
        let exchange = server.exchange
        if server.observesCalls, exchange.isGuards { return postpone(reply) }
        if let pending {
            swap(&exchange.head, &pending.head)
        } else {
            exchange.head = RequestHead()
        }
        // A head that was not understood has no parts that a log could name.
        let known = pending == nil ? UnsafeRawBufferPointer(start: nil, count: 0) : input.bytes
        exchange.begin(connection: self, bytes: known, body: nil)
        switch reply {
        case .refusal(let refusal): exchange.refuse(refusal, input.octets.span)
        case .answer(let answer): exchange.refuse(answer)
        }
        if server.observesCalls { tellOfCall(exchange) }
        countSent()
        server.observer?.answered(exchange)
        exchange.end()
        guard phase != .closed else { return }
        pending = nil
        input.consume(input.count)
        afterResponse(isKept: false)
    }

    /// The observer has to be told by a thread that may run the handler: it answers then, too.
    private func postpone(_ reply: OwnReply) {
        postponed = reply
        phase = .ready
        readySince = server.loop.now
        server.ready.appendAnyway(self)
    }

    private func tellOfCall(_ exchange: Exchange) {
        let former = phase
        phase = .answering
        server.letGoOfBaton()
        server.observer?.called(exchange)
        server.takeBaton(for: exchange)
        phase = former
    }
}

/// An answer that is no handler's.
enum OwnReply {
    case refusal(Refusal)
    case answer(ErrorAnswer)
}
