import Platform

/// Which calls of the handler last too long: judged from numbers, so that it can be tested without
/// time.
struct CallDeadlines {
    /// What becomes of a call, in this order and each once.
    enum Step {
        /// It has lasted as long as a request may.
        case late
        /// It has not come back in the time it was given after that.
        case lost
    }

    private struct Watched {
        var call: UInt64?
        var since: UInt64 = 0
        var step: Step?
    }

    private let limit: UInt64
    private let grace: UInt64
    private var watched: [Watched]
    private var lastLook: UInt64 = 0

    /// Looks are milliseconds apart while there are calls; much more means that nobody moved.
    static let longestGap = Clock.nanosecondsPerSecond

    /// Nil where there is no limit.
    init?(seconds: Int, graceSeconds: Int, threads: Int) {
        guard seconds > 0 else { return nil }
        limit = Self.nanoseconds(seconds)
        grace = Self.nanoseconds(graceSeconds)
        watched = Array(repeating: Watched(), count: threads)
    }

    private static func nanoseconds(_ seconds: Int) -> UInt64 {
        // Centuries are for ever.
        UInt64(min(max(seconds, 0), 3_155_760_000)) * Clock.nanosecondsPerSecond
    }

    /// A frozen machine is not held against the calls that were frozen with it.
    mutating func look(now: UInt64) {
        if lastLook != 0, now > lastLook + Self.longestGap {
            for index in watched.indices { watched[index].since += now - lastLook }
        }
        lastLook = now
    }

    /// What there is to be done about the call that a thread is in.
    mutating func judge(_ index: Int, call: UInt64?, now: UInt64) -> Step? {
        guard let call else {
            watched[index].call = nil
            return nil
        }
        guard watched[index].call == call else {
            watched[index] = Watched(call: call, since: now)
            return nil
        }
        let since = watched[index].since
        let lasted = now > since ? now - since : 0
        switch watched[index].step {
        case nil where lasted >= limit: watched[index].step = .late
        case .late where lasted >= limit + grace: watched[index].step = .lost
        default: return nil
        }
        return watched[index].step
    }
}
