import Arbiter
import CommandLine
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
            let generation = try Generation(settings, application: application)
            try Surroundings.enter(settings)
            let log = try Logger(
                level: settings.level, target: settings.errorTarget, owner: settings.logOwner
            )
            let host = ServerHost(generation, from: start, log: log)
            try host.prepare()
            return try Arbiter(options: generation.options, log: log, host: host).run()
        } catch {
            return failed(error)
        }
    }

    /// Says in one sentence why there is no server.
    private static func failed(_ error: any Error) -> Int32 {
        switch error {
        case let error as SettingError:
            StandardError.write(CommandLineOutcome.startFailure(error))
        case let failure as ApplicationFailure: StandardError.write(failure.traceback + "\n")
        case let error as PythonError: StandardError.write(error.traceback + "\n")
        case let error as UnwritableLog: StandardError.write("\n\(error)\n\n")
        default: StandardError.write("\nError: \(error)\n\n")
        }
        return 1
    }
}

extension StartingPoint {
    /// Reads everything again, for a reload.
    func generation() throws -> Generation {
        switch invocation().run() {
        case .serve(let settings, let application):
            return try Generation(settings, application: application)
        case .check(let settings, let application, _):
            return try Generation(settings, application: application)
        case .print(let text, _, _):
            throw SettingError(text.trimmingNewlines)
        }
    }
}

extension Settings {
    /// Who the log files are given to, so that workers can open them again.
    fileprivate var logOwner: Identity? {
        user == surroundings.effectiveUserID && group == surroundings.effectiveGroupID
            ? nil : Identity(user: UInt32(user), group: UInt32(group))
    }
}

extension String {
    /// Without the line feeds around it.
    fileprivate var trimmingNewlines: String {
        var text = self[...]
        while text.first == "\n" { text.removeFirst() }
        while text.last == "\n" { text.removeLast() }
        return String(text)
    }
}
