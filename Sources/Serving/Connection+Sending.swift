import Engine
import HTTP
import Log
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

    /// Sends bytes with the baton, and queues what the socket does not take; false where it has
    /// failed.
    func sendOrQueue(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var sent = 0
        if queue.isEmpty {
            switch socket.send(bytes) {
            case .moved(let count):
                sent = count
                server.statistics.sent(bytes: count)
            case .wouldBlock: break
            case .failed: return false
            }
        }
        if sent < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[sent...])
            _ = enqueue(rest, UnsafeRawBufferPointer(start: nil, count: 0), from: 0, owner: nil)
        }
        return true
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
        case .moved(let count):
            sentCount &+= count
            return count
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
        if departs { server.sendDepartures() }
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
        defer { if phase == .answering, !isLent { watch(for: .writable) } }
        if sent < head.count {
            _ = keep(UnsafeRawBufferPointer(rebasing: head[sent...]), owner: nil)
        }
        let skipped = max(0, sent - head.count)
        guard skipped < content.count else { return false }
        return keep(UnsafeRawBufferPointer(rebasing: content[skipped...]), owner: owner)
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
        let sent = queue.sentCount
        let outcome = changeQueue { $0.send(to: socket) }
        pace.moved(queue.sentCount - sent, at: server.loop.now)
        server.statistics.sent(bytes: queue.sentCount - sent)
        return outcome
    }

    /// Runs what moves bytes of the queue, and keeps the server's sums of them.
    func changeQueue<Result>(_ body: (inout WriteQueue) -> Result) -> Result {
        let held = queue.heldCount
        let deposited = queue.depositedCount
        let result = body(&queue)
        server.heldCount += queue.heldCount - held
        server.deposited(queue.depositedCount - deposited)
        setOwnersFree()
        return result
    }

    /// A deposit is in its file, or cannot be brought there.
    func ended(_ deposit: Deposit) {
        changeQueue { $0.ended(deposit) }
    }

    /// What kept bytes alive that are sent now is let go of as soon as a thread of the handler's
    /// is free to do it: letting go runs code that must not find the baton taken.
    private func setOwnersFree() {
        while let owner = queue.takeReleased() {
            server.free(owner)
        }
    }
}

// MARK: - Keeping what the socket does not take

extension Connection {
    /// Bytes that are written faster than the baton is let go of and taken again.
    private static let writtenWithBatonAtMost = 16 * 1024
    /// The same of the handler's lock.
    private static let writtenWithLockAtMost = 64 * 1024

    /// Keeps bytes in memory, beyond the limit in a file, and beyond that has the application wait;
    /// answers whether the owner was taken.
    private func keep(_ bytes: UnsafeRawBufferPointer, owner: ResponseOwner?) -> Bool {
        if !hasMemory(for: bytes.count, isLent: owner != nil) {
            if let isTaken = spool(bytes, owner: owner) { return isTaken }
            mustWait = true
        }
        server.heldCount += bytes.count
        guard let owner else {
            queue.append(copying: bytes)
            return false
        }
        queue.append(lending: bytes, owner: owner)
        return true
    }

    private func hasMemory(for count: Int, isLent: Bool) -> Bool {
        let options = server.options
        guard server.heldCount + count <= options.responsesInMemoryAtMost else { return false }
        // A single object that is in memory anyway stays where it is: most readers have taken it
        // in no time.
        return queue.heldCount + count <= options.responseInMemoryAtMost
            || (isLent && queue.heldCount == 0)
    }

    /// Brings bytes to the file, or has them brought there.
    ///
    /// Answers whether the owner was taken; nil where there is no room for them.
    private func spool(_ bytes: UnsafeRawBufferPointer, owner: ResponseOwner?) -> Bool? {
        guard queue.spooledCount + bytes.count <= server.options.responseInFileAtMost else {
            return nil
        }
        do throws(SystemError) {
            let spool = try queue.openSpool(server.options.uploadDirectory)
            if let owner, let writer = server.spoolWriter, writer.takes(bytes.count) {
                let deposit = Deposit(bytes, owner: owner, to: spool, of: self)
                try writer.add(deposit)
                changeQueue { $0.append(deposit) }
                hasDeposited = true
                mustWaitForFiles = server.isFarBehindStoring
                return true
            }
            let offset = spool.reserve(bytes.count)
            try write(bytes, to: spool, at: offset)
            queue.append(spooled: spool, offset: offset, count: bytes.count)
            return false
        } catch {
            server.sayNotStored(error)
            return nil
        }
    }

    /// Writes to the file, without the baton and, where it is much, without the handler's lock: a
    /// disk may take its time.
    private func write(
        _ bytes: UnsafeRawBufferPointer,
        to spool: ResponseSpool,
        at offset: Int64
    ) throws(SystemError) {
        let isLarge = bytes.count > Self.writtenWithBatonAtMost
        guard phase == .answering, !server.sendsDepartures, isLarge else {
            return try spool.write(bytes, at: offset)
        }
        let exchange = server.exchange
        server.letGoOfBaton()
        defer { server.takeBaton(for: exchange) }
        if bytes.count < Self.writtenWithLockAtMost { return try spool.write(bytes, at: offset) }
        var failure: SystemError?
        _ = server.handler.wait {
            do throws(SystemError) {
                try spool.write(bytes, at: offset)
            } catch {
                failure = error
            }
            return true
        }
        if let failure { throw failure }
    }

    /// Holds the application back while more of its response, or of all, waits than may.
    func waitForRoom(_ exchange: Exchange) {
        if mustWaitForFiles { waitForFiles(exchange) }
        if mustWait { waitForReader(exchange) }
    }

    private func waitForFiles(_ exchange: Exchange) {
        mustWaitForFiles = false
        guard let writer = server.spoolWriter else { return }
        while true {
            let number = writer.departed
            let isOver = withQueue(exchange) { !server.isFarBehindStoring || server.isClosed }
            if isOver { return }
            _ = server.handler.wait {
                writer.waitForDeparture(after: number)
                return true
            }
        }
    }

    private func waitForReader(_ exchange: Exchange) {
        withQueue(exchange) {
            server.loop.refreshClock()
            pace.begin(at: server.loop.now)
        }
        while !hasFailed, let milliseconds = withQueue(exchange, waitingTime) {
            _ = server.handler.wait { socket.waitUntilWritable(milliseconds: milliseconds) }
            withQueue(exchange) { judgeWaiting() }
        }
        mustWait = false
    }

    /// How long the application waits for its reader at most; nil where it need not.
    private func waitingTime() -> Int32? {
        guard queue.heldCount > server.options.responseInMemoryAtMost else { return nil }
        return Pace.milliseconds(
            to: pace.deadline(server.options.writePace),
            from: server.loop.now
        )
    }

    private func judgeWaiting() {
        server.loop.refreshClock()
        if sendQueued() == .failed {
            hasFailed = true
        } else if !pace.keeps(server.options.writePace, at: server.loop.now) {
            giveUpReader()
        }
    }

    /// Nothing more is sent to a peer that takes nothing, nor kept for it by the kernel.
    private func giveUpReader() {
        server.log.debug("Gave up a client that reads too slowly.")
        server.statistics.expired(.write)
        hasFailed = true
        socket.dropUnsent()
    }

    /// A deadline of the writing has passed: what the socket takes now still counts.
    func judgeWriting() {
        switch sendQueued() {
        case .failed: close()
        case .drained: wrote()
        case .blocked:
            guard pace.keeps(server.options.writePace, at: server.loop.now) else {
                giveUpReader()
                return close()
            }
            setDeadline(of: server.options.writePace)
        }
    }
}
