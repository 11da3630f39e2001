/// What Python code of ours asks of the process that it runs in; set once by whoever composes it.
///
/// Called with the GIL held. A service that is not set does nothing: `gunicorn` may be imported
/// where no server runs.
package enum PythonServices {
    /// Where the error log of this process is written to; negative where it is records.
    nonisolated(unsafe) package static var logDescriptor: (() -> Int32)?
    /// Writes to the error log, at a level of Python's `logging`.
    nonisolated(unsafe) package static var log: ((_ level: Int, _ text: String) -> Void)?
    /// Opens the log files of this process again.
    nonisolated(unsafe) package static var reopenLogs: (() -> Void)?
    /// Shows that this worker lives.
    nonisolated(unsafe) package static var notify: (() -> Void)?
    /// Tells the arbiter that this worker serves.
    nonisolated(unsafe) package static var announceReady: (() -> Void)?
    /// Tells of the application's own check: 0 asks whether it is this worker's turn to make it, 1
    /// says that it passed, 2 that it failed.
    nonisolated(unsafe) package static var healthCheck: ((_ step: Int) -> Bool)?
    /// When the worker with that process number last showed that it lives, in nanoseconds.
    nonisolated(unsafe) package static var lastHeartbeat: ((_ pid: Int32) -> UInt64)?
    /// Serves an application by the core's own loop; the status to end with.
    nonisolated(unsafe) package static var runServedWorker:
        ((borrowing PythonObject) throws(PythonError) -> Int32)?
}
