import CommandLine
import Log
import Platform
import PythonRuntime
import Settings

/// The program: from the argument vector to the status the process exits with.
package enum Program {
    /// Gunicorn's version that our behaviour, log lines and `--version` are those of.
    static let gunicornVersion = "27.0.1"
    /// What SERVER_SOFTWARE says, to the application and in the environment.
    static let software = "gunicorn/\(gunicornVersion)"

    /// Runs; returns in the arbiter and in every process it forks.
    package static func run(arguments: [String]) -> Int32 {
        let start = StartingPoint(arguments: arguments)
        switch start.invocation().run() {
        case .print(let text, let toStandardError, let status):
            if toStandardError { StandardError.write(text) } else { StandardOutput.write(text) }
            if status != 0 {
                let lines = text.split(separator: "\n")
                // What explains the sentence may follow it.
                let sentence = lines.first { $0.hasPrefix("Error: ") } ?? lines.last ?? ""
                ServiceManager.notify(ServiceNotice.failure(String(sentence), status: status).text)
            }
            return status
        case .check(let settings, let application, let report):
            if let listing = report.listing { StandardOutput.write(listing) }
            StandardError.write(report.origins)
            let status = check(settings, application)
            return report.hasDoubts ? max(status, 1) : status
        case .serve(let settings, let application):
            return serve(settings, application, from: start)
        }
    }

    /// Loads the application and says whether that works.
    private static func check(_ settings: Settings, _ application: String) -> Int32 {
        do {
            for notice in settings.pendingNotices { StandardError.write("Warning: \(notice)\n") }
            try Surroundings.enter(settings)
            _ = try ServedApplication.load(application, settings)
            return 0
        } catch ApplicationFailure.failed(let error) where error.exitStatus != nil {
            return error.exitStatus ?? 1
        } catch let failure as ApplicationFailure {
            StandardError.write(CommandLineOutcome.checkFailure + failure.traceback + "\n")
            return 1
        } catch {
            StandardError.write("\nError: \(error)\n")
            return 1
        }
    }
}

extension PythonError {
    /// The status of a `SystemExit`; nil for every other exception.
    var exitStatus: Int32? {
        if case .systemExit(let status) = kind { status } else { nil }
    }
}
