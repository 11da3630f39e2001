private import CSystem

/// The memory that the arbiter, its workers and its monitor all see: one header and a slot per
/// worker, mapped before the first fork and never unmapped.
///
/// Each line of it has a single writer: the header is the arbiter's, a slot its worker's (the
/// arbiter writes into a slot only while no worker owns it). Nothing in it orders other memory.
package struct SharedPages: @unchecked Sendable {
    package let slotCount: Int
    private let base: UnsafeMutablePointer<UInt64>

    package init(slots: Int) throws(SystemError) {
        precondition(slots > 0, "a server has a slot at least")
        var errno: Int32 = 0
        let size = ArbiterPage.size + slots * WorkerSlot.size
        guard let pages = csys_memory_share(size, &errno) else {
            throw SystemError(call: "mmap", errno: errno)
        }
        slotCount = slots
        base = pages.bindMemory(to: UInt64.self, capacity: size / 8)
    }

    package var arbiter: ArbiterPage { ArbiterPage(words: base) }

    package func slot(_ index: Int) -> WorkerSlot {
        precondition(index >= 0 && index < slotCount, "no such slot")
        let offset = ArbiterPage.size + index * WorkerSlot.size
        return WorkerSlot(words: base + offset / 8)
    }
}

/// What the arbiter tells everyone: written by it alone.
package struct ArbiterPage: @unchecked Sendable {
    package enum State: UInt64, Sendable {
        case starting
        case ready
        case draining
        case stopping
    }

    static let size = 64
    private let words: UnsafeMutablePointer<UInt64>

    init(words: UnsafeMutablePointer<UInt64>) { self.words = words }

    package var state: State {
        get { State(rawValue: csys_atomic_load(words)) ?? .starting }
        nonmutating set { csys_atomic_store(words, newValue.rawValue) }
    }

    /// Whether the server is about to stop, or stops.
    package var isLeaving: Bool { csys_atomic_load(words) >= State.draining.rawValue }

    /// How many workers there shall be.
    package var workersWanted: Int {
        get { Int(csys_atomic_load(words + 1)) }
        nonmutating set { csys_atomic_store(words + 1, UInt64(newValue)) }
    }

    /// The heartbeat limit in nanoseconds, 0 for none.
    package var timeoutNanoseconds: UInt64 {
        get { csys_atomic_load(words + 2) }
        nonmutating set { csys_atomic_store(words + 2, newValue) }
    }

    /// The slots ever used are the ones before this one: readers need not look further.
    package var slotsInUse: Int {
        get { Int(csys_atomic_load(words + 3)) }
        nonmutating set { csys_atomic_store(words + 3, UInt64(newValue)) }
    }

    /// How often the settings were loaded again.
    package var reloads: UInt64 {
        get { csys_atomic_load(words + 4) }
        nonmutating set { csys_atomic_store(words + 4, newValue) }
    }

    /// The last reload changed nothing, because its settings or its workers failed.
    package var reloadFailed: Bool {
        get { csys_atomic_load(words + 5) != 0 }
        nonmutating set { csys_atomic_store(words + 5, newValue ? 1 : 0) }
    }

    /// The arbiter's own heartbeat on the monotonic clock.
    package var heartbeat: UInt64 {
        get { csys_atomic_load(words + 6) }
        nonmutating set { csys_atomic_store(words + 6, newValue) }
    }

    /// Workers that ended without being asked to.
    package var workersLost: UInt64 {
        get { csys_atomic_load(words + 7) }
        nonmutating set { csys_atomic_store(words + 7, newValue) }
    }
}
