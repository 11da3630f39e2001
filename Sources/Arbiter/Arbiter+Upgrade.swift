import Log
import Platform

/// The masters beside this one while a program is replaced by its next version.
struct Upgrade {
    /// The one that we started, for as long as it lives.
    var successor: Int32?
    /// The one that started us, until it is gone.
    var predecessor: Int32?
    /// The pid file could not be given its real name yet, and that was said.
    var hasMissedName = false

    /// Whether neither side of an upgrade is there: what we have is ours alone.
    var isNone: Bool { successor == nil && predecessor == nil }
}

/// USR2: the program on disk is started beside this one, and gets the sockets.
///
/// Nothing is taken away from this server, so a program that fails leaves everything as it was.
/// Both serve until somebody ends one of the two: this one to go on, the new one to go back.
extension Arbiter {
    /// The name in the log, as Gunicorn has it.
    var masterName: String { upgrade.predecessor == nil ? "Master" : "Master.2" }

    /// The name in process titles.
    var shownName: String {
        upgrade.predecessor == nil ? options.processName : options.processName + ".2"
    }

    /// Where the pid file is: beside the predecessor's, while there is one.
    func pidPath(_ options: ArbiterOptions) -> String? {
        options.pidFile.map { upgrade.predecessor == nil ? $0 : $0 + ".2" }
    }

    func upgradeIfAsked() throws(Departure) {
        guard takeLogged(.user2) > 0 else { return }
        if upgrade.successor != nil {
            return log.warning("USR2 signal ignored. Child exists.")
        }
        if upgrade.predecessor != nil {
            return log.warning("USR2 signal ignored. Parent exists.")
        }
        guard let child = fork("the new program") else { return }
        guard child != 0 else { becomeSuccessor() }
        upgrade.successor = child
        host.successorBorn(pid: child)
    }

    /// In the process that was forked for it: ends as the new program, or with a line in the log.
    private func becomeSuccessor() -> Never {
        Signal.letThrough()
        var status: Int32 = 1
        do {
            try host.beforeProgram()
            try host.becomeProgram(bequeath())
        } catch let error as HookEnding {
            switch error {
            case .exit(let wanted), .halt(let wanted, _): status = wanted
            case .stop(let traceback), .failed(let traceback, _):
                log.error("Exception in the pre_exec hook\n\(traceback)")
            }
        } catch {
            log.error("The new program cannot be started: \(error)")
        }
        CurrentProcess.leave(status: status)
    }

    /// Opens the sockets to the next program, and says by which variables it finds them.
    private func bequeath() throws(SystemError) -> [(name: String, value: String)] {
        var given = listeners.all.map(\.descriptor)
        let health = monitor.listeners.all.map(\.descriptor)
        var variables = [(Inheritance.processVariable, "\(pid)")]
        if isActivated {
            // The protocol of systemd counts from 3.
            let first = ServiceManager.firstDescriptor
            try Descriptor.arrange(given, from: first)
            given = given.indices.map { first + Int32($0) }
            variables.append(("LISTEN_PID", "\(CurrentProcess.pid)"))
            variables.append(("LISTEN_FDS", "\(given.count)"))
            variables.append(("LISTEN_FDNAMES", passedNames.joined(separator: ":")))
        } else {
            variables.append((Inheritance.descriptorVariable, Self.list(given)))
        }
        if !health.isEmpty {
            variables.append((Inheritance.monitorVariable, Self.list(health)))
        }
        // The watchdog, where there is one, watches whoever is the main process.
        if service.isWatched { variables.append(("WATCHDOG_PID", "\(CurrentProcess.pid)")) }
        for descriptor in given + health { Descriptor.setInherited(descriptor, true) }
        return variables.map { (name: $0.0, value: $0.1) }
    }

    private static func list(_ numbers: [Int32]) -> String {
        numbers.map(String.init).joined(separator: ",")
    }

    /// The new program is gone, and this one goes on as if nothing had been.
    func successorEnded(_ exit: Exit) {
        let former = upgrade.successor ?? 0
        upgrade.successor = nil
        host.successorBorn(pid: 0)
        switch exit {
        case .status(0): log.info("The new master (pid:\(former)) is gone, this one goes on.")
        case .status(let code):
            log.error("The new master (pid:\(former)) exited with code \(code), this one goes on.")
        case .signal(let signal):
            log.error("The new master (pid:\(former)) was sent \(signal.name), this one goes on.")
        }
    }

    // MARK: In the new program

    /// Takes the predecessor's place once it is gone.
    func promoteIfAlone() {
        if let predecessor = upgrade.predecessor, predecessor != CurrentProcess.parent {
            upgrade.predecessor = nil
            log.info("Master has been promoted.")
            CurrentProcess.setTitle("gunicorn: master [\(shownName)]")
            host.promoted()
            tell(ServiceNotice().with("MAINPID", "\(pid)"))
        }
        takeRealName()
    }

    /// Renames the pid file, as soon as nobody has a file of that name any more.
    private func takeRealName() {
        guard upgrade.predecessor == nil, let path = options.pidFile, pendingReload == nil,
            let file = pidFile, file.path == path + ".2"
        else { return }
        do throws(PIDFileError) {
            pidFile = try PIDFile(claiming: path, for: pid)
            file.remove()
        } catch {
            guard !upgrade.hasMissedName else { return }
            upgrade.hasMissedName = true
            log.error("The pid file keeps its name for now: \(error)")
        }
    }

    /// The sockets that the predecessor has passed on, each with the address that it is here.
    func inheritListeners() throws(ListenerError) {
        listeners = try Listeners(
            inherited: inheritance.descriptors,
            options.bind,
            options.listener
        )
        monitor.listeners = try Listeners(
            inherited: inheritance.monitorDescriptors,
            options.monitorBind,
            options.listener
        )
    }
}
