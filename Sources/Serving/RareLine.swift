import Platform

/// A log line that every connection could cause, written once a while for all of them.
struct RareLine {
    /// What a line that is written now stands for.
    struct Occasions {
        /// How often there was reason for it since the last one, now included.
        let count: Int

        /// What stands behind a line that tells of the last of them.
        var others: String { count == 1 ? "" : " (and \(count - 1) more)" }
    }

    private let pause: UInt64
    private var count = 0
    private var quietUntil: UInt64 = 0

    /// Makes a line that is written at most once in so many seconds.
    init(everySeconds seconds: UInt64 = 1) {
        pause = seconds * Clock.nanosecondsPerSecond
    }

    /// There is reason for the line: answers what it stands for, where it is to be written now.
    mutating func occasion(at now: UInt64) -> Occasions? {
        count += 1
        guard now >= quietUntil else { return nil }
        defer { count = 0 }
        quietUntil = now &+ pause
        return Occasions(count: count)
    }
}
