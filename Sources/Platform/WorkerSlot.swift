private import CSystem

/// One worker's cache lines of the shared pages; no two workers write the same line.
///
/// The worker that owns the slot is its only writer (one thread of it at a time), so adding is a
/// load and a store. Totals outlive a worker: they never go back. The third line is where siblings
/// meet: they write it too, with atomic instructions.
package struct WorkerSlot: @unchecked Sendable {
    package enum State: UInt64, Sendable {
        case empty
        case booting
        case ready
        case draining
    }

    private static let statisticsOffset = 192
    static let size = statisticsOffset + WorkerStatistics.size
    private let words: UnsafeMutablePointer<UInt64>

    init(words: UnsafeMutablePointer<UInt64>) { self.words = words }

    /// What the worker counts; it follows the lines below.
    package var statistics: WorkerStatistics {
        WorkerStatistics(words: words + Self.statisticsOffset / 8)
    }

    // MARK: The worker writes

    /// When the worker last proved that it moves, on the monotonic clock.
    package var heartbeat: UInt64 {
        get { csys_atomic_load(words) }
        nonmutating set { csys_atomic_store(words, newValue) }
    }

    /// Connections open now.
    package var connections: Int {
        get { Int(truncatingIfNeeded: csys_atomic_load(words + 2)) }
        nonmutating set { csys_atomic_store(words + 2, UInt64(truncatingIfNeeded: newValue)) }
    }

    /// Requests answered, ever, by the workers that had this slot.
    package var requests: UInt64 { statistics.requests }

    /// Whether a request of the worker's does not come back, so that a new one has to replace it.
    package var isStuck: Bool {
        get { csys_atomic_load(words + 6) != 0 }
        nonmutating set { csys_atomic_store(words + 6, newValue ? 1 : 0) }
    }

    package var state: State {
        get { State(rawValue: csys_atomic_load_acquire(words + 13)) ?? .empty }
        nonmutating set { csys_atomic_store_release(words + 13, newValue.rawValue) }
    }

    /// Whether the worker has answered as many requests as it may, and serves on only until
    /// another one does.
    package var isSpent: Bool {
        get { csys_atomic_load(words + 19) != 0 }
        nonmutating set { csys_atomic_store(words + 19, newValue ? 1 : 0) }
    }

    /// How far a worker that boots reacts to signals.
    package enum BootStage: UInt64, Sendable {
        /// They are held back.
        case deaf
        /// They are acted on, as soon as Python can run.
        case hearing
        /// One was, and the worker leaves.
        case leaving
    }

    package var bootStage: BootStage {
        get { BootStage(rawValue: csys_atomic_load(words + 20)) ?? .deaf }
        nonmutating set { csys_atomic_store(words + 20, newValue.rawValue) }
    }

    // MARK: The arbiter writes, while no worker owns the slot

    /// The worker's process number, 0 when the slot is free.
    package var pid: Int32 {
        get { Int32(truncatingIfNeeded: csys_atomic_load(words + 14)) }
        nonmutating set { csys_atomic_store(words + 14, UInt64(truncatingIfNeeded: newValue)) }
    }

    /// Which birth this was; the oldest worker has the lowest.
    package var age: Int {
        get { Int(truncatingIfNeeded: csys_atomic_load(words + 15)) }
        nonmutating set { csys_atomic_store(words + 15, UInt64(truncatingIfNeeded: newValue)) }
    }

    // MARK: Siblings meet here

    /// Whether the worker waits for events, with nothing to do, and takes connections of siblings.
    package var isWaiting: Bool {
        @inline(__always)
        get { csys_atomic_load(words + 16) != 0 }
        nonmutating set { csys_atomic_store_release(words + 16, newValue ? 1 : 0) }
    }

    /// Claims a worker that waits, for one connection; of several siblings one succeeds.
    ///
    /// Whoever has claimed it sends, or takes the claim back.
    package func claim() -> Bool {
        // Counted first: who leaves must not overlook a claim.
        _ = csys_atomic_add(words + 17, 1)
        if csys_atomic_replace(words + 16, 1, 0) != 0 { return true }
        takeBackClaim()
        return false
    }

    /// Nothing will be sent after all.
    package func takeBackClaim() { _ = csys_atomic_add(words + 18, 1) }

    /// What was sent has arrived.
    package func received() { _ = csys_atomic_add(words + 18, 1) }

    /// Stops taking connections, and says whether one may still be on its way.
    package func refuseClaims() -> Bool {
        _ = csys_atomic_exchange(words + 16, 0)
        return csys_atomic_load(words + 17) != csys_atomic_load(words + 18)
    }

    /// Makes the slot a newborn's: what describes a living worker starts afresh.
    package func occupy(age: Int, now: UInt64) {
        vacate()
        self.age = age
        statistics.occupy(now: now)
        heartbeat = now
        state = .booting
    }

    /// Frees the slot after its worker's end; the totals stay.
    package func vacate() {
        statistics.vacate()
        connections = 0
        heartbeat = 0
        pid = 0
        age = 0
        isWaiting = false
        isStuck = false
        isSpent = false
        bootStage = .deaf
        state = .empty
    }
}
