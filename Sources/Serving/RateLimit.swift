import Platform

/// Lets one line a while through, which tells how often there was reason for one.
struct RateLimit {
    /// Nanoseconds between two lines.
    static let pause: UInt64 = 10 * Clock.nanosecondsPerSecond

    private var count = 0
    private var last: UInt64?

    /// Counts one more reason; answers how many there were since the last line, when it is time.
    mutating func report(now: UInt64) -> Int? {
        count += 1
        if let last, now &- last < Self.pause { return nil }
        defer {
            count = 0
            last = now
        }
        return count
    }
}
