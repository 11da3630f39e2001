import Engine
import HTTP
import Platform

// MARK: - The content of the response

extension Exchange {
    /// Content up to this size is put behind the head and sent with it; larger is sent from where
    /// it lies.
    static let copiedAtMost = 16 * 1024

    /// Sends content; with the first of it the head goes out.
    ///
    /// - Parameters:
    ///   - content: the bytes; they are not needed after the call unless `owner` was taken.
    ///   - owner: what keeps the bytes alive, should the socket not take them all at once.
    ///   - isLast: nothing follows, so that the end of the framing may go out with it.
    /// - Returns: whether the owner was taken; it comes back through `RequestHandler.release`.
    package func write(
        _ content: UnsafeRawBufferPointer,
        owner: ResponseOwner? = nil,
        isLast: Bool = false
    ) -> Bool {
        guard let connection = connectionForContent() else { return false }
        let allowed = allowance(for: content)
        contentSent += allowed.count
        var isTaken = false
        if case .chunked = framing {
            isTaken = writeChunk(allowed, owner: owner, isLast: isLast, connection: connection)
        } else if allowed.count <= Self.copiedAtMost {
            out.append(allowed)
        } else {
            isTaken = connection.send(self, allowed, owner: owner)
        }
        if isLast {
            complete()
        } else if case .length(let length) = framing, contentSent == length {
            sendLast(connection)
        } else {
            connection.flush(self)
        }
        connection.waitForRoom(self)
        return isTaken
    }

    /// Sends a range of a file; the descriptor becomes the connection's.
    package func write(file: Int32, offset: Int64, count: Int) {
        guard let connection = connectionForContent() else {
            ApplicationFile.close(file)
            return
        }
        var allowed = count
        switch framing {
        case .none:
            droppedContent = droppedContent || count > 0
            allowed = 0
        case .length(let length): allowed = min(count, length - contentSent)
        case .chunked, .close: break
        }
        guard allowed > 0 else {
            ApplicationFile.close(file)
            return
        }
        contentSent += allowed
        if case .chunked = framing {
            out.append(upperHex: allowed)
            out.append("\r\n")
        }
        connection.send(self, file: file, offset: offset, count: allowed)
        if case .chunked = framing { out.append("\r\n") }
    }

    /// Sends what is still due: the head where there was no content, the end of the framing.
    package func finish() {
        switch progress {
        case .finished, .aborted: return
        case .open:
            guard mayBegin() else { return abort() }
            commitHead()
        case .headSent: break
        }
        if case .chunked = framing { out.append("0\r\n\r\n") }
        complete()
    }

    /// Ends a response that cannot be completed: 500 where nothing was sent, else the connection.
    package func fail() {
        switch progress {
        case .open where stream?.failure == .cut: abort()
        case .open: refuse(stream?.answer ?? .applicationFailed)
        case .headSent: abort()
        case .finished, .aborted: break
        }
    }

    /// Answers with Gunicorn's page for an error, and ends the connection.
    package func refuse(_ answer: ErrorAnswer) {
        status = answer.status
        ErrorPage.write(
            status: answer.status,
            reason: answer.reason,
            message: answer.message,
            retryAfterSeconds: answer.retryAfterSeconds,
            into: &out
        )
        endRefusal()
    }

    /// Answers a request whose path does not lie under the mount point, in Gunicorn's words.
    package func refuseOutsideMountPoint(_ mountPoint: UnsafeRawBufferPointer) {
        status = 500
        var message = ByteWriter(capacity: 256)
        message.append("Configuration problem: Request path '")
        message.append(bytes(of: head.path))
        message.append("' does not start with SCRIPT_NAME '")
        message.append(mountPoint)
        message.append("'")
        ErrorPage.write(
            status: status,
            reason: "Bad Request",
            message: message.bytes,
            into: &out
        )
        endRefusal()
    }

    /// Answers a request that broke the rules.
    func refuse(_ refusal: Refusal, _ bytes: Span<UInt8>) {
        status = refusal.status
        ErrorPage.write(refusal, bytes, into: &out)
        endRefusal()
    }

    private func endRefusal() {
        precondition(progress == .open, "an error page was wanted after the head was sent")
        guard mayBegin() else { return abort() }
        keepsConnection = false
        connection?.flush(self)
        progress = .finished
    }

    /// Whether an informational response may still go out, to a peer that knows them.
    package var takesInformational: Bool { progress == .open && head.version >= .http11 }

    /// Sends an informational response (103) ahead of the real one; HTTP/1.0 knows none.
    package func sendInformational(_ response: UnsafeRawBufferPointer) {
        guard takesInformational, let connection, mayBegin() else { return }
        out.append(response)
        connection.flush(self)
        maySendMore()
    }

    /// Drops the response: the peer sees the connection end before the content does.
    package func abort() {
        progress = .aborted
        keepsConnection = false
        out.removeAll()
    }

    /// Where content may go, with the head before it; nil where no content can go any more.
    private func connectionForContent() -> Connection? {
        guard let connection, progress == .open || progress == .headSent else { return nil }
        if connection.hasFailed {
            abort()
            return nil
        }
        if progress == .open {
            guard mayBegin() else {
                abort()
                return nil
            }
            commitHead()
        }
        return connection
    }

    private func commitHead() {
        composeHead(into: &out)
        progress = .headSent
    }

    private func complete() {
        if case .length(let length) = framing, contentSent < length {
            // The peer must see that content is missing, and no later response may fill the gap.
            keepsConnection = false
        }
        if let connection { sendLast(connection) }
        progress = .finished
    }

    /// Sends the end of the response, where it may wait for others with those of this turn.
    private func sendLast(_ connection: Connection) {
        let departs =
            mayDepart && keepsConnection && !connection.mayBeQueued
            && !out.isEmpty && out.count <= Departures.responseAtMost && !isGuards
        if departs { connection.depart(self) } else { connection.flush(self) }
    }

    /// What of the content may go out.
    private func allowance(for content: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        switch framing {
        case .chunked, .close: return content
        case .none:
            droppedContent = droppedContent || !content.isEmpty
            return UnsafeRawBufferPointer(rebasing: content[0..<0])
        case .length(let length):
            let room = length - contentSent
            guard content.count > room else { return content }
            cutContent = true
            return UnsafeRawBufferPointer(rebasing: content[0..<room])
        }
    }

    private func writeChunk(
        _ content: UnsafeRawBufferPointer,
        owner: ResponseOwner?,
        isLast: Bool,
        connection: Connection
    ) -> Bool {
        var isTaken = false
        // An empty chunk would be read as the end.
        if !content.isEmpty {
            out.append(upperHex: content.count)
            out.append("\r\n")
            if content.count <= Self.copiedAtMost {
                out.append(content)
            } else {
                isTaken = connection.send(self, content, owner: owner)
            }
            out.append("\r\n")
        }
        if isLast { out.append("0\r\n\r\n") }
        return isTaken
    }
}
