import Engine
import HTTP
import Platform

// MARK: - Answering

extension Connection {
    /// Has the complete request answered, without the baton, and goes on with the connection.
    func answer(_ exchange: Exchange) {
        var body: RequestBody?
        if let pending {
            swap(&exchange.head, &pending.head)
            if exchange.head.hasContent { body = pending.body }
        }
        exchange.begin(connection: self, bytes: input.bytes, body: body)
        phase = .answering
        server.letGoForCall(exchange)
        server.handler.handle(exchange)
        if isLent { takeBackSocket(exchange) }
        if exchange.progress == .open || exchange.progress == .headSent { exchange.fail() }
        server.takeAfterCall(exchange)
        served += 1
        hops = 0
        server.answered(exchange)
        phase = .head
        let isKept = exchange.keepsConnection && exchange.progress == .finished
        let isAborted = exchange.progress == .aborted || hasFailed || queueHasFailed
        input.consume((pending?.end ?? exchange.head.end) - input.start)
        pending = nil
        exchange.end()
        if isAborted || server.isClosed { return close() }
        afterResponse(isKept: isKept)
    }

    @inline(__always)
    private func afterResponse(isKept: Bool) {
        guard queue.isEmpty else {
            keepsAfterWriting = isKept
            phase = .writing
            setDeadline(seconds: server.options.writeSeconds)
            return watch(for: .writable)
        }
        mayBeQueued = false
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
        answer(server.exchange)
        process()
    }

    // MARK: Answers of the server's own

    /// Answers a request that never reaches the handler, and ends the connection.
    func refuse(_ refusal: Refusal) {
        server.logRefusal(refusal, input.octets.span, peer: peer)
        answerAndEnd { exchange in exchange.refuse(refusal, self.input.octets.span) }
    }

    func answer(with answer: ErrorAnswer) {
        if answer.isOverload { server.logOverload() }
        answerAndEnd { exchange in exchange.refuse(answer) }
    }

    private func answerAndEnd(_ write: (Exchange) -> Void) {
        let exchange = server.exchange
        if let pending {
            swap(&exchange.head, &pending.head)
        } else {
            exchange.head = RequestHead()
        }
        // A head that was not understood has no parts that a log could name.
        let known = pending == nil ? UnsafeRawBufferPointer(start: nil, count: 0) : input.bytes
        exchange.begin(connection: self, bytes: known, body: nil)
        write(exchange)
        server.observer?.answered(exchange)
        exchange.end()
        guard phase != .closed else { return }
        pending = nil
        input.consume(input.count)
        afterResponse(isKept: false)
    }
}
