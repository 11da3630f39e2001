import Log
import Platform

/// The end: nobody new is let in, everybody inside is served, and nothing is left behind.
extension Arbiter {
    /// TERM, and boots that failed.
    func haltIfAsked() throws(Departure) {
        try endIfHookWants()
        if let status = haltStatus {
            try stop(gracefully: true, status: status, reason: ArbiterMessage.reason(status))
        }
        guard takeLogged(.terminate) > 0 else { return }
        try serveOn()
        try stop(gracefully: true, status: 0)
    }

    /// Stops where a hook wants the end, or has failed.
    func endIfHookWants() throws(Departure) {
        switch hookEnding {
        case nil: return
        case .stop: try stop(gracefully: true, status: 0)
        case .halt(let status, let reason):
            try stop(gracefully: true, status: status, reason: reason)
        case .exit(let status): try abandon(status: status)
        case .failed(let traceback, _):
            log.error("Unhandled exception in main loop\n\(traceback)")
            try abandon(status: 255)
        }
    }

    /// INT and QUIT.
    func quitIfAsked() throws(Departure) {
        let asked = takeLogged(.interrupt) + takeLogged(.quit)
        if asked > 0 { try stop(gracefully: false, status: 0) }
    }

    private func stop(
        gracefully: Bool,
        status: Int32,
        reason: String? = nil
    ) throws(Departure) {
        endEverybody(gracefully: gracefully)
        sayGoodbye(status: status, reason: reason)
        removePIDFiles()
        var status = status
        do throws(HookEnding) {
            try host.exiting()
        } catch {
            switch error {
            case .exit(let wanted), .halt(let wanted, _): status = wanted
            case .stop(let traceback), .failed(let traceback, ""):
                say(traceback + "\n")
                status = 1
            case .failed(_, let sentence):
                say(sentence)
                status = 1
            }
        }
        if status != 0 { tell(.failure(reason ?? hookEnding?.words ?? "", status: status)) }
        throw Departure(status: status)
    }

    /// The end without the words and the hook that belong to an end which was planned.
    private func abandon(status: Int32) throws(Departure) {
        endEverybody(gracefully: false)
        removePIDFiles()
        if status != 0 { tell(.failure(hookEnding?.words ?? "", status: status)) }
        throw Departure(status: status)
    }

    private func endEverybody(gracefully: Bool) {
        pages.arbiter.state = gracefully ? .draining : .stopping
        tellOfStop()
        host.listening([])
        pendingReload?.listeners.closeAll(except: listeners, unlinking: upgrade.isNone)
        listeners.closeAll(unlinking: upgrade.isNone)
        // Whatever becomes of them now was asked for: no end counts as a failure any more.
        let now = Clock.monotonicNanoseconds()
        for worker in table.workers { table.retired(worker.pid, now: now) }
        signalWorkers(gracefully ? .terminate : .quit)
        drain(gracefully: gracefully)
        killWorkers()
        stopMonitor()
    }

    /// The service does not stop where another master goes on with it.
    private func tellOfStop() {
        if let successor = upgrade.successor { return handOverService(to: successor) }
        forgetStoredPaths()
        let stopping = ServiceNotice().with("STOPPING", "1")
        tell(stating("Stopping \(ArbiterMessage.count(table.count))", in: stopping))
    }

    func sayGoodbye(status: Int32, reason: String?) {
        let level: Level = status == 0 ? .info : .error
        log.log(level, "Shutting down: \(masterName)")
        if let reason, !reason.isEmpty { log.log(level, "Reason: \(reason)") }
    }

    private func removePIDFiles() {
        pendingReload?.pidFile?.remove()
        pidFile?.remove()
    }

    /// Waits until the last worker is gone, or they had the time they may take.
    private func drain(gracefully: Bool) {
        let start = Clock.monotonicNanoseconds()
        var end = start + options.gracefulNanoseconds
        if !gracefully { end = min(end, start + Self.quickNanoseconds) }
        var isGraceful = gracefully
        while table.count > 0 {
            reportDraining()
            let now = Clock.monotonicNanoseconds()
            guard now < end else { return }
            let booting = now < start + Self.bootNanoseconds
            if !booting { killBooting() }
            let next = booting ? min(end, start + Self.bootNanoseconds) : end
            wait(milliseconds: Int32(min((next - now) / 1_000_000 + 1, 1000)))
            silence()
            reap(Clock.monotonicNanoseconds())
            guard inbox.take(.interrupt) + inbox.take(.quit) > 0, isGraceful else { continue }
            isGraceful = false
            log.info("Quick shutdown requested")
            pages.arbiter.state = .stopping
            signalWorkers(.quit)
            end = min(end, Clock.monotonicNanoseconds() + Self.quickNanoseconds)
        }
    }

    /// What a quick stop waits for workers that do not obey.
    private static let quickNanoseconds = 2 * Clock.nanosecondsPerSecond
    /// The same for those that import their application in C and never come to hear of it.
    private static let bootNanoseconds = Clock.nanosecondsPerSecond * 2 / 5

    /// Nobody waits for what a worker that has not served yet might answer.
    private func killBooting() {
        for worker in table.workers where worker.readyAt == nil && !worker.isKilled {
            let slot = pages.slot(worker.slot)
            guard slot.state == .booting, slot.bootStage == .hearing else { continue }
            table.killed(worker.pid)
            send(.kill, to: worker.pid)
        }
    }

    /// What is left gets no choice; the kernel needs a moment to take it away.
    private func killWorkers() {
        signalWorkers(.kill)
        awaitChildren { self.table.count == 0 }
    }

    /// The monitor goes last: until then it tells that we are draining.
    private func stopMonitor() {
        pages.arbiter.state = .stopping
        monitor.listeners.closeAll(unlinking: upgrade.isNone)
        closeControl()
        guard let child = monitor.pid else { return }
        send(.terminate, to: child)
        awaitChildren { self.monitor.pid == nil }
        if monitor.pid != nil { send(.kill, to: child) }
        awaitChildren { self.monitor.pid == nil }
    }

    /// Reaps until it is so, for a second at most.
    private func awaitChildren(_ isDone: () -> Bool) {
        let end = Clock.monotonicNanoseconds() + Clock.nanosecondsPerSecond
        reap(Clock.monotonicNanoseconds())
        while !isDone() {
            let now = Clock.monotonicNanoseconds()
            guard now < end else { return }
            wait(milliseconds: Int32((end - now) / 1_000_000 + 1))
            silence()
            reap(Clock.monotonicNanoseconds())
        }
    }
}
