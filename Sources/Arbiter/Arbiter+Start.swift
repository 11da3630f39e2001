import Log
import Platform

/// From nothing to listening; whatever was made is unmade when a step fails.
extension Arbiter {
    func start() throws(Departure) {
        try begin { () throws(HookEnding) in
            try host.workerCountChanged(to: table.target, from: nil)
        }
        log.info("Starting \(options.banner)")
        CurrentProcess.setTitle("gunicorn: master [\(shownName)]")
        pages.arbiter.state = .starting
        pages.arbiter.pid = pid
        pages.arbiter.startedAt = Clock.realtimeNanoseconds()
        pages.arbiter.workersWanted = table.target
        pages.arbiter.timeoutNanoseconds = options.timeoutNanoseconds
        try claimPIDFile()
        try begin(host.starting)
        try openListeners()
        host.listening(listeners.all)
        log.debug("Arbiter booted")
        log.info("Listening at: \(listeners.display(secure: options.isSecure)) (\(pid))")
        log.info("Using worker: \(options.workerClass)")
        notifyServiceManager("STATUS=Starting \(ArbiterMessage.count(table.target))")
        try begin(host.whenReady)
    }

    /// Calls a hook; one that does not just return is the end before there was a beginning.
    private func begin(_ hook: () throws(HookEnding) -> Void) throws(Departure) {
        do {
            try hook()
        } catch {
            leaveNothing()
            switch error {
            case .exit(let status): throw Departure(status: status)
            case .halt(let status, let reason):
                sayGoodbye(status: status, reason: reason)
                throw Departure(status: status)
            case .stop(let traceback), .failed(let traceback, ""):
                say(traceback + "\n")
                throw Departure(status: 1)
            case .failed(_, let sentence):
                say(sentence)
                throw Departure(status: 1)
            }
        }
    }

    private func claimPIDFile() throws(Departure) {
        guard let path = pidPath(options) else { return }
        do {
            pidFile = try PIDFile(claiming: path, for: pid)
        } catch {
            throw refuse(error.description, options.explanations.pidFile)
        }
    }

    private func openListeners() throws(Departure) {
        do {
            let passed = try ServiceManager.takeDescriptors()
            isActivated = !passed.isEmpty
            if isActivated { listeners = try Listeners(passed: passed, options.listener) }
        } catch let error as ListenerError {
            throw refuse("The service manager passed what we cannot serve: \(error)")
        } catch {
            throw refuse("Socket activation failed: \(Self.explain(error))")
        }
        if !isActivated { try takeInheritance() }
        let binding = PatientBinding(
            log: log,
            options: options.listener,
            attempts: 5,
            pause: pauseWhileStarting
        )
        var explanation = options.explanations.bind
        do {
            if !isActivated && listeners.all.isEmpty && !options.listener.reusePort {
                listeners = try Listeners(
                    wanted: options.bind,
                    keeping: Listeners(),
                    bind: binding.bind
                )
            }
            explanation = options.explanations.monitorBind
            monitor.listeners = try Listeners(
                wanted: options.monitorBind,
                keeping: monitor.listeners,
                bind: binding.bind
            )
        } catch {
            throw refuse(error, explanation)
        }
    }

    private func takeInheritance() throws(Departure) {
        guard let predecessor = upgrade.predecessor else { return }
        if inheritance.descriptors.isEmpty && !options.listener.reusePort {
            throw refuse(InheritanceError.nothing(pid: predecessor).description)
        }
        do {
            try inheritListeners()
        } catch {
            throw refuse(
                "\(Inheritance.descriptorVariable) names what no server has passed on: \(error)"
            )
        }
    }

    private static func explain(_ error: any Error) -> String {
        guard let error = error as? SystemError, error.isMissingLibrary else { return "\(error)" }
        return "libsystemd.so.0 is not on this machine"
    }

    /// A second between two attempts, unless somebody wants us to stop.
    private func pauseWhileStarting() -> Bool {
        let end = Clock.monotonicNanoseconds() + Clock.nanosecondsPerSecond
        while true {
            silence()
            let stop = [Signal.terminate, .interrupt, .quit].contains { takeLogged($0) > 0 }
            if stop { return false }
            let now = Clock.monotonicNanoseconds()
            if now >= end { return true }
            wait(milliseconds: Int32((end - now) / 1_000_000 + 1))
        }
    }

    private func refuse(_ failure: ListenerFailure, _ explanation: String?) -> Departure {
        switch failure {
        case .hopeless(let error): return refuse(error.description, explanation)
        case .unreachable:
            leaveNothing()
            return Departure(status: 1)
        case .interrupted:
            leaveNothing()
            log.info("Shutting down: \(masterName)")
            return Departure(status: 0)
        }
    }

    /// Says why there is no server, as Gunicorn says it, and leaves nothing behind.
    private func refuse(_ text: String, _ explanation: String? = nil) -> Departure {
        leaveNothing()
        notifyServiceManager("STATUS=\(text)")
        say("\nError: \(text)\n\(explanation.map { $0 + "\n" } ?? "")\n")
        return Departure(status: 1)
    }

    /// Says something on standard error that is no line of the log.
    func say(_ text: String) {
        var text = text
        text.withUTF8 { _ = File.write(2, UnsafeRawBufferPointer($0)) }
    }

    private func leaveNothing() {
        host.listening([])
        listeners.closeAll(unlinking: upgrade.isNone)
        monitor.listeners.closeAll(unlinking: upgrade.isNone)
        pidFile?.remove()
    }

    /// A service manager that cannot be reached is told of once, and never waited for.
    func notifyServiceManager(_ lines: String) {
        guard case .failed(let error) = ServiceManager.notify(lines) else { return }
        guard !hasMissedServiceManager else { return }
        hasMissedServiceManager = true
        log.warning("Cannot tell the service manager how we are: \(Self.explain(error))")
    }
}
