package import Settings

/// From the argument vector, the environment and the config file to settings and what to do.
///
/// It changes nothing outside itself but through its two closures, so it can run again and again:
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
    /// Runs a config file (from the start directory) and answers its module-level names.
    ///
    /// Names that are no settings are ignored. It is only called for files that exist.
    package var readConfig:
        (ConfigSource) throws(ConfigFileFailure) -> [(name: String, value: SettingValue)]
    /// Writes a warning to standard error, line feed included.
    package var warn: (String) -> Void

    package init(
        program: String,
        version: String,
        arguments: [String],
        surroundings: Surroundings,
        terminalWidth: Int = 80,
        readConfig:
            @escaping (ConfigSource) throws(ConfigFileFailure) -> [(
                name: String, value: SettingValue
            )],
        warn: @escaping (String) -> Void
    ) {
        self.program = program
        self.version = version
        self.arguments = arguments
        self.surroundings = surroundings
        self.terminalWidth = terminalWidth
        self.readConfig = readConfig
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
private enum Ending: Error {
    case setting(SettingError)
    case finished(text: String, toStandardError: Bool, status: Int32)

    var outcome: CommandLineOutcome {
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
        let line = try parse(arguments, defaults: settings)
        var application = try applicationOnLine(line, &settings)
        let variable = try parse(try commandArguments(), defaults: settings)
        if application == nil {
            application = try chosen(variable.applications, .commandArguments, &settings)
        }

        try applyConfig(line, variable, to: &settings)
        try apply(variable, from: .commandArguments, to: &settings)
        try apply(line, from: .commandLine, to: &settings)
        guard
            settings.chdir == surroundings.workingDirectory
                || surroundings.isDirectory(settings.chdir)
        else {
            let path = pythonRepr(settings.chdir)
            throw .setting(SettingError("[Errno 20] Not a directory: \(path)", setting: "chdir"))
        }

        guard let application = application ?? settings.wsgiApplication else {
            throw .setting(SettingError("No application module specified."))
        }
        if settings.printConfig || settings.checkConfig {
            return .check(
                settings,
                application: application,
                listing: settings.printConfig ? settings.listing : nil
            )
        }
        return .serve(settings, application: application)
    }

    /// APP_MODULE; a Paste file would take its place.
    private func applicationOnLine(
        _ line: ArgumentParser.Result,
        _ settings: inout Settings
    ) throws(Ending) -> String? {
        if case .text(let paste) = line.values["paste"], !paste.isEmpty {
            let uri = absolutePath(paste, in: surroundings.workingDirectory)
            let file = String(uri.prefix { $0 != "#" })
            guard surroundings.fileExists(file) else {
                throw .setting(SettingError("\(pythonRepr(file)) not found"))
            }
            throw .setting(SettingError("Paste files are not read yet.", setting: "paste"))
        }
        return try chosen(line.applications, .commandLine, &settings)
    }

    /// The last APP_MODULE wins, so that what is appended to an image's command replaces it.
    private func chosen(
        _ applications: [String],
        _ origin: Origin,
        _ settings: inout Settings
    ) throws(Ending) -> String? {
        guard let application = applications.last else { return nil }
        if applications.count > 1 {
            warn(
                "Warning: more than one APP_MODULE is named "
                    + "(\(applications.joined(separator: ", "))); "
                    + "the last one, \(application), is served\n"
            )
        }
        try set("default_proc_name", .text(application), origin, in: &settings)
        return application
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
        defaults: Settings
    ) throws(Ending) -> ArgumentParser.Result {
        do {
            return try ArgumentParser.parse(arguments)
        } catch {
            throw answer(to: error, defaults: defaults)
        }
    }

    private func answer(
        to interruption: ArgumentParser.Interruption,
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
        case .mistake(let text):
            let line = "\(programName): error: \(text)\n"
            return .finished(text: usage + line, toStandardError: true, status: 2)
        }
    }
}

extension Invocation {
    private func applyConfig(
        _ line: ArgumentParser.Result,
        _ variable: ArgumentParser.Result,
        to settings: inout Settings
    ) throws(Ending) {
        guard let source = configSource(line, variable) else { return }
        if case .file(let path) = source, !surroundings.fileExists(path) {
            throw .setting(SettingError("\(pythonRepr(path)) doesn't exist"))
        }
        if source.hasForeignExtension {
            warn(
                "!!!\n!!! WARNING: configuration file should have a valid Python extension.\n"
                    + "!!!\n\n"
            )
        }
        let values: [(name: String, value: SettingValue)]
        do {
            values = try readConfig(source)
        } catch {
            switch error {
            case .refused(let error): throw .setting(error)
            case .reported(let status):
                throw .finished(text: "", toStandardError: true, status: status)
            }
        }
        let origin = Origin.configFile(path: source.description, line: nil)
        for (name, value) in values where Registry.position(of: name) != nil {
            do throws(Ending) {
                try set(name, value, origin, in: &settings)
            } catch {
                let shown = value.pythonText(object: surroundings.objectText)
                warn("Invalid value for \(name): \(shown)\n\n")
                throw error
            }
        }
    }

    /// The command line's, else the variable's, else the default file where there is one.
    private func configSource(
        _ line: ArgumentParser.Result,
        _ variable: ArgumentParser.Result
    ) -> ConfigSource? {
        for result in [line, variable] {
            if case .text(let location) = result.values["config"], !location.isEmpty {
                return ConfigSource(parsing: location)
            }
        }
        let path = absolutePath(ConfigSource.defaultName, in: surroundings.workingDirectory)
        return surroundings.fileExists(path) ? .file(path: path) : nil
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

    private func set(
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

    private func setting<T>(_ body: () throws(SettingError) -> T) throws(Ending) -> T {
        do {
            return try body()
        } catch {
            throw .setting(error)
        }
    }
}
