/// Writes docs/settings.md from the registry.
package enum SettingsReference {
    package static var markdown: String {
        var page = """
            # Settings

            <!-- Written from Sources/Settings by SettingsReferenceTests; do not edit. -->

            Every setting, by section. The name is what a config file uses; the flags are what the \
            command line and `GUNICORN_CMD_ARGS` use. Weakest source first: default, environment \
            variable that feeds the default, config file, `GUNICORN_CMD_ARGS`, command line.

            """
        for section in Setting.Section.allCases {
            let settings = Registry.all.filter { $0.section == section }
            page += "\n## \(section.rawValue)\n"
            for setting in settings { page += entry(setting) }
        }
        return page
    }

    private static func entry(_ setting: Setting) -> String {
        var lines = ["", "### `\(setting.name)`", "", setting.summary]
        if !setting.details.isEmpty { lines += ["", setting.details] }
        lines += ["", "- Command line: \(commandLine(setting))"]
        lines.append("- Default: \(initial(setting))")
        if let since = setting.since { lines.append("- Gunicorn: \(since)") }
        switch setting.status {
        case .built: break
        case .pending(let sentence): lines.append("- Not in effect yet: \(sentence)")
        case .ours: lines.append("- Not one of Gunicorn's settings.")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func commandLine(_ setting: Setting) -> String {
        guard !setting.flags.isEmpty else { return "none, config file only" }
        return setting.flags.map { "`\($0)\(setting.valueSuffix)`" }.joined(separator: ", ")
    }

    private static func initial(_ setting: Setting) -> String {
        switch setting.initial {
        case .asked: return "see above, or what the system says"
        case .value(.none):
            if case .hook = setting.kind { return "does nothing" }
            return "none"
        case .value(.text("")): return "empty"
        case .value(let value): return "`" + value.pythonText { "object \($0)" } + "`"
        }
    }
}

extension Setting {
    /// What follows a flag where it is written out, such as ` INT`.
    package var valueSuffix: String {
        switch argument {
        case .nothing: ""
        case .one, .repeated: " " + valueName
        case .atMostOne: " [" + valueName + "]"
        }
    }
}
