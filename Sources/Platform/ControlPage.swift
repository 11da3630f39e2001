private import CSystem

/// What the monitor asks the arbiter for, and what came of it: numbers that only grow, so that
/// nothing can be full, lost or asked for twice, whichever of the two is born again.
///
/// The first lines are the monitor's, the last one is the arbiter's.
package struct ControlPage: @unchecked Sendable {
    /// All that was ever asked for.
    package struct Requests: Equatable, Sendable {
        package var reloads: UInt64 = 0
        package var reopenings: UInt64 = 0
        /// Graceful stops (TERM).
        package var stops: UInt64 = 0
        /// Quick stops (INT).
        package var quits: UInt64 = 0
        /// Workers added, less those that were removed.
        package var workers: Int64 = 0
        /// Workers that were to end, each in its place of the ring.
        package var kills: UInt64 = 0
        /// How often a level was asked for, and the last one, as logging numbers it.
        package var levels: UInt64 = 0
        package var level: UInt64 = 0

        package init() {}
    }

    /// Workers to end that may wait for the arbiter.
    package static let killsAtMost = 16

    static let size = 256
    private static let ring = 8
    private static let answers = 24
    private let words: UnsafeMutablePointer<UInt64>

    init(words: UnsafeMutablePointer<UInt64>) { self.words = words }

    // MARK: The monitor writes

    package var requests: Requests {
        get {
            var requests = Requests()
            // Last written, first read: what belongs to it is there then.
            requests.kills = csys_atomic_load_acquire(words + 5)
            requests.levels = csys_atomic_load_acquire(words + 6)
            requests.reloads = csys_atomic_load(words)
            requests.reopenings = csys_atomic_load(words + 1)
            requests.stops = csys_atomic_load(words + 2)
            requests.quits = csys_atomic_load(words + 3)
            requests.workers = Int64(bitPattern: csys_atomic_load(words + 4))
            requests.level = csys_atomic_load(words + 7)
            return requests
        }
        nonmutating set {
            csys_atomic_store(words, newValue.reloads)
            csys_atomic_store(words + 1, newValue.reopenings)
            csys_atomic_store(words + 2, newValue.stops)
            csys_atomic_store(words + 3, newValue.quits)
            csys_atomic_store(words + 4, UInt64(bitPattern: newValue.workers))
            csys_atomic_store(words + 7, newValue.level)
            csys_atomic_store_release(words + 5, newValue.kills)
            csys_atomic_store_release(words + 6, newValue.levels)
        }
    }

    /// The process that the kill of that number is for.
    package func victim(_ number: UInt64) -> Int32 {
        Int32(truncatingIfNeeded: csys_atomic_load(place(number)))
    }

    /// Written before it is counted in `requests`.
    package func setVictim(_ number: UInt64, _ pid: Int32) {
        csys_atomic_store(place(number), UInt64(truncatingIfNeeded: pid))
    }

    private func place(_ number: UInt64) -> UnsafeMutablePointer<UInt64> {
        words + Self.ring + Int(number % UInt64(Self.killsAtMost))
    }

    // MARK: The arbiter writes

    /// Kills that were carried out.
    package var killsDone: UInt64 {
        get { csys_atomic_load(words + Self.answers) }
        nonmutating set { csys_atomic_store(words + Self.answers, newValue) }
    }

    /// How many workers are wanted, and which of the requests (`workers`) that takes into account:
    /// one word, so that the two always belong together.
    package var granted: (target: Int, workers: Int32) {
        get {
            let word = csys_atomic_load(words + Self.answers + 1)
            return (Int(word >> 32), Int32(truncatingIfNeeded: word))
        }
        nonmutating set {
            let low = UInt64(UInt32(bitPattern: newValue.workers))
            csys_atomic_store(words + Self.answers + 1, UInt64(newValue.target) << 32 | low)
        }
    }

    /// Signals to end that were sent to workers.
    package var workersKilled: UInt64 {
        get { csys_atomic_load(words + Self.answers + 3) }
        nonmutating set { csys_atomic_store(words + Self.answers + 3, newValue) }
    }

    /// The level that somebody asked for, as logging numbers it, and how often one was: 0 where the
    /// settings have the say.
    package var level: (number: Int, changes: Int) {
        get {
            let word = Int(truncatingIfNeeded: csys_atomic_load(words + Self.answers + 2))
            return (word & 0xff, word >> 8)
        }
        nonmutating set {
            let word = newValue.changes << 8 | newValue.number
            csys_atomic_store(words + Self.answers + 2, UInt64(word))
        }
    }
}
