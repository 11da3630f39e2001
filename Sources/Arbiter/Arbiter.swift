package import Log
package import Platform

/// Why the loop ends: the status this process exits with.
struct Departure: Error {
    let status: Int32
}

/// The process that owns the listeners and the children, and serves nobody itself.
///
/// It sleeps until a signal arrives, a worker announces itself or a second has passed, and then
/// takes one turn: reap, halt, quit, reload, reopen, re-exec, resize, timeouts, balance. Each step
/// looks only at facts (signals counted, numbers in the shared pages, ended children), so nothing
/// depends on the order in which they became true.
///
/// A fork returns twice: `run` returns in the arbiter's process and in each child's, with the
/// status that process shall exit with.
package final class Arbiter {
    let host: any ArbiterHost
    let log: Logger
    let pid: Int32
    /// What arbiter, workers and monitor tell each other.
    package let pages: SharedPages

    var options: ArbiterOptions
    var table: WorkerTable
    var pace = BootPace()
    var heartbeats: Heartbeats
    var listeners = Listeners()
    var pidFile: PIDFile?
    var pendingReload: PendingReload?
    var isReloadWaiting = false
    /// The sockets were passed to us: addresses in the settings mean nothing then.
    var isActivated = false
    /// The status a failed boot asks us to stop with.
    var haltStatus: Int32?
    /// How a hook ended that wants the server's end.
    var hookEnding: HookEnding?
    var shownCount = 0
    var hasReportedPace = false
    var hasMissedServiceManager = false
    var service: ServiceReport
    /// The names of the sockets that were passed to us, in their order.
    var passedNames: [String] = []
    var store = DescriptorStore(capacity: ServiceManager.storeCapacity)
    /// Why the last reload changed nothing, where it did not.
    var reloadFailure: String?

    var monitor = MonitorState()
    var control = ControlState()
    var wear = WearWatch()
    var upgrade = Upgrade()
    var listenerWatch = ListenerWatch()
    let inheritance: Inheritance

    let inbox: SignalInbox
    /// Rung by workers that have something to announce.
    let bell: Bell
    /// Held open here for as long as we live, and read by all children.
    let lifeline: Pipe
    /// One for each slot that may be used: over it siblings hand connections to its worker.
    var channels: [DescriptorChannel] = []

    /// The signals the arbiter understands.
    static let signals: [Signal] = [
        .hangUp, .interrupt, .quit, .terminate, .user1, .user2, .inputOffered, .outputOffered,
        .windowChanged, .child,
    ]

    /// More workers than anybody runs on one machine; untouched pages cost nothing.
    static let slotLimit = 4096

    /// Slots with a channel at most: each costs two descriptors in every process.
    static let channelLimit = 256

    /// Takes the signals from here on: a TERM that arrives before `run` is not lost.
    package init(
        options: ArbiterOptions,
        inheriting inheritance: Inheritance = Inheritance(),
        log: Logger,
        host: any ArbiterHost
    ) throws(SystemError) {
        self.options = options
        self.inheritance = inheritance
        upgrade.predecessor = inheritance.predecessor
        self.log = log
        self.host = host
        pid = CurrentProcess.pid
        pages = try SharedPages(slots: Self.slotLimit)
        bell = try Bell()
        lifeline = try Pipe()
        table = WorkerTable(target: min(options.workers, Self.slotLimit / 2))
        heartbeats = Heartbeats(timeoutNanoseconds: options.timeoutNanoseconds)
        service = ServiceReport(
            isWanted: ServiceManager.isListening,
            watchdogNanoseconds: ServiceManager.watchdogNanoseconds
        )
        inbox = try SignalInbox(watching: Self.signals)
    }

    /// Serves until it is told to stop; the status to exit with.
    package func run() -> Int32 {
        do throws(Departure) {
            try start()
            while true {
                try turn()
                wait(milliseconds: napMilliseconds(), alsoFor: unheardCallers)
            }
        } catch {
            return error.status
        }
    }

    // MARK: The turn

    func turn() throws(Departure) {
        silence()
        let now = Clock.monotonicNanoseconds()
        heartbeats.look(now: now)
        pages.arbiter.heartbeat = now
        promoteIfAlone()
        reap(now)
        try haltIfAsked()
        try quitIfAsked()
        reloadIfAsked()
        reopenIfAsked()
        try upgradeIfAsked()
        resizeIfAsked()
        enforceTimeouts(now)
        replaceWorn(now)
        replaceSpent()
        watchListeners(now)
        try balance()
        reportToService(now)
    }

    /// Makes both descriptors wait again; what arrives from now on wakes the next wait.
    func silence() {
        inbox.silence()
        bell.silence()
        hearControl()
    }

    func wait(milliseconds: Int32, alsoFor others: [Int32] = []) {
        let descriptors = [inbox.descriptor, bell.descriptor] + others
        host.wait { Descriptor.wait(for: descriptors, milliseconds: milliseconds) }
    }

    /// A second, or less when something is due before.
    private func napMilliseconds() -> Int32 {
        if hookEnding != nil { return 0 }
        let now = Clock.monotonicNanoseconds()
        var due = now + Clock.nanosecondsPerSecond
        if let boot = pace.wakeUp(missing: table.missing) { due = min(due, boot) }
        if let restart = monitor.restartAt { due = min(due, restart) }
        if let pulse = service.nextPulse { due = min(due, pulse) }
        guard due > now else { return 0 }
        return Int32(truncatingIfNeeded: (due - now) / 1_000_000 + 1)
    }

    /// Takes a signal's count and writes its line once, however often it came; 0 where the host
    /// does not want it acted on.
    func takeLogged(_ signal: Signal) -> Int {
        let count = inbox.take(signal)
        guard count > 0 else { return 0 }
        log.info(ArbiterMessage.handling(signal))
        var isAllowed = true
        calling { () throws(HookEnding) in isAllowed = try host.allows(signal) }
        return isAllowed ? count : 0
    }

    // MARK: Small steps

    func reopenIfAsked() {
        guard takeLogged(.user1) > 0 else { return }
        do {
            try log.reopen()
        } catch {
            log.error("Cannot reopen the error log, going on with the old one: \(error)")
        }
        host.reopenLogs()
        signalWorkers(.user1)
        if let monitor = monitor.pid { send(.user1, to: monitor) }
    }

    private func resizeIfAsked() {
        let former = table.target
        let more = takeLogged(.inputOffered)
        if more > 0 { table.resize(by: more, limit: Self.slotLimit / 2) }
        let fewer = takeLogged(.outputOffered)
        if fewer > 0 { table.resize(by: -fewer, limit: Self.slotLimit / 2) }
        if table.target != former { tellSteps(from: former, to: table.target) }
        resizeAsControlled()
        if takeLogged(.windowChanged) > 0 { wantNoneIfDaemon() }
        pages.arbiter.workersWanted = table.target
    }

    /// Each signal asked for one worker more or fewer.
    private func tellSteps(from former: Int, to target: Int) {
        let step = target > former ? 1 : -1
        for count in stride(from: former + step, through: target, by: step) {
            calling { () throws(HookEnding) in
                try host.workerCountChanged(to: count, from: count - step)
            }
        }
    }

    private func wantNoneIfDaemon() {
        guard options.isDaemon else {
            return log.debug("SIGWINCH ignored. Not daemonized")
        }
        log.info("graceful stop of workers")
        let former = table.target
        table.wantNone()
        calling { () throws(HookEnding) in
            try host.workerCountChanged(to: table.target, from: former)
        }
    }

    /// Calls a hook; false where it wants the server's end, which the next turn sees to.
    @discardableResult
    func calling(_ hook: () throws(HookEnding) -> Void) -> Bool {
        do {
            try hook()
            return true
        } catch {
            let isEnding = [.draining, .stopping].contains(pages.arbiter.state)
            if isEnding, case .failed(let traceback, _) = error {
                log.error("Exception in a hook while stopping\n\(traceback)")
            }
            hookEnding = hookEnding ?? error
            return false
        }
    }

    func enforceTimeouts(_ now: UInt64) {
        for worker in table.workers where !worker.isKilled {
            switch verdict(on: worker, now) {
            case .fine: retireForGood(worker, now)
            case .abort:
                log.critical("WORKER TIMEOUT (pid:\(worker.pid))")
                tellOfHangingBoot(worker, now)
                table.aborted(worker.pid, now: now)
                send(.abort, to: worker.pid)
            case .kill:
                table.killed(worker.pid)
                send(.kill, to: worker.pid)
            }
        }
    }

    /// A worker that was asked to finish and does not is not waited for longer than it may take.
    private func retireForGood(_ worker: WorkerTable.Worker, _ now: UInt64) {
        guard let retiredAt = worker.retiredAt, worker.wear != .spent else { return }
        guard now > retiredAt, now - retiredAt > options.gracefulNanoseconds else { return }
        log.warning("Worker graceful timeout (pid:\(worker.pid))")
        table.killed(worker.pid)
        send(.kill, to: worker.pid)
    }

    // MARK: Signals to children

    func signalWorkers(_ signal: Signal) {
        for worker in table.workers { send(signal, to: worker.pid) }
    }

    /// Also counts, for whoever asks, the workers that are asked, or made, to end.
    func send(_ signal: Signal, to child: Int32) {
        if [.terminate, .kill].contains(signal), table[child] != nil {
            pages.control.workersKilled += 1
        }
        deliver(signal, to: child)
    }

    /// A child that is gone already is reaped in the next turn.
    func deliver(_ signal: Signal, to child: Int32) {
        do {
            try signal.send(to: child)
        } catch {
            guard error.errno != SystemError.noSuchProcess else { return }
            log.error("Cannot send \(signal.name) to process \(child): \(error)")
        }
    }
}

extension ArbiterOptions {
    var timeoutNanoseconds: UInt64 { Self.nanoseconds(timeoutSeconds) }
    var gracefulNanoseconds: UInt64 { Self.nanoseconds(gracefulTimeoutSeconds) }
    var shutdownDelayNanoseconds: UInt64 { Self.nanoseconds(shutdownDelaySeconds) }

    /// Without overflow: a timeout of centuries is one of a century.
    static func nanoseconds(_ seconds: Int) -> UInt64 {
        UInt64(min(max(seconds, 0), 3_155_760_000)) * Clock.nanosecondsPerSecond
    }
}
