import Arbiter
import CommandLine
import Gateway
import Log
import Monitor
import Platform
import PythonRuntime
import Serving
import Settings
import Workers

/// What the arbiter needs and must not know: the interpreter, the application, the settings.
final class ServerHost: ArbiterHost {
    let start: StartingPoint
    let log: Logger
    private(set) var generation: Generation
    /// The Python half, where hooks, a worker's class or a custom application need one.
    var supervision: Supervision?
    /// What the worker's slot had counted before this process had it.
    private var requestsBefore: UInt64 = 0
    /// What a reload that does not count goes back to.
    private var former: Former?
    /// The log that a reload has opened, until it takes it into use.
    private var nextOutput: LogOutput?
    /// The application's metrics could not be read, and the log says why.
    var hasMissedMetrics = false
    /// The application, where it was loaded before the first fork.
    private var preloaded: PreloadedApplication?
    /// The object of the operator's logger class.
    private var pythonLogger: PythonLogger?

    private struct Former {
        let generation: Generation
        let output: LogOutput
        let preloaded: PreloadedApplication?
    }

    init(_ generation: Generation, from start: StartingPoint, log: Logger) {
        self.generation = generation
        self.start = start
        self.log = log
        supervision = start.embedding
        serve(log)
    }

    /// What the arbiter does its work by, with the name of the worker's class as hooks see it.
    var options: ArbiterOptions { named(generation.options) }

    /// Loads the application here where the settings say so, and makes what is loaded cheap to
    /// share: objects that the collector does not touch stay on pages that no worker copies.
    func prepare() throws {
        ProcessTitle.prepare()
        try Surroundings.setEnvironment(generation.plan.environment)
        try Surroundings.putOnImportPath(generation.plan.importPath)
        try makeSupervision()
        try prepareApplicationMetrics()
        // What every worker needs is imported once and shared, and is there even where a worker's
        // user may not read it.
        for name in ["swiftcorn._application", "swiftcorn._wsgi", "swiftcorn._mirror"] {
            _ = try Interpreter.module(name)
        }
        // Sharing pays where there are several to share.
        if generation.settings.workers > 1 {
            _ = try Interpreter.module("swiftcorn._worker").attribute("share_modules").call()
        }
        preloaded = try preload(generation)
        try Interpreter.freezeObjects()
    }

    /// The application, where this generation loads it here; loaded once, whatever changes later.
    private func preload(_ generation: Generation) throws -> PreloadedApplication? {
        guard generation.settings.preloadApp else { return nil }
        if let preloaded { return preloaded }
        try Surroundings.putOnImportPath(generation.plan.importPath)
        return PreloadedApplication(
            try ServedApplication.load(generation.application, generation.settings)
        )
    }

    // MARK: Forks

    func beforeFork() {
        Signal.hold()
        Interpreter.beforeFork()
    }

    func afterForkInParent() {
        Interpreter.afterForkInParent()
        Signal.letThrough()
    }

    func afterForkInChild() { Interpreter.afterForkInChild() }

    func wait(_ body: () -> Void) { Interpreter.release(body) }

    func runWorker(_ seat: WorkerSeat) -> Int32 {
        requestsBefore = seat.slot.requests
        do {
            let listeners =
                generation.settings.reusePort ? try seat.bindListeners() : seat.listeners
            var station = WorkerStation(
                listeners: listeners,
                slot: seat.slot,
                lifeline: seat.lifeline,
                isReplacement: seat.pages.arbiter.state == .ready,
                announceReady: announcement(of: seat)
            )
            station.announceStuck = seat.announceStuck
            station.ownsListeners = generation.settings.reusePort
            station.serverPage = seat.pages.arbiter
            station.controlPage = seat.pages.control
            station.announceSpent = seat.announceSpent
            station.siblings = Siblings(
                pages: seat.pages,
                own: seat.slotIndex,
                channels: seat.channels,
                sharesListeners: !generation.settings.reusePort
            )
            if let prefix = generation.settings.healthPathPrefix {
                let health = Health(pages: seat.pages, options: generation.settings.health)
                station.inFront = { ProbeHandler(prefix, health, inFrontOf: $0) }
            }
            var plan = generation.plan
            plan.wsgi.errorDescriptor = log.form == .text ? log.descriptor : -1
            guard let supervision else {
                return SyncWorker(plan, at: station, log: log, load: load).run()
            }
            let isOwn = generation.settings.reusePort
            return try run(plan, at: station, by: supervision, ownSockets: isOwn)
        } catch let error as PythonError {
            return workerFailed(error, status: WorkerStatus.bootFailed)
        } catch {
            log.error("Exception in worker process\n\(error)")
            return WorkerStatus.bootFailed
        }
    }

    func workerExits(_ seat: WorkerSeat, status: Int32) -> Int32 {
        tellOfExit(requests: Int(seat.slot.requests &- requestsBefore), status: status)
    }

    func runMonitor(_ seat: MonitorSeat) -> Int32 {
        Signal.letThrough()
        var plan = MonitorPlan(
            listeners: seat.listeners,
            pages: seat.pages,
            lifeline: seat.lifeline
        )
        plan.health = generation.settings.health
        plan.facts = generation.facts(workerClass: seat.options.workerClass)
        plan.applicationMetrics = applicationMetrics
        plan.sharedStore = SharedState.current
        plan.control = controlPlan(of: seat)
        return HealthMonitor(plan, log: log).run()
    }

    func load() throws(ApplicationFailure) -> PythonObject {
        if let preloaded { return preloaded.reference() }
        return try ServedApplication.load(generation.application, generation.settings)
    }

    func reopenLogs() {
        do throws(UnwritableLog) {
            try generation.makeAccessLog()
        } catch {
            log.error("Cannot reopen the access log: \(error)")
        }
    }

    // MARK: Reload

    func reload() throws -> ArbiterOptions {
        let current = Former(generation: generation, output: log.output, preloaded: preloaded)
        do {
            try Surroundings.setEnvironment([])
            let next = try start.generation()
            try Surroundings.enter(next.settings)
            nextOutput = try next.openLogs(after: log.output)
            try setUpLogger(next.settings, former: generation.settings)
            try Surroundings.setEnvironment(next.plan.environment)
            try adopt(next)
            preloaded = try preload(next)
            former = current
            generation = next
            return named(next.options)
        } catch {
            goBack(to: current)
            throw ReloadRefused(error)
        }
    }

    /// From here on the next workers are forked: their log is the new one.
    func reloadTaken() {
        guard let output = nextOutput else { return }
        nextOutput = nil
        use(output)
        let settings = generation.settings
        for notice in settings.pendingNotices + settings.limitNotices { log.warning(notice) }
        warnOfOtherStore()
    }

    func reloadCounts() { former = nil }

    func abandonReload() {
        guard let former else { return }
        goBack(to: former)
        self.former = nil
    }

    private func goBack(to former: Former) {
        let abandoned = generation
        generation = former.generation
        preloaded = former.preloaded
        nextOutput = nil
        use(former.output)
        do {
            try setUpLogger(former.generation.settings, former: abandoned.settings)
            _ = try supervision?.ask("go_back")
            try Surroundings.enter(generation.settings)
            try Surroundings.setEnvironment(generation.plan.environment)
        } catch {
            log.error("The reload could not be taken back: \(error)")
        }
    }

    // MARK: The operator's logger

    /// Makes the logger where the settings ask for one; from here on it says the lines.
    func openLogger() throws {
        try setUpLogger(generation.settings, former: generation.settings)
    }

    /// Has the logger follow the settings, and the native log stand in where there is none.
    private func setUpLogger(_ settings: Settings, former: Settings) throws {
        do throws(PythonError) {
            try makeLogger(settings, former: former)
        } catch {
            throw settings.refusal(error, otherwise: "logger_class") ?? error
        }
    }

    private func makeLogger(_ settings: Settings, former: Settings) throws(PythonError) {
        guard let name = settings.loggerClass else {
            if pythonLogger != nil { try Supervision.use(logger: .none) }
            pythonLogger = nil
            return log.hand(to: nil)
        }
        let table = settings.pythonTable(start.objects)
        if let pythonLogger {
            try pythonLogger.setUp(table, former: former.pythonTable(start.objects))
            return log.hand(to: pythonLogger)
        }
        let logger = try PythonLogger(class: name.pythonObject(start.objects), settings: table)
        logger.onFailure = { [unowned log] in log.error($0) }
        pythonLogger = logger
        try Supervision.use(logger: PythonObject(borrowing: logger.reference))
        log.hand(to: logger)
    }

    private func use(_ output: LogOutput) {
        do {
            try log.use(output)
        } catch {
            log.error("\(error)")
        }
    }
}

/// Why the settings could not be taken again, in words for the log.
private struct ReloadRefused: Error, CustomStringConvertible {
    let description: String

    init(_ error: any Error) {
        switch error {
        case let error as SettingError: description = error.fullText
        case let failure as ApplicationFailure: description = failure.traceback
        case let error as PythonError: description = error.traceback
        default: description = "\(error)"
        }
    }
}

/// The one reference to an application that every worker gets a copy of.
private final class PreloadedApplication {
    private let object: PythonObject

    init(_ object: consuming PythonObject) {
        self.object = object
    }

    func reference() -> PythonObject {
        PythonObject(borrowing: object.reference)
    }
}
