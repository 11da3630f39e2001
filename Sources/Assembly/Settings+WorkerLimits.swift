import Arbiter
import Platform
import Settings

/// What the limits of workers mean to the arbiter.
extension Settings {
    var workerLimits: WorkerLimits {
        var limits = WorkerLimits()
        limits.memoryAtMost = memoryAtMost
        limits.measure = measuresProportionalMemory ? .proportional : .resident
        limits.ageSeconds = maxWorkerAge
        limits.ageJitterSeconds = maxWorkerAgeJitter
        limits.bootSeconds = workerBootTimeout
        return limits
    }

    /// Bytes a worker may have; 0 for any number.
    private var memoryAtMost: UInt64 {
        switch memoryLimit {
        case .none: 0
        case .bytes(let bytes): UInt64(clamping: bytes)
        // While one is replaced there is one more.
        case .automatic: (ControlGroup.memoryLimit ?? 0) / UInt64(max(1, workers) + 1)
        }
    }

    /// What limits that were asked for cannot do here.
    var limitNotices: [String] {
        var notices: [String] = []
        if memoryLimit == .automatic, ControlGroup.memoryLimit == nil {
            notices.append("There is no memory limit to share: max_worker_memory = auto sets none")
        }
        if requestTimeout > 0, timeoutSeconds > 0, !isThreaded,
            requestTimeout.addingReportingOverflow(requestTimeoutGrace).partialValue
                >= timeoutSeconds
        {
            notices.append(
                "In a sync worker timeout (\(timeoutSeconds)) ends a request before "
                    + "request_timeout (\(requestTimeout)) and its grace "
                    + "(\(requestTimeoutGrace)) have passed"
            )
        }
        return notices
    }
}
