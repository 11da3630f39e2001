import Engine
import HTTP

/// Complete responses of one turn, which leave together when it ends.
///
/// A peer that sleeps is woken by what is sent to it, and waking one up costs more than sending:
/// who sends in a row wakes once whom each of the responses would have woken. None waits long: the
/// turn's end, the time of one response, the guard, or anything else that happens to the connection
/// sends them.
struct Departures: ~Copyable {
    /// Responses beyond this size leave at once.
    static let responseAtMost = 16 * 1024
    /// Bytes that wait at most, before those that wait leave.
    static let bytesAtMost = 256 * 1024
    /// How long the oldest waits, in nanoseconds, before the next answer sends all of them.
    static let longestWait: UInt64 = 1_000_000

    private var bytes = ByteWriter(capacity: responseAtMost)
    private var waiting: [(connection: Connection, end: Int)] = []
    private var since: UInt64 = 0

    var isEmpty: Bool { waiting.isEmpty }

    /// Has a response wait; true when it is time that all of them leave.
    mutating func append(
        _ response: UnsafeRawBufferPointer,
        of connection: Connection,
        at now: UInt64
    ) -> Bool {
        if waiting.isEmpty { since = now }
        bytes.append(response)
        waiting.append((connection, bytes.count))
        return bytes.count >= Self.bytesAtMost || now &- since >= Self.longestWait
    }

    /// Gives each response that waits to `send`, oldest first, and forgets them.
    mutating func leave(_ send: (Connection, UnsafeRawBufferPointer) -> Void) {
        var start = 0
        for (connection, end) in waiting {
            send(connection, UnsafeRawBufferPointer(rebasing: bytes.bytes[start..<end]))
            start = end
        }
        waiting.removeAll(keepingCapacity: true)
        bytes.removeAll()
        bytes.trim(above: Self.bytesAtMost)
    }
}

extension Server {
    /// Sends the responses that wait for it; with the baton.
    @inline(__always)
    func sendDepartures() {
        if !departures.isEmpty { sendAllDepartures() }
    }

    private func sendAllDepartures() {
        sendsDepartures = true
        departures.leave { connection, response in connection.sendDeparted(response) }
        sendsDepartures = false
    }
}

extension Connection {
    /// Has the last of a response wait for others of this turn; the answering thread's.
    func depart(_ exchange: Exchange) {
        server.takeBaton(for: exchange)
        departs = true
        // What the handler still sends, though nothing should be left, goes behind it.
        mayBeQueued = true
        let isTime = server.departures.append(exchange.out.bytes, of: self, at: server.loop.now)
        if isTime { server.sendDepartures() }
        server.letGoOfBaton()
        exchange.out.removeAll()
    }

    /// Sends a response that has waited: its handler is still running, or nothing has happened to
    /// the connection since.
    fileprivate func sendDeparted(_ response: UnsafeRawBufferPointer) {
        departs = false
        let isSent = sendOrQueue(response)
        if phase == .answering {
            if !isSent { queueHasFailed = true }
        } else if !isSent {
            close()
        } else if queue.isEmpty {
            mayBeQueued = false
        } else {
            afterResponse(isKept: true)
        }
    }
}
