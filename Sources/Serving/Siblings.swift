package import Platform

/// The other workers of the server, as far as one hands connections to them.
package struct Siblings {
    private let pages: SharedPages
    private let own: Int
    private let channels: [DescriptorChannel]
    /// Whether what one does not accept from a listener another one may.
    let sharesListeners: Bool

    /// - Parameters:
    ///   - pages: where the workers say who is idle.
    ///   - own: the slot of this worker.
    ///   - channels: one for each slot, this worker's own among them.
    ///   - sharesListeners: false where each worker listens by itself (`reuse_port`).
    package init?(
        pages: SharedPages,
        own: Int,
        channels: [DescriptorChannel],
        sharesListeners: Bool
    ) {
        guard own < channels.count else { return nil }
        self.pages = pages
        self.own = own
        self.channels = channels
        self.sharesListeners = sharesListeners
    }

    var slot: WorkerSlot { pages.slot(own) }
    var channel: DescriptorChannel { channels[own] }

    /// A sibling that was claimed, and that a connection must be sent to.
    struct Claim {
        let slot: WorkerSlot
        let channel: DescriptorChannel

        /// Sends, or takes the claim back.
        func send(_ descriptor: Int32, with message: [UnsafeRawBufferPointer]) -> Bool {
            if channel.send(descriptor, with: message) { return true }
            slot.takeBackClaim()
            return false
        }
    }

    /// Claims a sibling that has nothing to do; nil where there is none.
    func claim() -> Claim? {
        for index in candidates {
            let slot = pages.slot(index)
            if slot.isWaiting, slot.claim() { return Claim(slot: slot, channel: channels[index]) }
        }
        return nil
    }

    var someIsIdle: Bool { candidates.contains { pages.slot($0).isWaiting } }

    /// Whether one that has nothing to do has fewer connections.
    func idleHasFewerConnections(than count: Int) -> Bool {
        guard count > 0 else { return false }
        return candidates.contains { index in
            let slot = pages.slot(index)
            return slot.isWaiting && slot.connections < count
        }
    }

    /// Everybody's neighbours first, so that the first slot is not everybody's first choice.
    private var candidates: some Sequence<Int> {
        let count = min(pages.arbiter.slotsInUse, channels.count)
        return (1..<max(count, 1)).lazy.map { (own + $0) % count }
    }
}
