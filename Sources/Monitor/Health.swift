package import Platform

/// What readiness depends on, beside what the shared pages show.
package struct HealthOptions: Sendable {
    /// Seconds without a free worker that are tolerated; 0 for any number.
    package var readyGraceSeconds = 10
    /// Whether the application has a check of its own.
    package var hasCheck = false
    /// Seconds that check may take; 0 for any number.
    package var checkTimeoutSeconds = 5

    package init() {}
}

/// What the shared pages say of the server's health: read, never asked for.
///
/// Any process of the server may judge it: nothing is remembered from one look to the next.
package struct Health: Sendable {
    /// One thing that was looked at; without a fault all is well.
    package struct Check: Equatable, Sendable {
        package let name: String
        package let fault: String?

        /// A check that was made.
        init(_ name: String, fault: String? = nil) {
            self.name = name
            self.fault = fault
        }
    }

    /// Silence of the arbiter after which it counts as dead: it shows itself about once a second.
    static let arbiterSilence: UInt64 = 30 * Clock.nanosecondsPerSecond
    /// How much longer than `timeout` a worker may be silent: the arbiter needs a moment to act.
    static let workerGrace: UInt64 = 5 * Clock.nanosecondsPerSecond
    /// How exactly it is known when a worker was last free.
    static let freeResolution: UInt64 = Clock.nanosecondsPerSecond

    private let pages: SharedPages
    private let options: HealthOptions

    package init(pages: SharedPages, options: HealthOptions = HealthOptions()) {
        self.pages = pages
        self.options = options
    }

    // MARK: The three questions

    /// Whether the server as a whole still works; a fault asks for a restart.
    package func liveness(now: UInt64) -> [Check] {
        [Check("arbiter", fault: arbiterFault(now)), Check("workers", fault: silenceFault(now))]
    }

    /// Whether requests should be sent here now.
    package func readiness(now: UInt64) -> [Check] {
        var checks = [
            Check("accepting", fault: acceptingFault),
            Check("workers", fault: workersFault),
            Check("capacity", fault: capacityFault(now)),
        ]
        if options.hasCheck { checks.append(Check("application", fault: applicationFault(now))) }
        return checks
    }

    /// Whether the server has come up; it stays so.
    package func startup() -> [Check] {
        let isUp = pages.arbiter.state != .starting
        return [Check("started", fault: isUp ? nil : "starting, \(bootedOfWanted)")]
    }

    // MARK: The single checks

    private var workers: [WorkerSlot] {
        (0..<min(pages.arbiter.slotsInUse, pages.slotCount)).map(pages.slot)
    }

    private var ready: [WorkerSlot] { workers.filter { $0.state == .ready } }

    private var bootedOfWanted: String {
        "\(ready.count) of \(pages.arbiter.workersWanted) workers booted"
    }

    private func arbiterFault(_ now: UInt64) -> String? {
        let heartbeat = pages.arbiter.heartbeat
        guard heartbeat > 0, now > heartbeat else { return nil }
        return now - heartbeat < Self.arbiterSilence ? nil : "the arbiter does not move"
    }

    /// All of them silent for longer than the arbiter would bear: it does not do its work.
    private func silenceFault(_ now: UInt64) -> String? {
        let timeout = pages.arbiter.timeoutNanoseconds
        let workers = workers.filter { $0.state == .ready || $0.state == .draining }
        guard timeout > 0, !workers.isEmpty else { return nil }
        let isStuck = workers.allSatisfy { worker in
            let heartbeat = worker.heartbeat
            return now > heartbeat && now - heartbeat > timeout + Self.workerGrace
        }
        return isStuck ? "every worker is stuck, and none is replaced" : nil
    }

    private var acceptingFault: String? {
        switch pages.arbiter.state {
        case .starting: "starting"
        case .ready: nil
        case .draining: "draining"
        case .stopping: "stopping"
        }
    }

    /// While the server starts all of its workers have to be there; later one that is replaced is
    /// no reason to send nobody here.
    private var workersFault: String? {
        if pages.arbiter.state == .starting { return bootedOfWanted }
        return ready.isEmpty ? "no worker is ready" : nil
    }

    private func capacityFault(_ now: UInt64) -> String? {
        let ready = ready
        guard options.readyGraceSeconds > 0, !ready.isEmpty else { return nil }
        let grace = UInt64(options.readyGraceSeconds) * Clock.nanosecondsPerSecond
        let isBusy = ready.allSatisfy { worker in
            let freeAt = worker.statistics.freeAt
            guard freeAt > 0, !worker.isWaiting, now > freeAt else { return false }
            return now - freeAt > grace + Self.freeResolution
        }
        return isBusy ? "no worker has been free for \(options.readyGraceSeconds) s" : nil
    }

    private func applicationFault(_ now: UInt64) -> String? {
        let known = ready.map(\.statistics)
        let limit = UInt64(options.checkTimeoutSeconds) * Clock.nanosecondsPerSecond
        let isLate = known.contains { statistics in
            let began = statistics.checkBegan
            return limit > 0 && began > 0 && now > began && now - began > limit
        }
        if isLate { return "the check takes longer than \(options.checkTimeoutSeconds) s" }
        let newest = known.filter { $0.checkEnded > 0 }.max { $0.checkEnded < $1.checkEnded }
        guard let newest else { return "the check was not made yet" }
        return newest.check == .failed ? "the check has failed" : nil
    }
}
