import Synchronization

/// What went wrong, as far as a log shows it.
package protocol LoggedFailure: Error {
    /// The lines that tell where, without a line feed at the end.
    var traceback: String { get }
    /// The class of the exception, with its module where it is not built in.
    var typeName: String { get }
    /// What the exception itself says.
    var message: String { get }
}

/// One thing that is to be logged.
package struct LogRecord: Sendable {
    package let level: Level
    package let message: String
    package let failure: (any LoggedFailure)?

    /// The text as the native log writes it.
    var text: String {
        guard let failure else { return message }
        return "\(message)\n\(failure.traceback)"
    }

    /// Tells how many lines there should have been.
    static func loss(of count: Int, _ reason: String) -> LogRecord {
        LogRecord(
            level: .warning,
            message: "\(count) log lines were lost: \(reason)",
            failure: nil
        )
    }
}

/// Whoever says the lines instead of the native log: the operator's own logger class.
package protocol LogRelay: AnyObject {
    /// What is less grave is not worth handing on.
    var threshold: Level { get }
    /// Whether this thread may call it right now.
    var isReachable: Bool { get }
    /// Says it; false where that failed and the native log has to.
    func deliver(_ record: LogRecord) -> Bool
    /// Opens its files again (USR1).
    func reopen()
}

/// Lines said on a thread that cannot reach the relay, until one comes that can.
final class WaitingRecords: Sendable {
    /// More than this and the oldest are given up.
    static let longest = 1000

    private struct State {
        var records: [LogRecord] = []
        var lost = 0
    }

    private let state = Mutex(State())
    private let count = Atomic(0)

    func append(_ record: LogRecord) {
        state.withLock { state in
            if state.records.count == Self.longest {
                state.records.removeFirst()
                state.lost += 1
            }
            state.records.append(record)
            count.store(state.records.count, ordering: .relaxed)
        }
    }

    /// Takes all that wait, and says how many were given up before them.
    func takeAll() -> (records: [LogRecord], lost: Int) {
        guard count.load(ordering: .relaxed) > 0 else { return ([], 0) }
        return state.withLock { state in
            defer { state = State() }
            count.store(0, ordering: .relaxed)
            return (state.records, state.lost)
        }
    }
}
