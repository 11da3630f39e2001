import Engine
import HTTP
import Log
import Platform

/// Takes connections from one listener, as long as there is room for them.
final class Acceptor: EventReceiver, TimerReceiver {
    /// Pause after the kernel had no descriptor or memory for one more connection.
    static let pauseNanoseconds: UInt64 = 500_000_000
    /// How long connections are left to siblings that have fewer.
    ///
    /// Of several that wait the kernel always wakes the one that has been watching longest, and all
    /// connections would gather there.
    static let stepBackNanoseconds: UInt64 = 10_000_000

    private unowned(unsafe) let server: Server
    private let endpoint: Endpoint
    private var isWatched = false
    private var timer: TimerWheel.Timer?
    private var perAddressLine = RareLine()
    private var descriptorLine = RareLine()

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

    /// Lets go of the socket; its number stays taken, since others may hold it too.
    func giveUp() {
        pause()
        do throws(SystemError) {
            try Descriptor.detach(endpoint.descriptor)
        } catch {
            server.log.error("A listener stays open: \(error)")
        }
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
            // The kernel has woken nobody else for this one, and would not again.
            _ = acceptOne()
            server.isLeavingAccepting = true
            return pause()
        }
        for _ in 0..<server.options.acceptsPerTurn {
            guard acceptOne() else { return }
            // Now rather than when the next one is there, for which others are to be woken.
            guard server.mayAccept else { return pause() }
            if server.hasMoreThanSiblings { return pause(for: Self.stepBackNanoseconds) }
        }
    }

    func deadlinePassed() {
        server.acceptAfterPressure()
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
            guard server.census.admits(peer) else {
                sayTooMany(of: peer)
                turnAway(socket, with: .tooManyConnections)
                return true
            }
            server.accepted(socket, endpoint: endpoint, peer: peer)
            return true
        case .wouldBlock: return false
        case .failed(let errno):
            // A client that gave up before it was accepted is no trouble of ours.
            if errno == SystemError.connectionAborted { return true }
            let error = SystemError(call: "accept4", errno: errno)
            if error.isForWantOfDescriptors, refuseOne(reason: error) { return true }
            pauseForAWhile(reason: error)
            return false
        }
    }

    // MARK: Refusing

    /// Takes a connection by the number that is kept for that, and lets it go with an answer.
    ///
    /// It cannot wait in the kernel's queue: the descriptors may be missing for long, and a queue
    /// that stays readable would turn the loop for nothing. False where there was no number either.
    private func refuseOne(reason: SystemError) -> Bool {
        guard server.reserve.isHeld else {
            // Somebody else was faster when it was taken back; there may be one by now.
            server.reserve.take()
            return false
        }
        if let occasions = descriptorLine.occasion(at: server.loop.now) {
            server.log.error("Connections are refused: \(reason)\(occasions.others)")
        }
        server.reserve.giveUp()
        defer { server.reserve.take() }
        var peer = PeerAddress()
        guard case .moved(let descriptor) = acceptConnection(from: endpoint.descriptor, peer: &peer)
        else { return false }
        turnAway(StreamSocket(descriptor: Int32(descriptor)), with: .noDescriptor)
        return true
    }

    private func sayTooMany(of peer: PeerAddress) {
        guard let occasions = perAddressLine.occasion(at: server.loop.now) else { return }
        server.log.warning("Too many connections from ip=\(peer.text)\(occasions.others)")
    }

    /// Answers whoever is not let in, without a wait: the socket takes so little at once.
    private func turnAway(_ socket: StreamSocket, with answer: ErrorAnswer) {
        var page = ByteWriter(capacity: 512)
        ErrorPage.write(
            status: answer.status,
            reason: answer.reason,
            message: answer.message,
            into: &page
        )
        server.statistics.refused(answer.countedReason)
        // Bytes that nobody read would reset the connection, and with it the answer.
        withUnsafeTemporaryAllocation(byteCount: 8192, alignment: 16) { room in
            guard let start = room.baseAddress else { return }
            _ = socket.receive(into: start, count: room.count)
        }
        _ = socket.send(page.bytes)
        socket.end()
        socket.close()
    }

    private func pauseForAWhile(reason: SystemError) {
        server.log.error("Accepting pauses: \(reason)")
        pause(for: Self.pauseNanoseconds)
    }

    private func pause(for nanoseconds: UInt64) {
        pause()
        let timer = self.timer ?? server.loop.timers.add(self)
        self.timer = timer
        server.loop.timers.set(timer, to: server.loop.now &+ nanoseconds)
    }
}
