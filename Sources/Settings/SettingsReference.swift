/// Writes docs/settings.md from the registry.
package enum SettingsReference {
    package static var markdown: String {
        var page = """
            # Settings

            <!-- Written from Sources/Settings by SettingsReferenceTests; do not edit. -->

            Every setting, by section. The sources of a value, the weakest first:

            1. the default, or an environment variable that stands in for it (`PORT`,
               `WEB_CONCURRENCY`, `FORWARDED_ALLOW_IPS`); under it, what a Paste file brings
            2. the config file, which uses the setting's name
            3. the setting's own environment variable
            4. the flags in `GUNICORN_CMD_ARGS`, which is split into words as a shell does
            5. the flags on the command line

            A stronger source replaces the whole value, lists included. `--print-config` shows every
            value on standard output and, on standard error, where those come from that are no
            defaults.

            A setting's own variable is `GUNICORN_` and its name in capitals. A list is split at
            commas or given as JSON (`["a", "b,c"]`), a dictionary is JSON, a switch is `true`,
            `false`, `1`, `0`, `yes`, `no`, `on` or `off`. An empty variable is none. A variable
            that the config file reads itself, because its name or just `GUNICORN_` stands in the
            file as a string, is left to the file. What begins with `GUNICORN_` and belongs to no
            setting is warned about.

            """
        for section in Setting.Section.allCases {
            let settings = Registry.all.filter { $0.section == section }
            page += "\n## \(section.rawValue)\n"
            for setting in settings { page += entry(setting) }
        }
        return page
    }

    private static func entry(_ setting: Setting) -> String {
        var lines = ["", "### `\(setting.name)`", ""] + wrapped(setting.summary)
        if !setting.details.isEmpty { lines += [""] + wrapped(setting.details) }
        var facts = [
            "Command line: \(commandLine(setting))", "Environment: `\(setting.variable)`",
            "Takes: \(setting.acceptedForm)", "Default: \(initial(setting))",
        ]
        if let since = setting.since { facts.append("Gunicorn: \(since)") }
        switch setting.status {
        case .built: break
        case .pending(let sentence): facts.append("Not in effect yet: \(sentence)")
        case .missing(let sentence): facts.append("Refused for now: \(sentence)")
        case .meaningless(let sentence): facts.append("Without effect: \(sentence)")
        case .ours: facts.append("Not one of Gunicorn's settings.")
        }
        lines.append("")
        for fact in facts { lines += wrapped("- " + fact, hanging: "  ") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Lines of at most a hundred columns, as every file of ours has them.
    private static func wrapped(_ text: String, hanging: String = "") -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if line.count + 1 + word.count > 100 {
                lines.append(line)
                line = hanging + word
            } else {
                line += (line.isEmpty ? "" : " ") + word
            }
        }
        return lines + [line]
    }

    private static func commandLine(_ setting: Setting) -> String {
        guard !setting.flags.isEmpty else { return "none, config file only" }
        return setting.flags.map { "`\($0)\(setting.valueSuffix)`" }.joined(separator: ", ")
    }

    private static func initial(_ setting: Setting) -> String {
        switch setting.initial {
        case .asked(let description, _): return description
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
