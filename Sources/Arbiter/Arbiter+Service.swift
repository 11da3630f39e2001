import Log
import Platform

/// What the service manager is told, and when it is told: `ServiceReport` decides, this sends.
extension Arbiter {
    /// Tells what cannot be left out: when the service manager does not read now, the next turn
    /// says it.
    func tell(_ notice: ServiceNotice) {
        for earlier in service.takeOwed() where !deliver(earlier) { service.owe(earlier) }
        // The order counts: what was said before must arrive before.
        guard service.owed.isEmpty, deliver(notice) else { return service.owe(notice) }
    }

    /// Tells that this process is no longer the main one, once another has taken over.
    ///
    /// Only the main process is listened to, so this is the old arbiter's to say, and it says it
    /// when the new one is ready: what the new one says about itself counts from then on.
    func handOverService(to pid: Int32) {
        tell(ServiceNotice().with("MAINPID", "\(pid)"))
    }

    /// The regular part of a turn: the sign of life, and the sentence where it has changed.
    func reportToService(_ now: UInt64) {
        guard service.isWanted else { return }
        for earlier in service.takeOwed() where !deliver(earlier) { service.owe(earlier) }
        // Counting is for when something may be said, not for every turn of a storm of signals.
        guard service.mayBeDue(now) else { return }
        let notice = service.due(facts(now), now: now)
        if !notice.isEmpty { _ = deliver(notice) }
    }

    /// The same while the last workers finish: more time is asked for, too.
    func reportDraining() {
        guard service.isWanted else { return }
        let now = Clock.monotonicNanoseconds()
        for earlier in service.takeOwed() where !deliver(earlier) { service.owe(earlier) }
        let notice = service.dueWhileDraining(facts(now), left: table.count, now: now)
        if !notice.isEmpty { _ = deliver(notice) }
    }

    /// A notice that carries a sentence, which is then not said again.
    func stating(_ sentence: String, in notice: ServiceNotice = ServiceNotice()) -> ServiceNotice {
        notice.status(service.said(sentence, now: Clock.monotonicNanoseconds()))
    }

    private func facts(_ now: UInt64) -> ServiceReport.Facts {
        var facts = ServiceReport.Facts()
        facts.workersReady = table.readyCount
        facts.workersWanted = table.target
        facts.reloadFailure = reloadFailure
        for index in 0..<pages.arbiter.slotsInUse {
            let statistics = pages.slot(index).statistics
            facts.requests &+= statistics.requests
            facts.busyNanoseconds &+= statistics.durationSum
            facts.inFlight += statistics.inFlight
        }
        facts.isHealthy = table.workers.contains { worker in
            guard worker.readyAt != nil, worker.abortedAt == nil, !worker.isKilled else {
                return false
            }
            let heartbeat = pages.slot(worker.slot).heartbeat
            return heartbeats.judge(heartbeat: heartbeat, abortedAt: nil, now: now) == .fine
        }
        return facts
    }

    /// False where it has to be said again later.
    private func deliver(_ notice: ServiceNotice) -> Bool {
        switch ServiceManager.notify(notice.text) {
        case .delivered, .nobodyListens: return true
        case .busy: return false
        case .failed(let error):
            missedService(error)
            return true
        }
    }

    /// A service manager that cannot be reached is told of once, and never waited for.
    func missedService(_ error: SystemError) {
        guard !hasMissedServiceManager else { return }
        hasMissedServiceManager = true
        let reason =
            error.isMissingLibrary ? "libsystemd.so.0 is not on this machine" : "\(error)"
        log.warning("Cannot tell the service manager how we are: \(reason)")
    }
}
