import Platform

/// Who has been silent for too long: judged from numbers, so that it can be tested without time.
struct Heartbeats {
    /// 0 asks nobody.
    var timeoutNanoseconds: UInt64

    /// Silence before this moment is not held against a worker: the arbiter itself did not move
    /// then (a frozen container, a suspended machine), so neither could they.
    private(set) var amnesty: UInt64 = 0
    private var lastLook: UInt64 = 0

    /// A turn lasts a second at most; much more means that nobody moved.
    private static let longestTurn: UInt64 = 2 * Clock.nanosecondsPerSecond
    /// What an aborted worker gets to write its last words.
    private static let lastWords: UInt64 = Clock.nanosecondsPerSecond

    enum Verdict: Equatable {
        case fine
        case abort
        case kill
    }

    init(timeoutNanoseconds: UInt64) { self.timeoutNanoseconds = timeoutNanoseconds }

    mutating func look(now: UInt64) {
        if lastLook != 0 && now > lastLook + Self.longestTurn { amnesty = now }
        lastLook = now
    }

    func judge(heartbeat: UInt64, abortedAt: UInt64?, now: UInt64) -> Verdict {
        judgeSilence(since: heartbeat, abortedAt: abortedAt, now: now, within: timeoutNanoseconds)
    }

    /// A silence that began then, by a limit of its own; 0 asks nobody.
    func judgeSilence(
        since heartbeat: UInt64,
        abortedAt: UInt64?,
        now: UInt64,
        within limit: UInt64
    ) -> Verdict {
        if let abortedAt { return now >= abortedAt + Self.lastWords ? .kill : .fine }
        guard limit > 0 else { return .fine }
        let last = max(heartbeat, amnesty)
        // Subtracting first: a timeout of years must not wrap round.
        return now > last && now - last > limit ? .abort : .fine
    }
}
