import Settings

/// What is served: an APP_MODULE, or a Paste file in its place.
extension Invocation {
    /// The application that a source of arguments names, and its name for the processes' titles.
    ///
    /// As in Gunicorn a Paste file is preferred to an APP_MODULE beside it.
    func application(
        in result: ArgumentParser.Result,
        _ origin: Origin,
        _ settings: inout Settings
    ) throws(Ending) -> String? {
        if case .text(let paste) = result.values["paste"], !paste.isEmpty {
            return try pasteFile(paste, origin, &settings)
        }
        return try chosen(result.applications, origin, &settings)
    }

    /// The application in the end: the arguments' own, else what the settings name.
    func served(_ named: String?, _ settings: inout Settings) throws(Ending) -> String {
        if let named { return named }
        if let paste = settings.paste, !paste.isEmpty {
            return try pasteFile(paste, settings.origin(of: "paste"), &settings)
        }
        guard let application = settings.wsgiApplication else {
            throw .setting(SettingError("No application module specified."))
        }
        return application
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

    /// The absolute path of a Paste file, with the name after the `#` where there is one.
    private func pasteFile(
        _ written: String,
        _ origin: Origin,
        _ settings: inout Settings
    ) throws(Ending) -> String {
        let uri = absolutePath(written, in: surroundings.workingDirectory)
        let file = String(uri.prefix { $0 != "#" })
        guard surroundings.fileExists(file) else {
            let text = "\(pythonRepr(file)) not found"
            throw .setting(SettingError(text, setting: "paste", origin: origin))
        }
        let configuresLogging = try setting { () throws(SettingError) in
            do throws(SettingError) {
                return try pasteConfiguresLogging(file)
            } catch {
                throw SettingError(error.text, setting: "paste", origin: origin)
            }
        }
        let source = Origin.framework(file)
        try set("default_proc_name", .text(file), source, in: &settings)
        if configuresLogging, settings.logConfig == nil {
            try set("logconfig", .text(file), source, in: &settings)
        }
        return uri
    }
}
