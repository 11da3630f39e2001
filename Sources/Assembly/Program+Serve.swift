import Arbiter
import CommandLine
package import Gateway
import Log
import Platform
import PythonRuntime
import Settings

extension Program {
    /// Starts the arbiter; returns in it and in each of its children, with the status to end with.
    static func serve(
        _ settings: Settings,
        _ application: String,
        from start: StartingPoint
    ) -> Int32 {
        do {
            return try serve(try Generation(settings, application: application), from: start)
        } catch {
            return failed(error)
        }
    }

    /// Serves a custom application; returns in the arbiter and in each of its children.
    package static func serve(embedding: Supervision) -> Int32 {
        let start = StartingPoint(arguments: [], embedding: embedding)
        do {
            return try serve(try start.generation(of: embedding), from: start)
        } catch {
            return failed(error)
        }
    }

    private static func serve(_ generation: Generation, from start: StartingPoint) throws -> Int32 {
        let settings = generation.settings
        try Surroundings.enter(settings)
        // A custom application has seen to these by itself.
        if start.embedding == nil {
            if settings.spew {
                _ = try Interpreter.module("gunicorn.debug").attribute("spew").call()
            }
            if settings.daemon { try enterBackground(settings) }
        }
        let log = try Logger(try generation.openLogs())
        let host = ServerHost(generation, from: start, log: log)
        try host.openLogger()
        log.debug("Current configuration:\(settings.dump)")
        for notice in settings.pendingNotices + settings.limitNotices { log.warning(notice) }
        // The application may use it as soon as it is loaded, which may be now.
        try host.reserveSharedStore()
        try host.prepare()
        let arbiter = try Arbiter(
            options: host.options,
            inheriting: try Inheritance(variables: start.variables),
            log: log,
            host: host
        )
        let pages = arbiter.pages
        PythonServices.lastHeartbeat = { pid in
            let slots = (0..<pages.arbiter.slotsInUse).lazy.map(pages.slot)
            return slots.first { $0.pid == pid }?.heartbeat ?? 0
        }
        return arbiter.run()
    }

    private static func enterBackground(_ settings: Settings) throws {
        // The next program of an upgrade is in the background already.
        guard settings.surroundings.environment["GUNICORN_FD"] == nil else { return }
        if settings.surroundings.environment["NOTIFY_SOCKET"] != nil {
            StandardError.write(
                "Warning: you shouldn't specify `daemon = True` when launching by systemd with "
                    + "`Type = notify`\n"
            )
        }
        try Background.enter(keepsStreams: settings.enableStdioInheritance) {
            () throws(SystemError) in
            Interpreter.beforeFork()
            do throws(SystemError) {
                let child = try Child.fork()
                if child == 0 {
                    Interpreter.afterForkInChild()
                } else {
                    Interpreter.afterForkInParent()
                }
                return child
            } catch {
                Interpreter.afterForkInParent()
                throw error
            }
        }
    }

    /// Says in one sentence why there is no server, also to a service manager.
    private static func failed(_ error: any Error) -> Int32 {
        if case ApplicationFailure.failed(let error) = error, let status = error.exitStatus {
            return status
        }
        StandardError.write(words(for: error))
        let (sentence, errno) = summary(of: error)
        ServiceManager.notify(ServiceNotice.failure(sentence, status: 1, errno: errno).text)
        return 1
    }

    private static func words(for error: any Error) -> String {
        switch error {
        case let error as SettingError: CommandLineOutcome.startFailure(error)
        case let failure as ApplicationFailure: failure.traceback + "\n"
        case let error as PythonError where error.isRuntimeError:
            "\nError: \(error.message)\n\n"
        case let error as PythonError: error.traceback + "\n"
        default: "\nError: \(error)\n\n"
        }
    }

    private static func summary(of error: any Error) -> (sentence: String, errno: Int32?) {
        switch error {
        case let error as SettingError: (error.text, nil)
        case let failure as ApplicationFailure:
            (failure.traceback.split(separator: "\n").last.map(String.init) ?? "", nil)
        case let error as PythonError: ("\(error.typeName): \(error.message)", nil)
        case let error as SystemError: (error.description, error.errno)
        default: ("\(error)", nil)
        }
    }
}
