import Platform

/// A log line that every connection could cause, written at most once a second.
struct RareLine {
    private var quietUntil: UInt64 = 0
    private var unsaid = 0

    /// What stands behind the line, should it be written now: how often it was not.
    mutating func occasion(at now: UInt64) -> String? {
        guard now >= quietUntil else {
            unsaid += 1
            return nil
        }
        defer { unsaid = 0 }
        quietUntil = now &+ Clock.nanosecondsPerSecond
        return unsaid == 0 ? "" : " (and \(unsaid) more)"
    }
}
