import Engine
import Platform

/// One page that is being looked at: gets an event whenever there is something to tell.
///
/// It never waits. Whoever does not take what was sent in time is dropped, and comes again by
/// itself: that is what browsers do with such streams.
final class EventStream: EventReceiver {
    /// Seconds after which a stream ends, so that none is there for ever.
    private static let lifetime: UInt64 = 3600 * Clock.nanosecondsPerSecond
    private static let head =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
        + "X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\nretry: 2000\n\n"

    private(set) var isOver = false
    private let socket: StreamSocket
    private let loop: EventLoop
    private let begunAt: UInt64

    /// Takes a descriptor of the client's socket, which is not to block.
    init(descriptor: Int32, on loop: EventLoop) {
        socket = StreamSocket(descriptor: descriptor)
        self.loop = loop
        begunAt = loop.now
        send(Self.head)
        guard !isOver else { return }
        do throws(SystemError) {
            try loop.watch(descriptor, for: .readable, receiver: self)
        } catch {
            end()
        }
    }

    /// Sends one event.
    func tell(_ data: String, now: UInt64) {
        guard now &- begunAt < Self.lifetime else { return end() }
        send("data: \(data)\n\n")
    }

    /// The client has ended, or sends what nobody wants.
    func ready(_ events: Interest) {
        guard !isOver else { return }
        withUnsafeTemporaryAllocation(byteCount: 1024, alignment: 1) { room in
            guard let start = room.baseAddress else { return }
            switch socket.receive(into: start, count: room.count) {
            case .moved(let count) where count > 0: break
            case .wouldBlock: break
            default: end()
            }
        }
    }

    func end() {
        guard !isOver else { return }
        isOver = true
        loop.forget(socket.descriptor)
        socket.close()
    }

    private func send(_ text: String) {
        guard !isOver else { return }
        var text = text
        let isSent = text.withUTF8 { bytes in
            if case .moved(bytes.count) = socket.send(UnsafeRawBufferPointer(bytes)) {
                return true
            }
            return false
        }
        if !isSent { end() }
    }
}
