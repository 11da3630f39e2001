import Arbiter
import CommandLine
import Log
import Platform
import Settings
import Workers

/// One reading of the settings and what follows from it; a reload makes the next one.
struct Generation {
    let settings: Settings
    let application: String
    var options: ArbiterOptions
    let plan: WorkerPlan
    /// Where the error log goes that would go to standard error.
    private let errorJournal: Journal?

    /// Refuses, before anything is done, what could only fail later.
    init(_ settings: Settings, application: String) throws {
        try settings.refuseMissing()
        if let path = settings.logConfig, !settings.surroundings.fileExists(path) {
            let text = "Error: log config \(pythonRepr(path)) not found"
            throw settings.refusal(text, by: "logconfig")
        }
        try settings.checkRequestTimeout()
        self.settings = settings
        self.application = application
        options = try settings.arbiterOptions
        var plan = try settings.workerPlan
        errorJournal = try settings.errorLogIsStream ? settings.journal(insteadOf: 2) : nil
        if plan.accessTarget == .standardOutput {
            plan.accessJournal = try settings.journal(insteadOf: 1)
        }
        self.plan = plan
    }

    /// Opens the error log, without using it yet, and sees that the access log can be opened.
    func openLogs(after former: LogOutput? = nil) throws(SettingError) -> LogOutput {
        var setting = "errorlog"
        do throws(UnwritableLog) {
            var output = try LogOutput(
                level: settings.level,
                target: settings.errorTarget,
                // The operator's class captures them itself.
                capturesStreams: settings.captureOutput && settings.loggerClass == nil,
                owner: settings.logOwner,
                former: former
            )
            output.journal = errorJournal
            output.form = settings.logsJSON ? .json : .text
            setting = "accesslog"
            try makeAccessLog()
            return output
        } catch {
            throw settings.refusal("\(error)", by: setting)
        }
    }

    /// Makes the access log's file where it is not there, so that workers of another user can
    /// open it; throws where it cannot be written.
    func makeAccessLog() throws(UnwritableLog) {
        guard let target = plan.accessTarget else { return }
        try AccessLog.check(target, owner: settings.logOwner)
    }
}

extension Settings {
    /// The journal, where it shall stand in for a standard stream.
    fileprivate func journal(insteadOf stream: Int32) throws(SettingError) -> Journal? {
        let variables = surroundings.environment
        let path = variables["SWIFTCORN_JOURNAL_SOCKET"] ?? Journal.standardPath
        switch logJournal {
        case "on":
            guard surroundings.fileExists(path) else {
                let sentence = "there is no journal: \(pythonRepr(path)) is not there"
                throw refusal(sentence, by: "log_journal")
            }
        case "auto":
            guard Journal.takes(stream, variable: variables["JOURNAL_STREAM"]) else { return nil }
        default: return nil
        }
        // Lines are still written where there is no socket for entries.
        return try? Journal(at: path, identifier: "gunicorn")
    }

    fileprivate var errorLogIsStream: Bool { errorTarget == .standardError }

    /// What the arbiter does its work by.
    fileprivate var arbiterOptions: ArbiterOptions {
        get throws(SettingError) {
            var options = ArbiterOptions()
            options.banner = "gunicorn \(Program.gunicornVersion)"
            options.workerClass = try servedWorkerClass()
            options.processName = processName
            options.bind = Self.served(try bind.map(ListenAddress.init))
            options.listener = listenerOptions
            options.workers = workers
            options.timeoutSeconds = timeoutSeconds
            options.gracefulTimeoutSeconds = gracefulTimeoutSeconds
            options.pidFile = pidfile
            options.isDaemon = daemon
            options.reloadBatch = reloadBatch
            options.shutdownDelaySeconds = shutdownDelay
            options.monitorBind = try healthBind.map(ListenAddress.init)
            options.control = controlSocket.map { path in
                .init(path: path, mode: UInt32(truncatingIfNeeded: controlSocketMode))
            }
            options.refusesControl = isControlDisabled
            options.limits = workerLimits
            options.explanations.bind = refusal("", by: "bind").explanation
            options.explanations.monitorBind = refusal("", by: "health_bind").explanation
            options.explanations.pidFile = refusal("", by: "pidfile").explanation
            return options
        }
    }

    /// As in Gunicorn: where a descriptor is among the addresses, only descriptors count.
    private static func served(_ addresses: [ListenAddress]) -> [ListenAddress] {
        let descriptors = addresses.filter { address in
            if case .descriptor = address { true } else { false }
        }
        return descriptors.isEmpty ? addresses : descriptors
    }

    private var listenerOptions: ListenerOptions {
        var options = ListenerOptions()
        options.backlog = Int32(clamping: backlog)
        options.reusePort = reusePort
        options.unixMask = UInt32(truncatingIfNeeded: umask)
        options.owner = Identity(user: UInt32(user), group: UInt32(group))
        return options
    }

    /// Who the log files are given to, so that workers can open them again.
    fileprivate var logOwner: Identity? {
        user == surroundings.effectiveUserID && group == surroundings.effectiveGroupID
            ? nil : Identity(user: UInt32(user), group: UInt32(group))
    }

    /// Whether the class of the workers is written in Python, by whoever runs the server.
    var bringsWorkerClass: Bool {
        guard let name = workerClass else { return true }
        return WorkerClassName(uri: name) == nil
    }

    /// The worker class where we have it, or it is brought along; the sentence for everything else.
    private func servedWorkerClass() throws(SettingError) -> String {
        guard let name = workerClass else { return "" }
        guard let known = WorkerClassName(uri: name) else { return name }
        guard known == .sync || known == .gthread else {
            throw refusal(
                "worker class \(pythonRepr(name)) is not supported yet; use 'sync' or 'gthread', "
                    + "which keep connections alive and buffer slow clients",
                by: "worker_class"
            )
        }
        return known.rawValue
    }
}

extension ListenAddress {
    fileprivate init(_ address: BindAddress) {
        switch address {
        case .tcp(let host, let port): self = .tcp(host: host, port: port)
        case .unix(let path): self = .unix(path: path)
        case .descriptor(let number): self = .descriptor(Int32(clamping: number))
        }
    }
}
