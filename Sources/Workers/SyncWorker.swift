import Engine
package import Gateway
package import Log
import Platform
package import PythonRuntime
import Serving

/// The worker for WSGI: answers one request at a time on its one thread (sync), or several on
/// threads of their own (gthread), and keeps connections open.
///
/// A thread holds the GIL while it answers and gives it up while it waits.
package final class SyncWorker {
    /// How long access lines gather at most: under load a write for many instead of one a turn.
    static let logDelay: UInt64 = 20_000_000
    /// Lines gathered up to this are written at once.
    private static let logBytesAtMost = 32 * 1024
    /// How long a worker that leaves waits for a connection that a sibling has announced.
    private static let letterPatience: UInt64 = 500_000_000
    /// The longest the loop sleeps: so often it shows that it lives, and looks for its parent.
    static let longestTurn: UInt64 = 1_000_000_000

    let plan: WorkerPlan
    let station: WorkerStation
    let log: Logger
    let hooks: RequestHooks?
    private let load: () throws(ApplicationFailure) -> PythonObject
    var accessLog: AccessLog?
    var server: Server?
    var signals: WorkerSignals?
    var end: Int32?
    var isDraining = false
    var levelWatch: LevelWatch
    var reloader: Reloader?
    /// A source has changed: the next worker imports it anew.
    private var hasChanged = false
    /// What tells the main thread of sources that change, where it does not turn the server's loop.
    var sourceLoop: EventLoop?
    /// Since when access lines gather; nil where there are none.
    var logSince: UInt64?
    /// Since when, with no connection left, one is expected from a sibling.
    private var expectingSince: UInt64?
    /// Rung by a thread that has answered the last request of a budget.
    var spentBell: Bell?
    /// Threads that serve; changed with the GIL.
    let attending = SharedNumber()

    /// A worker that has not begun; `load` finds the application, once, in its own process.
    package init(
        _ plan: WorkerPlan,
        at station: WorkerStation,
        log: Logger,
        hooks: RequestHooks? = nil,
        load: @escaping () throws(ApplicationFailure) -> PythonObject
    ) {
        self.plan = plan
        self.station = station
        levelWatch = LevelWatch(station.controlPage)
        self.log = log
        self.hooks = hooks
        self.load = load
    }

    /// Serves until a signal, a spent budget or a lost arbiter ends it; answers the exit status.
    package func run() -> Int32 {
        // A signal that arrives when there is no server any more is nobody's.
        defer { Interpreter.signalObserver = nil }
        do {
            return try boot()
        } catch let failure as ApplicationFailure {
            return report(failure)
        } catch {
            // What a signal raised while it booted.
            if let end { return end }
            log.error("Exception in worker process\n\(error)")
            return WorkerStatus.bootFailed
        }
    }

    // MARK: Boot

    private func boot() throws -> Int32 {
        if let identity = plan.identity {
            try identity.assume(withSupplementaryGroups: plan.takesGroups)
        }
        let signals = try WorkerSignals(errorLog: log.descriptor) { [unowned self] in act(on: $0) }
        station.slot.bootStage = .hearing
        try prepareInterpreter()
        let loop = try EventLoop()
        if let plan = plan.reload {
            log.warning("Reloader is on. Use in development only!")
            // With threads the main thread follows the sources, by itself.
            sourceLoop = self.plan.threads > 0 ? try EventLoop() : nil
            reloader = try Reloader(plan, on: sourceLoop ?? loop)
        }
        let application = try loadApplication()
        _ = try Interpreter.module("swiftcorn._worker").attribute("loaded").call()
        var options = plan.wsgi
        // Read here, because `--env` may have set it.
        options.scriptName = ProcessEnvironment.variables["SCRIPT_NAME"] ?? ""
        let handler = try WSGIApplication(application, options: options, log: log)
        let server = try makeServer(handler, loop)
        self.server = server
        self.signals = signals
        let threads = (0..<plan.threads).map { _ in server.addThread() }
        if threads.isEmpty {
            try signals.watch(on: server)
            try server.loop.watch(station.lifeline, for: .readable, receiver: Lifeline(self))
        }
        try reloader?.start()
        if end == nil {
            try server.start()
            if let siblings = station.siblings { try server.join(siblings) }
            station.slot.state = .ready
            station.announceReady()
        }
        server.guardObserver = { [unowned self] in
            if let accessLog { writeLines(of: accessLog, now: server.loop.now) }
            server.publish(into: station.slot)
        }
        if plan.serving.requestSeconds > 0 { try watchDeadlines(of: server) }
        if plan.hasGuard { _ = try Guard(of: server) }
        return threads.isEmpty ? serve(server) : try serveWithThreads(server, threads)
    }

    /// The application, or while it is being written a page that says why there is none.
    ///
    /// As in Gunicorn an application that does not even parse is waited for from the start; one
    /// that fails otherwise is when it has served before.
    private func loadApplication() throws -> PythonObject {
        do throws(ApplicationFailure) {
            return try load()
        } catch {
            guard let reloader, case .failed(let failure) = error, case .ordinary = failure.kind,
                station.isReplacement || failure.isSyntaxError
            else { throw error }
            log.error(failure.message, failure)
            return try reloader.application(insteadOf: failure)
        }
    }

    private func prepareInterpreter() throws {
        let module = try Interpreter.module("swiftcorn._worker")
        let environment = PythonObject.dictionary(plan.environment)
        _ = try module.attribute("prepare").call([environment.reference])
        let directories = PythonObject.list(plan.importPath)
        _ = try module.attribute("extend_path").call([directories.reference])
        if log.relay == nil { try PythonLogger.mirror(log, accessFile: plan.accessFile) }
    }

    private func makeServer(_ handler: WSGIApplication, _ loop: EventLoop) throws -> Server {
        let application: any RequestHandler =
            hooks.map { HookedApplication(handler, $0) } ?? handler
        let server = Server(
            loop: loop,
            endpoints: station.listeners.map(Endpoint.init),
            options: plan.serving,
            serverField: plan.serverField,
            handler: station.inFront?(application) ?? application,
            log: log
        )
        var recorder: AccessRecorder?
        if let target = plan.accessTarget, let format = plan.accessFormat {
            plan.accessJournal?.speak(asWorker: station.slot.age)
            let accessLog = try AccessLog(
                format: format,
                form: log.form,
                target: target,
                journal: plan.accessJournal
            )
            self.accessLog = accessLog
            let filter = plan.accessRules.isEmpty ? nil : AccessFilter(plan.accessRules)
            recorder = AccessRecorder(log: accessLog, filter: filter)
        }
        let ledger = RequestLedger(
            slot: station.slot,
            recorder: recorder,
            provesLife: plan.threads == 0
        )
        if let logger = log.relay as? PythonLogger {
            ledger.accessLog = try PythonAccessLog(logger, handler)
            server.observesCalls = true
        }
        server.observer = ledger
        server.statistics = station.slot.statistics
        server.serverPage = station.serverPage
        if plan.maxRequests > 0 {
            let jitter = Int.random(in: 0...max(0, plan.maxRequestsJitter))
            server.requestBudget = UInt64(plan.maxRequests + jitter)
        }
        return server
    }

    /// Says why the application is not there, in the two ways Gunicorn has for it.
    private func report(_ failure: ApplicationFailure) -> Int32 {
        switch failure {
        case .notFound(let text, let traceback):
            log.debug("Exception while loading the application\n\(traceback)")
            StandardError.write("\(text)\n")
            return WorkerStatus.loadFailed
        case .failed(let error):
            if case .systemExit(let status) = error.kind { return end ?? status }
            log.error("Exception in worker process", error)
            StandardError.write("\(error.message)\n")
            return WorkerStatus.bootFailed
        }
    }

    // MARK: Serving

    private func serve(_ server: Server) -> Int32 {
        let sleep = longestSleep
        while end == nil {
            station.slot.heartbeat = server.loop.now
            let isBrief = logSince != nil || expectingSince != nil
            let pause = isBrief ? min(sleep, Self.logDelay) : sleep
            server.turn(waitingAtMost: pause) { wait in Interpreter.release(wait) }
            levelWatch.follow(log)
            log.sayWaiting()
            if let accessLog { writeLines(of: accessLog, now: server.loop.now) }
            watchSignals()
            server.publish(into: station.slot)
            if let reloader, !isDraining { followSources(reloader, server) }
            retireWhenSpent(server)
            if isDraining {
                drain(server, takingQueued: true)
                if hasServedAll(server) { break }
            }
        }
        server.closeAll()
        accessLog?.flush()
        return end ?? WorkerStatus.normal
    }

    /// Ends this worker when a source has changed: the next one imports it anew.
    private func followSources(_ reloader: Reloader, _ server: Server) {
        look(reloader)
        leaveWhenChanged(server)
    }

    /// Looks for changes, and says that this worker ends for one; runs Python, so with threads it
    /// is called without the baton.
    func look(_ reloader: Reloader) {
        do throws(PythonError) {
            try reloader.look()
            guard !hasChanged, !isDraining, let path = reloader.changed else { return }
            hasChanged = true
            log.info("Worker reloading: \(path) modified")
            _ = try Interpreter.module("swiftcorn._worker").attribute("reload").call()
        } catch {
            log.error("Reloading does not go as it should", error)
        }
    }

    func leaveWhenChanged(_ server: Server) {
        guard hasChanged, !isDraining else { return }
        isDraining = true
        station.slot.state = .draining
        station.slot.statistics.leaving = .sourceChanged
        server.drain(takingQueued: false, patienceSeconds: 0)
    }

    /// Whether the last connection has ended, and none is on its way from a sibling.
    func hasServedAll(_ server: Server) -> Bool {
        let isExpecting = server.expectsConnections()
        // Requests that do not come back keep nobody here.
        guard server.connectionCount <= server.lostCount else { return false }
        guard isExpecting else { return true }
        // Who claimed us may have died before it sent.
        let now = Clock.monotonicNanoseconds()
        let since = expectingSince ?? now
        expectingSince = since
        return now - since > Self.letterPatience
    }

    func retireWhenSpent(_ server: Server) {
        guard server.isSpent, !isDraining else { return }
        log.info("Autorestarting worker after current request.")
        station.slot.statistics.leaving = .budgetSpent
        if station.announceSpent() {
            // The arbiter tells us to leave when the next one serves.
            server.requestBudget = .max
        } else {
            // Sockets of our own have no successor that finds what waits in them.
            if station.ownsListeners { server.requestBudget = .max }
            drain(server, takingQueued: station.ownsListeners)
        }
    }

    private func watchSignals() {
        do throws(SystemError) {
            try signals?.keepWatching()
        } catch {
            log.error("Signals are not watched for a while: \(error)")
        }
    }

    func writeLines(of log: AccessLog, now: UInt64) {
        guard log.pendingBytes > 0 else {
            logSince = nil
            return
        }
        let since = logSince ?? now
        if now - since >= Self.logDelay || log.pendingBytes >= Self.logBytesAtMost {
            log.flush()
            logSince = nil
        } else {
            logSince = since
        }
    }

    var longestSleep: UInt64 {
        guard plan.timeoutSeconds > 0 else { return Self.longestTurn }
        return min(Self.longestTurn, UInt64(plan.timeoutSeconds) * 500_000_000)
    }

    func drain(_ server: Server, takingQueued: Bool) {
        guard !server.isDraining else { return }
        isDraining = true
        station.slot.state = .draining
        server.drain(takingQueued: takingQueued)
        // Who connects from here on is refused, or finds another process, and is not left waiting
        // in a queue that nobody reads.
        server.stopListening()
    }

    private func act(on request: WorkerSignals.Request) {
        switch request {
        case .drain:
            // There is nobody to be served yet.
            if server == nil { return leaveBoot(WorkerStatus.normal) }
            isDraining = true
            server?.endsConnections = true
        case .quit: leaveBoot(end ?? WorkerStatus.normal)
        case .abort: leaveBoot(WorkerStatus.aborted)
        case .reopen: reopen()
        case .ignore: log.debug("worker: SIGWINCH ignored.")
        }
    }

    private func leaveBoot(_ status: Int32) {
        end = status
        station.slot.bootStage = .leaving
    }

    private func reopen() {
        do throws(UnwritableLog) {
            try log.reopen()
            try accessLog?.reopen()
        } catch {
            log.error("A log file could not be opened again: \(error)")
        }
    }

    fileprivate func forgetLifeline() {
        server?.loop.forget(station.lifeline)
    }

    func parentChanged() {
        guard end == nil else { return }
        log.info("Parent changed, shutting down: <Worker \(CurrentProcess.pid)>")
        end = WorkerStatus.normal
    }
}

/// The end of the arbiter's pipe: it becomes readable when no arbiter holds the other end.
private final class Lifeline: EventReceiver {
    private unowned let worker: SyncWorker

    init(_ worker: SyncWorker) {
        self.worker = worker
    }

    func ready(_ events: Interest) {
        worker.parentChanged()
        // It stays so: once is enough.
        worker.forgetLifeline()
    }
}

extension Endpoint {
    /// The endpoint that a listener is, as the environ names it.
    fileprivate convenience init(_ listener: Listener) {
        let isUnix = listener.address.family == .unix
        self.init(
            descriptor: listener.descriptor,
            name: listener.address.host,
            port: isUnix ? "" : "\(listener.address.port)",
            isUnix: isUnix
        )
    }
}
