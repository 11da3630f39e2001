import Engine
import HTTP
import Log
import Platform

// MARK: - Sending

extension Connection {
    /// Sends what stands in the writer, and empties it.
    func flush() {
        _ = send(UnsafeRawBufferPointer(start: nil, count: 0), owner: nil)
    }

    /// Sends what stands in the writer and then the content; answers whether the owner was taken.
    func send(_ content: UnsafeRawBufferPointer, owner: ResponseOwner?) -> Bool {
        defer { server.out.removeAll() }
        // A socket that was full may have room by now, and nobody else sends while the
        // application makes its response.
        if !queue.isEmpty, sendQueued() == .failed { hasFailed = true }
        let head = server.out.bytes
        guard !hasFailed, head.count + content.count > 0 else { return false }
        var sent = 0
        if queue.isEmpty {
            let transfer =
                content.isEmpty
                ? socket.send(head)
                : head.isEmpty ? socket.send(content) : socket.send(head, content)
            switch transfer {
            case .moved(let count): sent = count
            case .wouldBlock: break
            case .failed:
                hasFailed = true
                return false
            }
        }
        if sent == head.count + content.count { return false }
        return enqueue(head, content, from: sent, owner: owner)
    }

    private func enqueue(
        _ head: UnsafeRawBufferPointer,
        _ content: UnsafeRawBufferPointer,
        from sent: Int,
        owner: ResponseOwner?
    ) -> Bool {
        if sent < head.count {
            _ = keep(UnsafeRawBufferPointer(rebasing: head[sent...]), owner: nil)
        }
        let skipped = max(0, sent - head.count)
        guard skipped < content.count else { return false }
        return keep(UnsafeRawBufferPointer(rebasing: content[skipped...]), owner: owner)
    }

    /// Sends what stands in the writer and then a range of a file, whose descriptor it takes.
    func send(file: Int32, offset: Int64, count: Int) {
        flush()
        guard !hasFailed else { return ApplicationFile.close(file) }
        queue.append(file: file, offset: offset, count: count)
        if sendQueued() == .failed { hasFailed = true }
    }

    func sendQueued() -> WriteQueue.Outcome {
        let held = queue.heldCount
        let sent = queue.sentCount
        let outcome = queue.send(to: socket)
        pace.moved(queue.sentCount - sent, at: server.loop.now)
        server.heldCount += queue.heldCount - held
        letGo()
        return outcome
    }

    /// Lets go of whatever kept bytes alive that are sent now.
    func letGo() {
        while let owner = queue.takeReleased() {
            server.handler.release(owner)
        }
    }
}

// MARK: - Keeping what the socket does not take

extension Connection {
    /// Bytes written to a file in one go with the handler's lock kept.
    private static let writtenBriefly = 64 * 1024

    /// Keeps bytes in memory, beyond the limit in a file, and beyond that has the application wait;
    /// answers whether the owner was taken.
    private func keep(_ bytes: UnsafeRawBufferPointer, owner: ResponseOwner?) -> Bool {
        if !hasMemory(for: bytes.count, isLent: owner != nil) {
            if spool(bytes) { return false }
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

    private func spool(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard queue.spooledCount + bytes.count <= server.options.responseInFileAtMost else {
            return false
        }
        guard bytes.count > Self.writtenBriefly else { return spoolNow(bytes) }
        return server.handler.wait { spoolNow(bytes) }
    }

    private func spoolNow(_ bytes: UnsafeRawBufferPointer) -> Bool {
        do throws(SystemError) {
            try queue.append(spooling: bytes, directory: server.options.uploadDirectory)
            return true
        } catch {
            if let more = server.spoolLine.occasion(at: Clock.monotonicNanoseconds()) {
                server.log.error("Response could not be stored: \(error)\(more)")
            }
            return false
        }
    }

    /// Holds the application back while more of its response waits than may.
    func waitForRoom() {
        guard mustWait else { return }
        let limit = server.options.writePace
        server.loop.refreshClock()
        pace.begin(at: server.loop.now)
        while queue.heldCount > server.options.responseInMemoryAtMost, !hasFailed {
            let milliseconds = Pace.milliseconds(to: pace.deadline(limit), from: server.loop.now)
            _ = server.handler.wait { socket.waitUntilWritable(milliseconds: milliseconds) }
            server.loop.refreshClock()
            if sendQueued() == .failed {
                hasFailed = true
            } else if !pace.keeps(limit, at: server.loop.now) {
                giveUpReader()
            }
        }
        mustWait = false
    }

    /// Nothing more is sent to a peer that takes nothing, nor kept for it by the kernel.
    private func giveUpReader() {
        server.log.debug("Gave up a client that reads too slowly.")
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
