import Engine
import HTTP
import Platform

// MARK: - Sending

/// The answering thread sends without the baton as long as nothing is queued. What the socket does
/// not take goes into the queue with the baton, and whoever turns the loop sends it from there.
extension Connection {
    /// Sends what stands in the exchange's writer, and empties it.
    func flush(_ exchange: Exchange) {
        _ = send(exchange, UnsafeRawBufferPointer(start: nil, count: 0), owner: nil)
    }

    /// Sends what stands in the exchange's writer and then the content; answers whether the owner
    /// was taken.
    func send(
        _ exchange: Exchange,
        _ content: UnsafeRawBufferPointer,
        owner: ResponseOwner?
    ) -> Bool {
        defer { exchange.out.removeAll() }
        let head = exchange.out.bytes
        guard !hasFailed, head.count + content.count > 0 else { return false }
        if mayBeQueued {
            return withQueue(exchange) { sendBehindQueue(head, content, owner: owner) }
        }
        let sent = sendNow(head, content)
        if hasFailed || sent == head.count + content.count { return false }
        mayBeQueued = true
        return withQueue(exchange) { enqueue(head, content, from: sent, owner: owner) }
    }

    private func sendNow(
        _ head: UnsafeRawBufferPointer,
        _ content: UnsafeRawBufferPointer
    ) -> Int {
        let transfer =
            content.isEmpty
            ? socket.send(head)
            : head.isEmpty ? socket.send(content) : socket.send(head, content)
        switch transfer {
        case .moved(let count): return count
        case .wouldBlock: return 0
        case .failed:
            hasFailed = true
            return 0
        }
    }

    /// A socket that was full may have room by now.
    private func sendBehindQueue(
        _ head: UnsafeRawBufferPointer,
        _ content: UnsafeRawBufferPointer,
        owner: ResponseOwner?
    ) -> Bool {
        if !queue.isEmpty, sendQueued() == .failed { hasFailed = true }
        guard !hasFailed else { return false }
        let sent = queue.isEmpty ? sendNow(head, content) : 0
        if hasFailed || sent == head.count + content.count { return false }
        return enqueue(head, content, from: sent, owner: owner)
    }

    private func enqueue(
        _ head: UnsafeRawBufferPointer,
        _ content: UnsafeRawBufferPointer,
        from sent: Int,
        owner: ResponseOwner?
    ) -> Bool {
        // The application may take its time with the rest: whoever turns the loop sends this.
        if phase == .answering, !isLent { watch(for: .writable) }
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

    /// Sends what stands in the writer and then a range of a file, whose descriptor it takes.
    func send(_ exchange: Exchange, file: Int32, offset: Int64, count: Int) {
        flush(exchange)
        guard !hasFailed else { return ApplicationFile.close(file) }
        mayBeQueued = true
        withQueue(exchange) {
            queue.append(file: file, offset: offset, count: count)
            switch sendQueued() {
            case .drained: break
            case .blocked: if phase == .answering, !isLent { watch(for: .writable) }
            case .failed: hasFailed = true
            }
        }
    }

    /// Holds the application back while too much of its response waits in memory.
    func waitForRoom(_ exchange: Exchange) {
        guard mayBeQueued else { return }
        let limit = server.options.responseInMemoryAtMost
        while withQueue(exchange, { queue.heldCount }) > limit, !hasFailed {
            let patience = Int32(clamping: min(server.options.writeSeconds, 86_400) * 1000)
            let isWritable = server.handler.wait {
                socket.waitUntilWritable(milliseconds: patience)
            }
            withQueue(exchange) {
                if !isWritable || sendQueued() == .failed { hasFailed = true }
            }
        }
    }

    /// Runs what touches the queue with the baton, which the answering thread does not have.
    private func withQueue<Result>(_ exchange: Exchange, _ body: () -> Result) -> Result {
        guard phase == .answering else { return body() }
        server.takeBaton(for: exchange)
        let result = body()
        if queueHasFailed { hasFailed = true }
        if queue.isEmpty { mayBeQueued = false }
        let owners = server.takeFreeOwners()
        server.letGoOfBaton()
        server.release(owners)
        return result
    }

    /// The loop says that the socket has room, or has failed, while the handler is running.
    func drainWhileAnswering() {
        guard !isLent, !queue.isEmpty else { return unwatch() }
        switch sendQueued() {
        case .blocked: return
        case .drained: break
        case .failed: queueHasFailed = true
        }
        unwatch()
    }

    func sendQueued() -> WriteQueue.Outcome {
        let outcome = queue.send(to: socket)
        setOwnersFree()
        return outcome
    }

    /// What kept bytes alive that are sent now is let go of as soon as a thread of the handler's
    /// is free to do it: letting go runs code that must not find the baton taken.
    func setOwnersFree() {
        while let owner = queue.takeReleased() {
            server.free(owner)
        }
    }
}
