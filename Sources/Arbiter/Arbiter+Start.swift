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
        tell(stating("Starting \(ArbiterMessage.count(table.target))"))
        try begin(host.whenReady)
        if options.refusesControl { log.debug("Control socket disabled") }
        openControl()
    }

    /// Calls a hook; one that does not just return is the end before there was a beginning.
    private func begin(_ hook: () throws(HookEnding) -> Void) throws(Departure) {
        do {
            try hook()
        } catch {
            leaveNothing()
            tell(.failure(error.words, status: error.status))
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
            throw refuse(error.description, options.explanations.pidFile, errno: error.errno)
        }
    }

    private func openListeners() throws(Departure) {
        do {
            try takePassedSockets()
        } catch let error as ListenerError {
            let sentence = "The service manager passed what we cannot serve: \(error)"
            throw refuse(sentence, errno: error.errno)
        } catch let error as ActivationFailure {
            throw refuse("Socket activation failed: \(error)", errno: error.cause.errno)
        } catch {
            throw refuse("Socket activation failed: \(error)")
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
                    keeping: store.restored,
                    bind: binding.bind
                )
            }
            explanation = options.explanations.monitorBind
            monitor.listeners = try Listeners(
                wanted: options.monitorBind,
                keeping: Listeners(monitor.listeners.all + store.restored.all),
                bind: binding.bind
            )
        } catch {
            throw refuse(error, explanation)
        }
        updateStore()
    }

    /// Sockets of a `.socket` unit, which stand for every address of the settings, and those that
    /// the program before us had the service manager keep.
    private func takePassedSockets() throws {
        let passed = try ServiceManager.takeDescriptors()
        for one in passed { log.debug("Passed: fd://\(one.number) '\(one.name)'") }
        restoreStored(passed.filter { Listener.isStoreName($0.name) })
        let given = passed.filter { !Listener.isStoreName($0.name) }
        isActivated = !given.isEmpty
        passedNames = given.map(\.name)
        if isActivated { listeners = try Listeners(passed: given, options.listener) }
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
        case .hopeless(let error):
            return refuse(error.description, explanation, errno: error.errno)
        case .unreachable(let address, let error):
            leaveNothing()
            let reason = error.map { ": \($0)" } ?? ""
            let sentence = "Can't connect to \(address)\(reason)"
            tell(.failure(sentence, status: 1, errno: error?.errno))
            return Departure(status: 1)
        case .interrupted:
            leaveNothing()
            log.info("Shutting down: \(masterName)")
            return Departure(status: 0)
        }
    }

    /// Says why there is no server, as Gunicorn says it, and leaves nothing behind.
    private func refuse(
        _ text: String,
        _ explanation: String? = nil,
        errno: Int32? = nil
    ) -> Departure {
        leaveNothing()
        tell(.failure(text, status: 1, errno: errno))
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
}
