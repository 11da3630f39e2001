import Engine
import HTTP
import Log
package import Platform

// MARK: - Handing connections over to siblings that are idle, and taking them

extension Server {
    /// Places of others' settings that are remembered.
    static let foreignEndpointsAtMost = 64
    /// Connections more than a sibling has that do not matter.
    static let surplusAtMost = 4

    /// Takes part; call it before the first turn.
    package func join(_ siblings: Siblings) throws(SystemError) {
        try loop.watch(
            siblings.channel.receiveEnd,
            for: .readable,
            receiver: LetterBox(server: self, channel: siblings.channel)
        )
        self.siblings = siblings
        presence = siblings.slot
    }

    /// Whether a connection may still come from a sibling; from here on none is asked for.
    package func expectsConnections() -> Bool {
        siblings?.slot.refuseClaims() ?? false
    }

    /// Says that there is nothing to do here, to whoever looks for an idle sibling.
    @inline(__always)
    func tellSiblingsOfWaiting() {
        statistics.freeAt = loop.now
        guard let presence, !isDraining, !isSpent, !isBehindStoring else { return }
        presence.isWaiting = true
    }

    /// Hands over what waits here for as long as there are siblings that wait for work.
    func handOverReady() {
        guard let siblings, !isClosed else { return }
        while ready.contains(where: \.mayMove), let claim = siblings.claim() {
            guard let connection = ready.remove(where: \.mayMove) else {
                return claim.slot.takeBackClaim()
            }
            guard connection.handOver(to: claim) else { return ready.prepend(connection) }
        }
    }

    /// While the application runs, new connections are left to siblings that are idle.
    var leavesAccepting: Bool {
        guard exchange.isGuards, let siblings else { return false }
        return siblings.sharesListeners && siblings.someIsIdle
    }

    /// Whether a sibling that has nothing to do has clearly fewer connections.
    var hasMoreThanSiblings: Bool {
        guard let siblings, siblings.sharesListeners else { return false }
        return siblings.idleHasFewerConnections(than: connectionCount - Self.surplusAtMost)
    }

    /// Accepts again, as soon as there is no idle sibling to leave it to.
    func acceptAgain() {
        guard isLeavingAccepting, !leavesAccepting else { return }
        isLeavingAccepting = false
        acceptAfterPressure()
    }

    /// Takes a connection that a sibling has handed over.
    func adopt(_ descriptor: Int32, _ letter: HandOverLetter, _ message: UnsafeRawBufferPointer) {
        let parts = letter.parts(of: message)
        let connection = Connection(
            server: self,
            socket: StreamSocket(descriptor: descriptor),
            endpoint: endpoint(at: parts.place),
            peer: letter.peer
        )
        add(connection)
        connection.resume(letter, parts)
    }

    /// The endpoint of that place; a worker of former or later settings may have others than we.
    private func endpoint(at place: UnsafeRawBufferPointer) -> Endpoint {
        let known = endpoints + foreignEndpoints
        if let found = known.first(where: { $0.place.elementsEqual(place) }) { return found }
        let made = Endpoint(place: place)
        // More than a few would mean that somebody reloads with ever new addresses.
        if foreignEndpoints.count < Self.foreignEndpointsAtMost { foreignEndpoints.append(made) }
        return made
    }
}

/// The receiving end of this worker's channel.
private final class LetterBox: EventReceiver {
    /// Letters read before others have their turn.
    static let lettersPerTurn = 8

    private unowned(unsafe) let server: Server
    private let channel: DescriptorChannel

    init(server: Server, channel: DescriptorChannel) {
        self.server = server
        self.channel = channel
    }

    func ready(_ events: Interest) {
        for _ in 0..<Self.lettersPerTurn {
            guard receive() else { return }
        }
    }

    private func receive() -> Bool {
        withUnsafeTemporaryAllocation(
            byteCount: HandOverLetter.headerSize + HandOverLetter.bytesAtMost,
            alignment: 16
        ) { room in
            switch channel.receive(into: room) {
            case .nothing: return false
            case .unusable:
                server.siblings?.slot.received()
                server.log.error("A connection that was handed over got lost")
            case .message(let count, let descriptor):
                server.siblings?.slot.received()
                let message = UnsafeRawBufferPointer(rebasing: room[..<count])
                if let letter = HandOverLetter(message) {
                    server.adopt(descriptor, letter, message)
                } else {
                    Descriptor.close(descriptor)
                    server.log.error("A connection that was handed over made no sense")
                }
            }
            return true
        }
    }
}

// MARK: - One connection

extension Connection {
    /// Whether another process could answer the request: all of it is in memory, and it is short.
    var mayMove: Bool {
        guard phase == .ready, postponed == nil, proxying.header == nil,
            hops < HandOverLetter.hopsAtMost, let pending, pending.stream == nil,
            let content = pending.body.bytes
        else { return false }
        let count = input.count - (pending.end - pending.head.end) + content.count
        return count + endpoint.place.count <= HandOverLetter.bytesAtMost
    }

    /// Sends the connection away, with its request; false where it stays.
    func handOver(to claim: Siblings.Claim) -> Bool {
        guard let pending, let content = pending.body.bytes else {
            claim.slot.takeBackClaim()
            return false
        }
        let head = UnsafeRawBufferPointer(rebasing: input.bytes[input.start..<pending.head.end])
        let rest = UnsafeRawBufferPointer(rebasing: input.bytes[pending.end...])
        var letter = HandOverLetter()
        let place = endpoint.place
        letter.placeCount = place.count
        letter.hops = hops + 1
        letter.peer = peer
        letter.served = served
        letter.readySince = readySince
        letter.headCount = head.count
        letter.contentCount = content.count
        letter.restCount = rest.count
        let isSent = letter.header.withUnsafeBytes { header in
            place.withUnsafeBytes { place in
                claim.send(socket.descriptor, with: [header, place, head, content, rest])
            }
        }
        // Our descriptor only: the connection lives on with the sibling's.
        if isSent {
            server.statistics.handedOver()
            close()
        }
        return isSent
    }

    /// Goes on with a connection from where a sibling left it.
    func resume(_ letter: HandOverLetter, _ parts: HandOverLetter.Parts) {
        served = letter.served
        proxying = .none
        hops = letter.hops
        let limit = server.inputAtMost + HandOverLetter.bytesAtMost
        guard input.fill(parts.head, from: &server.buffers, limit: limit),
            input.fill(parts.rest, from: &server.buffers, limit: limit)
        else { return close() }
        do {
            guard try readHeadAgain() else { return close() }
            let request = PendingRequest(options: server.options)
            try request.begin(&server.exchange.head)
            try request.fill(parts.content)
            pending = request
        } catch {
            server.log.error("A request that was handed over cannot be read: \(error)")
            return close()
        }
        server.statistics.tookOver()
        phase = .ready
        readySince = letter.readySince
        guard server.queue(self) else { return answer(with: .overloaded) }
        if server.options.queueSeconds > 0 { setDeadline(seconds: server.options.queueSeconds) }
    }

    /// Reads the head that a sibling has read before.
    private func readHeadAgain() throws(Refusal) -> Bool {
        var fresh = HeadProgress()
        return try server.reader.read(
            input,
            progress: &fresh,
            peerIsTrusted: peerIsTrusted,
            into: &server.exchange.head
        )
    }
}
