/// How soon a thread that is about to run the handler has another one turn the loop.
///
/// As long as calls are short nobody is woken for them: that would cost more than the call. A call
/// that outlasts the guard's tick has a follower woken by the guard; when such calls come often,
/// the follower is woken at once.
struct Patience {
    /// A call that lasts so long would have had a follower woken.
    static let longCall: UInt64 = 2_000_000
    /// Short calls that make up for one long call.
    static let shortCallsPerLong = 8
    /// Short calls that make up for all long calls before them.
    static let memory = 64

    private var debt = 0

    /// Whether recent calls were long.
    var isOver: Bool { debt > 0 }

    /// Learns from a call that has ended.
    mutating func callEnded(after nanoseconds: UInt64) {
        if nanoseconds >= Self.longCall {
            debt = min(debt + Self.shortCallsPerLong, Self.memory)
        } else if debt > 0 {
            debt -= 1
        }
    }
}
