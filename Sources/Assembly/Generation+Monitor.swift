import Monitor
import PythonRuntime
import Settings

/// What the monitor tells of this generation.
extension Generation {
    func facts(workerClass: String) -> ServerFacts {
        var facts = ServerFacts()
        facts.build.version = Self.text("swiftcorn", "__version__")
        facts.build.gunicorn = Program.gunicornVersion
        facts.build.python = Self.text("platform", "python_version", calling: true)
        facts.build.workerClass = workerClass
        facts.name = settings.processName
        facts.application = application
        facts.addresses = (try? settings.bind.map(\.display)) ?? []
        facts.settings = settings.changes
        return facts
    }

    /// Nothing depends on these: where one cannot be had it is left out.
    private static func text(_ module: String, _ name: String, calling: Bool = false) -> String {
        do throws(PythonError) {
            let found = try Interpreter.module(module).attribute(name)
            return calling ? try found.call().description : found.description
        } catch {
            return ""
        }
    }
}

extension Settings {
    /// What readiness depends on.
    var health: HealthOptions {
        var options = HealthOptions()
        options.readyGraceSeconds = readyGraceSeconds
        options.hasCheck = healthCheck != nil
        options.checkTimeoutSeconds = healthCheckTimeoutSeconds
        return options
    }
}
