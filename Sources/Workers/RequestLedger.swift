import Gateway
import HTTP
import Log
import Platform
import Serving

/// Counts each answer in the worker's shared page, and hands it on to the access log.
final class RequestLedger: ExchangeObserver {
    private let slot: WorkerSlot
    private let statistics: WorkerStatistics
    private let scale = DurationScale()
    private let recorder: AccessRecorder?
    /// Whether an answer shows that the worker moves; with threads only the main thread does.
    private let provesLife: Bool
    /// The operator's logger, where it is told of requests instead.
    var accessLog: PythonAccessLog?

    init(slot: WorkerSlot, recorder: AccessRecorder?, provesLife: Bool) {
        self.slot = slot
        statistics = slot.statistics
        self.recorder = recorder
        self.provesLife = provesLife
    }

    func answered(_ exchange: Exchange) {
        let now = Clock.monotonicNanoseconds()
        // A turn may answer many requests; each shows that the worker, and Python, moves. What the
        // guard answers shows nothing of the kind.
        if provesLife, !exchange.isGuards { slot.heartbeat = now }
        let duration = now &- exchange.startedAt
        statistics.answered(
            method: Int(exchange.head.methodKind.rawValue),
            status: exchange.status,
            nanoseconds: duration,
            bucket: scale.bucket(of: duration)
        )
        let waited = exchange.queuedNanoseconds
        if waited > 0 { statistics.waited(nanoseconds: waited, bucket: scale.bucket(of: waited)) }
        recorder?.record(exchange, durationNanoseconds: duration)
    }

    /// Python may run: the operator's logger is told.
    func called(_ exchange: Exchange) {
        let duration = Clock.monotonicNanoseconds() &- exchange.startedAt
        if let accessLog { tell(accessLog, exchange, duration) }
    }

    private func tell(_ accessLog: PythonAccessLog, _ exchange: Exchange, _ duration: UInt64) {
        guard let error = accessLog.record(exchange, nanoseconds: duration) else { return }
        exchange.log.error("Error handling request", error)
    }
}
