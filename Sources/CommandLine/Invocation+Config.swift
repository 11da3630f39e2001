import Settings

/// The config file, and the environment variables of the settings, which rank just above it.
extension Invocation {
    func applyConfig(
        _ line: ArgumentParser.Result,
        _ variable: ArgumentParser.Result,
        to settings: inout Settings
    ) throws(Ending) -> ConfigReading {
        guard let (source, named) = configSource(line, variable) else { return ConfigReading() }
        if case .file(let path) = source, !surroundings.fileExists(path) {
            let text = "\(pythonRepr(path)) doesn't exist"
            throw .setting(SettingError(text, setting: "config", origin: named))
        }
        if source.hasForeignExtension {
            warn(
                "!!!\n!!! WARNING: configuration file should have a valid Python extension.\n"
                    + "!!!\n\n"
            )
        }
        let reading = try read(source, named)
        for entry in reading.entries where Registry.position(of: entry.name) != nil {
            let origin = Origin.configFile(path: source.description, line: entry.line)
            do throws(Ending) {
                try set(entry.name, entry.value, origin, in: &settings)
            } catch {
                let shown = entry.value.pythonText(object: surroundings.objectText)
                warn("Invalid value for \(entry.name): \(shown)\n\n")
                throw error
            }
        }
        return reading
    }

    private func read(
        _ source: ConfigSource,
        _ origin: Origin
    ) throws(Ending) -> ConfigReading {
        do {
            return try readConfig(source)
        } catch {
            switch error {
            case .refused(let error):
                throw .setting(SettingError(error.text, setting: "config", origin: origin))
            case .reported(let status):
                throw .finished(text: "", toStandardError: true, status: status)
            }
        }
    }

    /// The command line's, else that of GUNICORN_CMD_ARGS, else that of its own variable, else the
    /// default file where there is one.
    private func configSource(
        _ line: ArgumentParser.Result,
        _ variable: ArgumentParser.Result
    ) -> (source: ConfigSource, named: Origin)? {
        for (result, origin) in [(line, Origin.commandLine), (variable, .commandArguments)] {
            if case .text(let location) = result.values["config"], !location.isEmpty {
                return (ConfigSource(parsing: location), origin)
            }
        }
        if let row = Registry.setting(named: "config"),
            let location = surroundings.environment[row.variable], !location.isEmpty
        {
            return (ConfigSource(parsing: location), .environmentVariable(row.variable))
        }
        let path = absolutePath(ConfigSource.defaultName, in: surroundings.workingDirectory)
        return surroundings.fileExists(path) ? (.file(path: path), .builtIn) : nil
    }

    /// Says which names of the file look as if settings were meant; whether there are any.
    func warnOfDoubts(_ config: ConfigReading) -> Bool {
        for (idle, meant) in config.doubts {
            warn(
                "Warning: \(idle.name) in line \(idle.line) of the configuration file is no "
                    + "setting and is not used; did you mean \(meant)?\n"
            )
        }
        return !config.doubts.isEmpty
    }

    /// `GUNICORN_WORKERS=4` and the like, but for those that the config file reads by itself: what
    /// it makes of them has been decided there.
    func applyVariables(besides config: ConfigReading, to settings: inout Settings) throws(Ending) {
        for row in Registry.all {
            guard let text = surroundings.environment[row.variable], !config.reads(row.variable)
            else { continue }
            let origin = Origin.environmentVariable(row.variable)
            do throws(SettingError) {
                guard let value = try row.value(ofVariable: text, in: surroundings) else {
                    continue
                }
                try settings.set(row.name, value, origin: origin)
            } catch {
                throw .setting(SettingError(error.text, setting: row.name, origin: origin))
            }
        }
        for name in SettingVariables.unknown(in: surroundings.environment)
        where !config.reads(name) {
            let stem = name.dropFirst(Setting.variablePrefix.count)
            let meant = NearMatch.setting(for: String(stem)).flatMap(Registry.setting(named:))
            let advice = meant.map { "; did you mean \($0.variable)?" } ?? ""
            warn("Warning: the environment variable \(name) is no setting's\(advice)\n")
        }
    }
}
