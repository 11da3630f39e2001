import Engine
import HTTP
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
    func send(file: Int32, offset: Int64, count: Int) {
        flush()
        guard !hasFailed else { return ApplicationFile.close(file) }
        queue.append(file: file, offset: offset, count: count)
        if sendQueued() == .failed { hasFailed = true }
    }

    /// Holds the application back while too much of its response waits in memory.
    func waitForRoom() {
        while queue.heldCount > server.options.responseInMemoryAtMost, !hasFailed {
            let limit = Int32(clamping: min(server.options.writeSeconds, 86_400) * 1000)
            let isWritable = server.handler.wait {
                socket.waitUntilWritable(milliseconds: limit)
            }
            if !isWritable || sendQueued() == .failed { hasFailed = true }
        }
    }

    func sendQueued() -> WriteQueue.Outcome {
        let outcome = queue.send(to: socket)
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
