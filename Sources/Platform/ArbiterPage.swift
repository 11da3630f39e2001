private import CSystem

/// What the arbiter tells everyone: written by it alone.
package struct ArbiterPage: @unchecked Sendable {
    package enum State: UInt64, Sendable {
        case starting
        case ready
        case draining
        case stopping
    }

    /// The first 24 words are single numbers, the others one for each cause of a restart.
    static let size = 256
    private static let restarts = 24
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

    /// When the server was started, in nanoseconds since 1970.
    package var startedAt: UInt64 {
        get { csys_atomic_load(words + 8) }
        nonmutating set { csys_atomic_store(words + 8, newValue) }
    }

    /// The arbiter's process number.
    package var pid: Int32 {
        get { Int32(truncatingIfNeeded: csys_atomic_load(words + 9)) }
        nonmutating set { csys_atomic_store(words + 9, UInt64(truncatingIfNeeded: newValue)) }
    }

    /// Workers that ended and were, or will be, replaced, by cause.
    package func restarts(_ cause: RestartCause) -> UInt64 {
        csys_atomic_load(words + Self.restarts + cause.rawValue)
    }

    package func countRestart(_ cause: RestartCause) {
        let place = words + Self.restarts + cause.rawValue
        csys_atomic_store(place, csys_atomic_load(place) &+ 1)
    }
}

/// Why a worker ended whose place another one takes.
package enum RestartCause: Int, CaseIterable, Sendable {
    /// It has answered as many requests as it may (`max_requests`).
    case budgetSpent
    /// A source has changed (`reload`).
    case sourceChanged
    /// Its generation gave way to a new one (HUP).
    case reload
    /// It was silent for longer than `timeout`.
    case timeout
    /// A signal ended it: a crash, or somebody killed it.
    case signal
    /// It ended by itself.
    case exit
    /// It ended before it had served anybody.
    case bootFailure

    /// The value of the label in metrics.
    package var label: StaticString {
        switch self {
        case .budgetSpent: "max_requests"
        case .sourceChanged: "source_changed"
        case .reload: "reload"
        case .timeout: "timeout"
        case .signal: "signal"
        case .exit: "exit"
        case .bootFailure: "boot_failure"
        }
    }
}
