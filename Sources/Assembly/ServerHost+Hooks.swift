import Arbiter
import CommandLine
import Gateway
import Log
import Platform
import PythonRuntime
import Settings
import Workers

/// The operator's hooks, at the moments that the arbiter names.
extension ServerHost {
    func workerCountChanged(to count: Int, from former: Int?) throws(HookEnding) {
        try end(by: supervision?.hook("count_changed", count, former ?? -1))
    }

    func starting() throws(HookEnding) {
        try end(by: supervision?.hook("starting"))
    }

    func whenReady() throws(HookEnding) {
        if generation.settings.leavesNoRoomForIdleConnections {
            log.warning(
                "No keepalived connections can be handled. "
                    + "Check the number of worker connections and threads."
            )
        }
        do {
            try Surroundings.forgetActivation()
        } catch {
            log.error("The environment could not be changed\n\(error.traceback)")
        }
        try end(by: supervision?.hook("check_class"))
        try end(by: supervision?.hook("when_ready"))
    }

    func reloaded() throws(HookEnding) {
        try end(by: supervision?.hook("reloaded"))
    }

    func workerSpawns(age: Int) throws(HookEnding) {
        try end(by: supervision?.hook("spawning", age))
    }

    func workerBorn(pid: Int32) {
        _ = supervision?.hook("born", Int(pid))
    }

    func workerEnded(pid: Int32, halts: Bool) throws(HookEnding) {
        forgetApplicationMetrics(of: pid)
        try end(by: supervision?.hook("ended", Int(pid), halts ? 0 : 1))
    }

    func allows(_ signal: Signal) throws(HookEnding) -> Bool {
        let answer = supervision?.hook("allows", Int(signal.rawValue))
        if answer?.first == "ignored" { return false }
        try end(by: answer)
        return true
    }

    func exiting() throws(HookEnding) {
        try end(by: supervision?.hook("exiting"))
    }

    func beforeProgram() throws(HookEnding) {
        try end(by: supervision?.hook("before_program"))
    }

    func successorBorn(pid: Int32) {
        _ = supervision?.hook("succeeded", Int(pid))
    }

    func promoted() {
        do throws(PythonError) {
            try Surroundings.forgetPredecessor()
            _ = try supervision?.ask("promoted")
        } catch {
            log.error("The environment could not be changed\n\(error.traceback)")
        }
    }

    func becomeProgram(_ variables: [(name: String, value: String)]) throws {
        do {
            try start.becomeProgram(variables)
        } catch let error as PythonError {
            throw SettingError(error.message)
        }
    }

    func listening(_ listeners: [Listener]) {
        do throws(PythonError) {
            try supervision?.listening(listeners.map(\.descriptor))
        } catch {
            log.error("The listeners cannot be shown to hooks\n\(error.traceback)")
        }
    }

    private func end(by answer: [String]?) throws(HookEnding) {
        guard let answer, answer.count == 5, let status = Int32(answer[1]) else { return }
        switch answer[0] {
        case "halt": throw .halt(status: status, reason: answer[2])
        case "stop": throw .stop(traceback: answer[2])
        case "exit": throw .exit(status: status)
        case "refused":
            let error = generation.settings.refusal(answer[3], by: answer[4])
            let sentence = CommandLineOutcome.startFailure(error)
            throw .failed(traceback: answer[2], sentence: sentence)
        default: throw .failed(traceback: answer[2], sentence: "")
        }
    }

    // MARK: Its life

    /// Makes the Python half where there is something for it to do.
    func makeSupervision() throws {
        guard supervision == nil, try isSupervisionNeeded(generation.settings) else { return }
        try makeSupervision(for: generation)
    }

    /// Hooks, a class brought along, or methods of our classes that somebody has replaced.
    private func isSupervisionNeeded(_ settings: Settings) throws(PythonError) -> Bool {
        if settings.needsSupervision { return true }
        let ask = try Interpreter.module("swiftcorn._worker").attribute("methods_are_replaced")
        if case .bool(true) = try ask.call().plain { return true }
        return false
    }

    private func makeSupervision(for generation: Generation) throws {
        do throws(PythonError) {
            let values = start.values(of: generation.settings)
            supervision = try Supervision(values: values, application: generation.application)
        } catch {
            throw generation.settings.refusal(error) ?? error
        }
    }

    /// Options with the name of the class that really serves.
    func named(_ options: ArbiterOptions) -> ArbiterOptions {
        guard let supervision, let name = try? supervision.text("worker_class_name") else {
            return options
        }
        var options = options
        options.workerClass = name
        return options
    }

    /// Shows the hooks what a reload has read.
    func adopt(_ next: Generation) throws {
        guard let supervision else {
            if try isSupervisionNeeded(next.settings) { try makeSupervision(for: next) }
            return
        }
        let values = start.values(of: next.settings)
        let uri = PythonObject.text(next.application)
        let isOurs = PythonObject.flag(start.embedding == nil)
        _ = try supervision.ask(
            "adopt",
            [values.reference, uri.reference, isOurs.reference]
        )
    }

    // MARK: In a worker

    /// A worker's life where hooks are called, or where its class is written in Python.
    func run(
        _ plan: WorkerPlan,
        at station: WorkerStation,
        by supervision: Supervision,
        ownSockets: Bool
    ) throws -> Int32 {
        serveWorker(plan, at: station, by: supervision)
        try supervision.forked(ownSockets ? station.listeners.map(\.descriptor) : [])
        guard try supervision.isTrue("is_served_class") else {
            return try runPythonWorker(supervision)
        }
        let hooks = try generation.settings.requestHooks(by: supervision)
        let worker = SyncWorker(plan, at: station, log: log, hooks: hooks) {
            () throws(ApplicationFailure) -> PythonObject in
            let application = try supervision.load()
            try supervision.initialised()
            return application
        }
        let status = worker.run()
        // What a hook that a signal called wants counts for more.
        return Int32(try supervision.text("exit_status")) ?? status
    }

    private func runPythonWorker(_ supervision: Supervision) throws -> Int32 {
        // Its handlers are its own affair.
        Signal.letThrough()
        do throws(PythonError) {
            _ = try supervision.ask("run_worker")
            return WorkerStatus.normal
        } catch {
            let hasBooted = try supervision.isTrue("has_booted")
            return workerFailed(error, status: hasBooted ? 255 : WorkerStatus.bootFailed)
        }
    }

    /// Says what ended a worker, in the ways Gunicorn has for it; the status to end with.
    func workerFailed(_ error: PythonError, status: Int32) -> Int32 {
        switch ApplicationFailure(error) {
        case .notFound(let text, let traceback):
            log.debug("Exception while loading the application\n\(traceback)")
            StandardError.write("\(text)\n")
            return WorkerStatus.loadFailed
        case .failed:
            if let status = error.exitStatus { return status }
            log.error("Exception in worker process\n\(error.traceback)")
            StandardError.write("\(error.message)\n")
            return status
        }
    }

    func tellOfExit(requests: Int, status: Int32) -> Int32 {
        guard let supervision else { return status }
        do throws(PythonError) {
            let count = PythonObject.integer(requests)
            _ = try supervision.ask("left", [count.reference])
            return status
        } catch {
            if let wanted = error.exitStatus { return wanted }
            log.warning("Exception during worker exit:\n\(error.traceback)")
            return status
        }
    }

    // MARK: What Python asks of the process

    /// What can be asked in every process of this server.
    func serve(_ log: Logger) {
        PythonServices.logDescriptor = {
            log.journal == nil && log.form == .text ? log.descriptor : -1
        }
        PythonServices.log = { level, text in log.log(Level(pythonNumber: level), text) }
        PythonServices.reopenLogs = {
            do throws(UnwritableLog) {
                try log.reopen()
            } catch {
                log.error("A log file could not be opened again: \(error)")
            }
        }
    }

    /// What can be asked in a worker.
    private func serveWorker(
        _ plan: WorkerPlan,
        at station: WorkerStation,
        by supervision: Supervision
    ) {
        let log = log
        let settings = generation.settings
        let slot = station.slot
        PythonServices.notify = {
            slot.heartbeat = Clock.monotonicNanoseconds()
            if slot.state == .booting { station.announceReady() }
        }
        PythonServices.announceReady = { if slot.state == .booting { station.announceReady() } }
        PythonServices.runServedWorker = { application throws(PythonError) in
            var plan = plan
            // The worker has become who it is already.
            plan.identity = nil
            let reference = application.reference
            let hooks = try settings.requestHooks(by: supervision)
            return SyncWorker(plan, at: station, log: log, hooks: hooks) {
                () throws(ApplicationFailure) -> PythonObject in
                PythonObject(borrowing: reference)
            }.run()
        }
    }
}

extension Settings {
    /// Whether hooks are set, or a worker's class is brought along.
    var needsSupervision: Bool {
        if bringsWorkerClass { return true }
        return Registry.all.contains { setting in
            guard case .hook = setting.kind else { return false }
            return heldObject(setting.name) != nil
        }
    }

    /// The hooks around each request; nil where none is set and no method is overridden.
    fileprivate func requestHooks(
        by supervision: Supervision
    ) throws(PythonError) -> RequestHooks? {
        let hasBefore = heldObject("pre_request") != nil
        let callsMethods = try supervision.isTrue("calls_methods")
        guard hasBefore || callsMethods || heldObject("post_request") != nil else { return nil }
        return try RequestHooks(
            supervision,
            logsRequests: !hasBefore && !callsMethods,
            callsMethods: callsMethods
        )
    }
}

extension Level {
    /// The level that Python's `logging` gives a number to.
    fileprivate init(pythonNumber number: Int) {
        switch number {
        case 50...: self = .critical
        case 40..<50: self = .error
        case 30..<40: self = .warning
        case 20..<30: self = .info
        default: self = .debug
        }
    }
}
