import Platform

/// How fast workers are born when they keep dying at birth: no faster than helps anybody.
///
/// Without failures all missing workers are born at once. After one, each further boot waits twice
/// as long as the one before, from a twentieth of a second up to five; the first that holds out
/// ends it. One failing worker is thus born seven times in the first four seconds.
struct BootPace: Equatable {
    private(set) var failures = 0
    /// The last one; a worker born after it proves that births succeed again.
    private(set) var failedAt: UInt64 = 0
    private var notBefore: UInt64 = 0

    static let first: UInt64 = Clock.nanosecondsPerSecond / 20
    static let longest: UInt64 = 5 * Clock.nanosecondsPerSecond

    /// The pause after so many failures.
    var pause: UInt64 {
        guard failures > 0 else { return 0 }
        return min(Self.first << UInt64(min(failures - 1, 16)), Self.longest)
    }

    mutating func failed(now: UInt64) {
        failures += 1
        failedAt = now
        notBefore = now + pause
    }

    mutating func spawned(now: UInt64) {
        if failures > 0 { notBefore = now + pause }
    }

    mutating func succeeded() {
        self = BootPace()
    }

    /// How many of the missing workers may be born now.
    func allowance(missing: Int, now: UInt64) -> Int {
        guard failures > 0 else { return missing }
        return now >= notBefore ? min(missing, 1) : 0
    }

    /// When another look makes sense, nil when nothing waits.
    func wakeUp(missing: Int) -> UInt64? {
        failures > 0 && missing > 0 ? notBefore : nil
    }
}
