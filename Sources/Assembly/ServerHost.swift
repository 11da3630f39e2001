import Arbiter
import CommandLine
import Log
import Monitor
import Platform
import PythonRuntime
import Settings
import Workers

/// What the arbiter needs and must not know: the interpreter, the application, the settings.
final class ServerHost: ArbiterHost {
    private let start: StartingPoint
    private let log: Logger
    private var generation: Generation
    private var former: Generation?
    /// The application, where it was loaded before the first fork.
    private var preloaded: PreloadedApplication?

    init(_ generation: Generation, from start: StartingPoint, log: Logger) {
        self.generation = generation
        self.start = start
        self.log = log
    }

    /// Loads the application here where the settings say so, and makes what is loaded cheap to
    /// share: objects that the collector does not touch stay on pages that no worker copies.
    func prepare() throws {
        if generation.settings.preloadApp {
            let plan = try generation.settings.workerPlan(errorLog: log.descriptor)
            try Surroundings.prepare(plan)
            preloaded = PreloadedApplication(try ApplicationLocator.load(generation.application))
        }
        try Interpreter.freezeObjects()
    }

    // MARK: Forks

    func beforeFork() { Interpreter.beforeFork() }
    func afterForkInParent() { Interpreter.afterForkInParent() }
    func afterForkInChild() { Interpreter.afterForkInChild() }

    func wait(_ body: () -> Void) { Interpreter.release(body) }

    func runWorker(_ seat: WorkerSeat) -> Int32 {
        do {
            let station = WorkerStation(
                listeners: generation.settings.reusePort
                    ? try seat.bindListeners() : seat.listeners,
                slot: seat.slot,
                lifeline: seat.lifeline,
                announceReady: seat.announceReady
            )
            let plan = try generation.settings.workerPlan(errorLog: log.descriptor)
            return SyncWorker(plan, at: station, log: log, load: load).run()
        } catch {
            log.error("Exception in worker process\n\(error)")
            return WorkerStatus.bootFailed
        }
    }

    func runMonitor(_ seat: MonitorSeat) -> Int32 {
        HealthMonitor(
            listeners: seat.listeners, pages: seat.pages, lifeline: seat.lifeline, log: log
        ).run()
    }

    private func load() throws(ApplicationFailure) -> PythonObject {
        if let preloaded { return preloaded.reference() }
        return try ApplicationLocator.load(generation.application)
    }

    // MARK: Reload

    func reload() throws -> ArbiterOptions {
        let next = try start.generation()
        try Surroundings.enter(next.settings)
        try log.configure(level: next.settings.level, target: next.settings.errorTarget)
        former = generation
        generation = next
        return next.options
    }

    func abandonReload() {
        if let former { generation = former }
        former = nil
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
