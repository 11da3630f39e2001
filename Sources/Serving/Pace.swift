import Platform

/// How fast a transfer has to be; 0 of either asks for nothing.
struct PaceLimit {
    /// Seconds it may stand still.
    let seconds: Int
    /// Bytes a second it has to move on average.
    let bytesPerSecond: Int

    /// Seconds between two looks at the average where no standing still ends a transfer.
    private static let windowSeconds = 60

    /// The average is taken over as long as the transfer may stand still: who does what the one
    /// limit allows is not caught by the other.
    private var windowSeconds: Int { seconds > 0 ? seconds : Self.windowSeconds }
    fileprivate var window: UInt64 { Self.nanoseconds(windowSeconds) }
    fileprivate var stillness: UInt64 { Self.nanoseconds(seconds) }

    /// Bytes that have to move in each window.
    fileprivate var bytesInWindow: Int {
        let (bytes, overflow) = windowSeconds.multipliedReportingOverflow(by: bytesPerSecond)
        return overflow ? .max : bytes
    }

    private static func nanoseconds(_ seconds: Int) -> UInt64 {
        UInt64(clamping: min(seconds, 1 << 32)) &* Clock.nanosecondsPerSecond
    }
}

/// How a transfer goes, to be judged by a `PaceLimit`.
struct Pace {
    /// When it was begun.
    private(set) var begunAt: UInt64 = 0
    private var movedAt: UInt64 = 0
    private var windowStart: UInt64 = 0
    private var windowBytes = 0

    mutating func begin(at now: UInt64) {
        begunAt = now
        movedAt = now
        windowStart = now
        windowBytes = 0
    }

    mutating func moved(_ count: Int, at now: UInt64) {
        guard count > 0 else { return }
        movedAt = now
        windowBytes &+= count
    }

    /// When it has to be judged next; nil for never.
    func deadline(_ limit: PaceLimit) -> UInt64? {
        let still = limit.seconds > 0 ? movedAt &+ limit.stillness : nil
        let slow = limit.bytesPerSecond > 0 ? windowStart &+ limit.window : nil
        guard let still, let slow else { return still ?? slow }
        return min(still, slow)
    }

    /// The time left for a wait, as `poll` has it: rounded up, and -1 for ever.
    static func milliseconds(to moment: UInt64?, from now: UInt64) -> Int32 {
        guard let moment else { return -1 }
        guard moment > now else { return 0 }
        return Int32(clamping: (moment - now) / 1_000_000 + 1)
    }

    /// Whether bytes are missing in this window, should it end now.
    func lacksBytes(_ limit: PaceLimit) -> Bool {
        limit.bytesPerSecond > 0 && windowBytes < limit.bytesInWindow
    }

    /// Judges it when a deadline has passed: false for one that is too slow.
    mutating func keeps(_ limit: PaceLimit, at now: UInt64) -> Bool {
        if limit.seconds > 0, now >= movedAt &+ limit.stillness { return false }
        guard limit.bytesPerSecond > 0, now >= windowStart &+ limit.window else { return true }
        if lacksBytes(limit) { return false }
        windowStart = now
        windowBytes = 0
        return true
    }
}
