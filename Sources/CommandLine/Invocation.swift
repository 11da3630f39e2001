package import Settings

/// From the argument vector, the environment and the config file to settings and what to do.
///
/// It changes nothing outside itself but through its closures, so it can run again and again:
/// HUP is one more run.
package struct Invocation {
    /// `argv[0]`; its last component is the program's name.
    package var program: String
    package var version: String
    /// Without `argv[0]`.
    package var arguments: [String]
    package var surroundings: Surroundings
    /// Columns of the terminal, for `--help`; COLUMNS in the environment is preferred.
    package var terminalWidth: Int
    /// Runs a config file, from the start directory; it is only called for files that exist.
    package var readConfig: (ConfigSource) throws(ConfigFileFailure) -> ConfigReading
    /// Whether a PasteDeploy file also configures logging; throws where none can be read here.
    package var pasteConfiguresLogging: (_ path: String) throws(SettingError) -> Bool
    /// Writes a warning to standard error, line feed included.
    package var warn: (String) -> Void

    package init(
        program: String,
        version: String,
        arguments: [String],
        surroundings: Surroundings,
        terminalWidth: Int = 80,
        readConfig: @escaping (ConfigSource) throws(ConfigFileFailure) -> ConfigReading,
        pasteConfiguresLogging:
            @escaping (_ path: String) throws(SettingError) -> Bool = { _ in false },
        warn: @escaping (String) -> Void
    ) {
        self.program = program
        self.version = version
        self.arguments = arguments
        self.surroundings = surroundings
        self.terminalWidth = terminalWidth
        self.readConfig = readConfig
        self.pasteConfiguresLogging = pasteConfiguresLogging
        self.warn = warn
    }

    /// The program's name as usage and errors show it.
    package var programName: String {
        program.split(separator: "/").last.map(String.init) ?? "gunicorn"
    }

    package func run() -> CommandLineOutcome {
        do {
            return try resolve()
        } catch {
            return error.outcome
        }
    }
}

/// Why a run ended without settings.
enum Ending: Error {
    case setting(SettingError)
    case finished(text: String, toStandardError: Bool, status: Int32)

    fileprivate var outcome: CommandLineOutcome {
        switch self {
        case .setting(let error): .failure(error)
        case .finished(let text, let toStandardError, let status):
            .print(text: text, toStandardError: toStandardError, status: status)
        }
    }
}

extension Invocation {
    /// In Gunicorn's order, so that of several mistakes the same one is reported.
    private func resolve() throws(Ending) -> CommandLineOutcome {
        var settings = try setting { () throws(SettingError) in try Settings(in: surroundings) }
        let line = try parse(arguments, from: .commandLine, defaults: settings)
        var application = try application(in: line, .commandLine, &settings)
        let variable = try parse(
            try commandArguments(),
            from: .commandArguments,
            defaults: settings
        )
        if application == nil {
            application = try self.application(in: variable, .commandArguments, &settings)
        }

        let config = try applyConfig(line, variable, to: &settings)
        try applyVariables(besides: config, to: &settings)
        try apply(variable, from: .commandArguments, to: &settings)
        try apply(line, from: .commandLine, to: &settings)
        try requireDirectory(settings)
        let served = try served(application, &settings)
        if settings.servesPaste(served) {
            try setting { () throws(SettingError) in try settings.checkPasteVariables() }
        }
        let hasDoubts = warnOfDoubts(config)
        guard settings.printConfig || settings.checkConfig else {
            return .serve(settings, application: served)
        }
        var report = CheckReport()
        if settings.printConfig {
            report.listing = settings.listing
            report.origins = settings.originListing
        }
        report.hasDoubts = hasDoubts && settings.checkConfig
        return .check(settings, application: served, report)
    }

    private func requireDirectory(_ settings: Settings) throws(Ending) {
        guard
            settings.chdir == surroundings.workingDirectory
                || surroundings.isDirectory(settings.chdir)
        else {
            let text = "[Errno 20] Not a directory: \(pythonRepr(settings.chdir))"
            throw .setting(settings.refusal(text, by: "chdir"))
        }
    }

    /// The words of GUNICORN_CMD_ARGS.
    private func commandArguments() throws(Ending) -> [String] {
        let variable = Origin.commandArgumentsVariable
        guard let text = surroundings.environment[variable] else { return [] }
        do {
            return try ShellWords.split(text)
        } catch {
            let rest = pythonRepr(String(text.unicodeScalars.dropFirst(error.position).prefix(40)))
            let place = "\(variable), at character \(error.position + 1): \(rest)"
            throw .setting(SettingError("\(error.text) in \(place)"))
        }
    }

    private func parse(
        _ arguments: [String],
        from origin: Origin,
        defaults: Settings
    ) throws(Ending) -> ArgumentParser.Result {
        do {
            return try ArgumentParser.parse(arguments)
        } catch {
            throw answer(to: error, from: origin, defaults: defaults)
        }
    }

    private func answer(
        to interruption: ArgumentParser.Interruption,
        from origin: Origin,
        defaults: Settings
    ) -> Ending {
        let usage = "usage: \(programName) [OPTIONS] [APP_MODULE]\n"
        switch interruption {
        case .help:
            let columns = surroundings.environment["COLUMNS"].flatMap { Int(python: $0) } ?? 0
            let help = Help(width: columns > 0 ? columns : terminalWidth, defaults: defaults)
            return .finished(text: usage + help.text, toStandardError: false, status: 0)
        case .version:
            let line = "\(programName) (version \(version))\n"
            return .finished(text: line, toStandardError: false, status: 0)
        case .completion(let shell):
            let script = Completion(shell: shell, program: programName).script
            return .finished(text: script, toStandardError: false, status: 0)
        case .mistake(let text):
            var line = "\(programName): error: \(text)\n"
            if origin == .commandArguments { line += "This stands in \(origin.description).\n" }
            return .finished(text: usage + line, toStandardError: true, status: 2)
        }
    }

    /// In registry order, whatever the order on the line was.
    private func apply(
        _ result: ArgumentParser.Result,
        from origin: Origin,
        to settings: inout Settings
    ) throws(Ending) {
        for setting in Registry.all {
            guard let value = result.values[setting.name] else { continue }
            try set(setting.name, value, origin, in: &settings)
        }
    }

    func set(
        _ name: String,
        _ value: SettingValue,
        _ origin: Origin,
        in settings: inout Settings
    ) throws(Ending) {
        try setting { () throws(SettingError) in
            try settings.set(name, value, origin: origin)
        }
        if name == "ssl_version", value != 2 {
            warn(
                "Warning: option `ssl_version` is deprecated and it is ignored. "
                    + "Use ssl_context instead.\n"
            )
        }
    }

    func setting<T>(_ body: () throws(SettingError) -> T) throws(Ending) -> T {
        do {
            return try body()
        } catch {
            throw .setting(error)
        }
    }
}
