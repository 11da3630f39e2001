import Control
import Engine
import Platform

/// Accepts the clients of the control socket: few, and each only for as long as it says something.
final class ControlServer: EventReceiver {
    /// Clients at a time; one more, and the one that has said nothing for longest goes.
    private static let clientsAtMost = 16
    /// How long a monitor without clients waits for the next one.
    private static let idleNanoseconds = 30 * Clock.nanosecondsPerSecond
    private static let acceptsPerTurn = 16

    private let listener: Int32
    private let loop: EventLoop
    private let answer: (_ message: [UInt8]) -> String?
    private var clients: [ControlClient] = []
    private var lastSeen: UInt64

    /// `answer` judges a message; nil ends the connection.
    init(
        _ listener: Int32,
        on loop: EventLoop,
        answer: @escaping (_ message: [UInt8]) -> String?
    ) throws(SystemError) {
        self.listener = listener
        self.loop = loop
        self.answer = answer
        lastSeen = loop.now
        try loop.watch(listener, for: .readable, receiver: self)
    }

    /// Somebody has come.
    func ready(_ events: Interest) {
        for _ in 0..<Self.acceptsPerTurn {
            var peer = PeerAddress()
            guard case .moved(let descriptor) = acceptConnection(from: listener, peer: &peer)
            else { return }
            clients.removeAll { $0.isOver }
            if clients.count >= Self.clientsAtMost, let oldest = clients.min(by: { $0 < $1 }) {
                oldest.end()
            }
            clients.append(ControlClient(Int32(descriptor), on: loop, answer: answer))
        }
    }

    /// Lets go of whoever has been silent, or has not taken its answer, for too long.
    func keepTime(_ now: UInt64) {
        for client in clients where client.isLate(now) { client.end() }
        clients.removeAll { $0.isOver }
        if !clients.isEmpty { lastSeen = now }
    }

    func isIdle(_ now: UInt64) -> Bool {
        clients.isEmpty && now > lastSeen && now - lastSeen > Self.idleNanoseconds
    }

    func end() {
        for client in clients { client.end() }
        loop.forget(listener)
    }
}
