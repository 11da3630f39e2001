import Engine
import Log
import Platform

/// Takes connections from one listener, as long as there is room for them.
final class Acceptor: EventReceiver, TimerReceiver {
    /// Pause after the kernel had no descriptor or memory for one more connection.
    static let pauseNanoseconds: UInt64 = 500_000_000

    private unowned(unsafe) let server: Server
    private let endpoint: Endpoint
    private var isWatched = false
    private var timer: TimerWheel.Timer?

    init(server: Server, endpoint: Endpoint) {
        self.server = server
        self.endpoint = endpoint
    }

    func resume() throws(SystemError) {
        guard !isWatched else { return }
        try server.loop.watch(
            endpoint.descriptor,
            for: [.readable, .exclusive],
            receiver: self
        )
        isWatched = true
    }

    func pause() {
        guard isWatched else { return }
        server.loop.forget(endpoint.descriptor)
        isWatched = false
    }

    /// There is room again after `isFull` had us pause.
    func resumeAfterPressure() {
        do throws(SystemError) {
            try resume()
        } catch {
            pauseForAWhile(reason: error)
        }
    }

    func ready(_ events: Interest) {
        if server.leavesAccepting {
            server.isLeavingAccepting = true
            return pause()
        }
        for _ in 0..<server.options.acceptsPerTurn {
            guard acceptOne() else { return }
        }
    }

    func deadlinePassed() {
        if !server.isDraining, !server.isFull { resumeAfterPressure() }
    }

    /// Takes what the kernel has queued, and no more after that.
    func acceptRemaining() {
        // Bounded: clients that come faster than we accept must not keep us here.
        for _ in 0..<server.options.connectionsAtMost {
            guard acceptOne() else { return }
        }
    }

    private func acceptOne() -> Bool {
        // The successor of a process that has done its share finds them in the queue.
        if server.isSpent { return false }
        if server.isFull {
            pause()
            return false
        }
        var peer = PeerAddress()
        switch acceptConnection(from: endpoint.descriptor, peer: &peer) {
        case .moved(let descriptor):
            let socket = StreamSocket(descriptor: Int32(descriptor))
            server.accepted(socket, endpoint: endpoint, peer: peer)
            return true
        case .wouldBlock: return false
        case .failed(let errno):
            // A client that gave up before it was accepted is no trouble of ours.
            if errno == SystemError.connectionAborted { return true }
            pauseForAWhile(reason: SystemError(call: "accept4", errno: errno))
            return false
        }
    }

    private func pauseForAWhile(reason: SystemError) {
        server.log.error("Accepting pauses: \(reason)")
        pause()
        let timer = self.timer ?? server.loop.timers.add(self)
        self.timer = timer
        server.loop.timers.set(timer, to: server.loop.now &+ Self.pauseNanoseconds)
    }
}
