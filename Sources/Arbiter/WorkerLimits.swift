package import Platform

/// When a worker is replaced by a new one, and how long its boot may take; 0 sets no limit.
package struct WorkerLimits: Sendable {
    /// Bytes a worker may have.
    package var memoryAtMost: UInt64 = 0
    package var measure = ProcessMemory.Measure.resident
    package var ageSeconds = 0
    /// Up to so many seconds are added for each worker.
    package var ageJitterSeconds = 0
    package var bootSeconds = 0

    package init() {}

    var bootNanoseconds: UInt64 { ArbiterOptions.nanoseconds(bootSeconds) }

    /// How long a worker serves; nil for as long as it lives.
    func lifespan(random: (ClosedRange<Int>) -> Int) -> UInt64? {
        guard ageSeconds > 0 else { return nil }
        let (sum, overflow) = ageSeconds.addingReportingOverflow(random(0...ageJitterSeconds))
        return ArbiterOptions.nanoseconds(overflow ? .max : sum)
    }
}

/// What is known of the workers' age and size: judged from numbers, so that it can be tested.
struct WearWatch {
    /// How long each worker serves, drawn when it is first seen.
    private var lifespans: [Int32: UInt64] = [:]
    /// When memory was last measured.
    private var measuredAt: UInt64 = 0
    /// What could not be measured has been told of.
    var hasReportedFailure = false

    /// The kernel walks through all of a process's memory for the proportional measure.
    static func pause(_ measure: ProcessMemory.Measure) -> UInt64 {
        switch measure {
        case .resident: Clock.nanosecondsPerSecond
        case .proportional: 5 * Clock.nanosecondsPerSecond
        }
    }

    /// Whether it is time to measure; counts as having done so.
    mutating func measures(by limits: WorkerLimits, now: UInt64) -> Bool {
        guard limits.memoryAtMost > 0, now >= measuredAt + Self.pause(limits.measure) else {
            return false
        }
        measuredAt = now
        return true
    }

    /// Forgets the workers that are gone.
    mutating func keep(_ workers: [WorkerTable.Worker]) {
        guard lifespans.count > workers.count else { return }
        let living = Set(workers.map(\.pid))
        lifespans = lifespans.filter { living.contains($0.key) }
    }

    /// Whether a worker has served as long as it may.
    mutating func isOld(_ worker: WorkerTable.Worker, _ limits: WorkerLimits, now: UInt64) -> Bool {
        guard limits.ageSeconds > 0 else { return false }
        let drawn = lifespans[worker.pid] ?? limits.lifespan { Int.random(in: $0) }
        lifespans[worker.pid] = drawn
        guard let drawn else { return false }
        return now > worker.bornAt && now - worker.bornAt >= drawn
    }
}
