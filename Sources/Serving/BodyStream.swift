import Engine
import HTTP
import Platform

/// The content of a request while it arrives: read in order, once, by whoever waits for it.
///
/// Only with `request_buffering` off. It has memory of its own, of the size of a connection's, so
/// that the head stays where it is; bytes that belong to the next request go back at the end.
package final class BodyStream {
    /// Why no more of the content can be had.
    package enum Failure: Error {
        /// Nothing came for too long, or too little.
        case late
        /// The client has ended the connection before the content was whole.
        case cut
        /// It is larger than `limit_request_body`.
        case tooLarge
        /// Its chunks are not as they must be.
        case malformed
        /// The request was answered: its content belongs to nobody any more.
        case over
    }

    private enum Framing {
        case length(missing: Int)
        case chunked(ChunkedDecoder)
    }

    /// The connection, as long as the request is not over.
    private var connection: Connection?
    /// Whose request it is; nobody's before it is answered.
    private var exchange: Exchange?
    private var buffer = InputBuffer()
    private var framing: Framing
    /// Index in the buffer behind what was decoded.
    private var position = 0
    /// What was decoded and not read yet.
    private var data = 0..<0
    private var count = 0
    /// Bytes taken from the socket, counted when the request is over.
    private var receivedCount = 0
    private var isAtEnd = false
    private var awaitsContinue: Bool
    private(set) var failure: Failure?
    /// Its clock goes only while somebody waits for the client.
    private var pace = Pace()
    private var waited: UInt64 = 0

    /// A stream of the content whose first bytes, and perhaps all, stand behind the head.
    init(_ connection: Connection, head: borrowing RequestHead, received: UnsafeRawBufferPointer) {
        self.connection = connection
        awaitsContinue = head.expectsContinue && received.isEmpty
        if case .length(let length) = head.framing {
            framing = .length(missing: length)
        } else {
            framing = .chunked(ChunkedDecoder(limits: connection.server.options.limits))
        }
        // Here, since who reads later has no right to the server's pool.
        buffer.ensureMemory(from: &connection.server.buffers)
        buffer.append(copying: received, from: &connection.server.buffers)
        pace.begin(at: 0)
    }

    /// Bytes of the content that can be had: at least one, or none at its end.
    ///
    /// Waits for them. They are valid until they are consumed, or the next call.
    package func peek() throws(Failure) -> UnsafeRawBufferPointer {
        while data.isEmpty, !isAtEnd {
            if let failure { throw failure }
            guard let connection else { throw .over }
            do throws(Failure) {
                if try !decode() { try receive(from: connection) }
            } catch {
                failure = error
                throw error
            }
        }
        return UnsafeRawBufferPointer(rebasing: buffer.bytes[data])
    }

    /// So many of the bytes seen last are read.
    package func consume(_ read: Int) {
        precondition(read <= data.count, "more of a body was read than had come")
        data = data.lowerBound + read..<data.upperBound
    }

    /// The request is about to be answered.
    func begin(for exchange: Exchange) {
        self.exchange = exchange
    }

    // MARK: Decoding

    /// Decodes what was received; false when it takes more for a step.
    private func decode() throws(Failure) -> Bool {
        switch framing {
        case .length(let missing):
            let more = min(missing, buffer.end - position)
            data = position..<position + more
            position += more
            framing = .length(missing: missing - more)
            isAtEnd = missing == more
            count += more
            return more > 0 || isAtEnd
        case .chunked(var decoder):
            defer { framing = .chunked(decoder) }
            let step: ChunkedDecoder.Step
            do throws(Refusal) {
                step = try decoder.next(buffer.octets.span, position: &position)
            } catch {
                throw .malformed
            }
            switch step {
            case .more: return false
            case .end: isAtEnd = true
            case .data(let range):
                data = range
                count += range.count
                let limit = connection?.server.options.bodyAtMost ?? 0
                if limit > 0, count > limit { throw .tooLarge }
            }
            return true
        }
    }

    /// Whether the rest of the content, should nobody want it, is here.
    var isWhole: Bool {
        if isAtEnd { return true }
        guard failure == nil else { return false }
        switch framing {
        case .length(let missing): return missing <= buffer.end - position
        case .chunked(var decoder):
            var place = position
            while true {
                guard let step = try? decoder.next(buffer.octets.span, position: &place) else {
                    return false
                }
                switch step {
                case .data: continue
                case .more: return false
                case .end: return true
                }
            }
        }
    }

    // MARK: Receiving

    private func receive(from connection: Connection) throws(Failure) {
        buffer.consume(position - buffer.start)
        buffer.moveToFront()
        position = 0
        guard let base = buffer.base, buffer.room > 0 else { throw .malformed }
        if awaitsContinue { askForContent(connection) }
        switch connection.socket.receive(into: base + buffer.end, count: buffer.room) {
        case .moved(0), .failed: throw .cut
        case .moved(let more):
            receivedCount += more
            buffer.received(more)
            pace.moved(more, at: waited)
        case .wouldBlock: try wait(for: connection)
        }
    }

    /// Waits a while; the lock that is given up meanwhile lets the request end under the waiting.
    private func wait(for connection: Connection) throws(Failure) {
        let limit = connection.server.options.bodyPace
        let milliseconds = Pace.milliseconds(to: pace.deadline(limit), from: waited)
        let begun = Clock.monotonicNanoseconds()
        let hasCome = connection.server.handler.wait {
            connection.socket.waitUntilReadable(milliseconds: milliseconds)
        }
        waited &+= Clock.monotonicNanoseconds() &- begun
        guard self.connection != nil else { throw .over }
        // It is counted when it is received; it has come in time, even if we were called late.
        if hasCome { pace.moved(1, at: waited) }
        guard pace.keeps(limit, at: waited) else { throw .late }
    }

    /// The client waits to be asked for the content (RFC 9110, section 10.1.1).
    private func askForContent(_ connection: Connection) {
        awaitsContinue = false
        // After the response has begun it would be read as a part of it.
        guard let exchange, exchange.stream === self, exchange.progress == .open,
            exchange.mayBegin()
        else { return }
        exchange.out.append("HTTP/1.1 100 Continue\r\n\r\n")
        connection.flush(exchange)
        exchange.maySendMore()
    }

    // MARK: The end

    /// The request was answered; true where the connection may go on with what came behind it.
    func end(returningTo input: inout InputBuffer, pool: inout BufferPool) -> Bool {
        connection?.server.statistics.received(bytes: receivedCount)
        connection = nil
        exchange = nil
        data = 0..<0
        while !isAtEnd, failure == nil {
            guard (try? decode()) == true else { break }
            data = 0..<0
        }
        if isAtEnd, input.isEmpty {
            buffer.consume(position - buffer.start)
            input.giveBack(to: &pool)
            swap(&input, &buffer)
        }
        buffer.consume(buffer.count)
        buffer.giveBack(to: &pool)
        position = 0
        return isAtEnd
    }

    /// How to answer for an application that gave up for want of its content; nil for silence.
    var answer: ErrorAnswer? {
        switch failure {
        case .late: .timeout
        case .tooLarge: .bodyTooLarge
        case .malformed: .malformedBody
        case .cut, .over, nil: nil
        }
    }
}
