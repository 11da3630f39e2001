import Settings

/// The option list of `--help`, laid out as argparse lays it out.
struct Help {
    /// argparse's limit: help texts begin in this column at the latest.
    private static let latestColumn = 24
    private static let indent = 2

    let width: Int
    let defaults: Settings

    var text: String {
        var entries = [
            (header: "-h, --help", help: "show this help message and exit"),
            (header: "-v, --version", help: "show program's version number and exit"),
        ]
        for (setting, value) in zip(Registry.all, defaults.declared) where !setting.flags.isEmpty {
            let header = setting.flags.map { $0 + setting.valueSuffix }.joined(separator: ", ")
            let shown = value.pythonText(object: defaults.surroundings.objectText)
            entries.append((header, "\(setting.summary) [\(shown)]"))
        }
        entries.append(
            ("--completion SHELL", "print what completes this command in bash, zsh or fish")
        )
        // argparse keeps two columns free on the right.
        let line = width - 2
        let longest = entries.map(\.header.count).max() ?? 0
        let latest = min(Self.latestColumn, max(line - 20, Self.indent * 2))
        let column = min(longest + Self.indent + 2, latest)
        let wrapping = TextWrapping(width: max(line - column, 11))
        return "\noptions:\n"
            + entries.map { entry($0.header, wrapping.lines(of: $0.help), column) }.joined()
    }

    private func entry(_ header: String, _ help: [String], _ column: Int) -> String {
        let indent = String(repeating: " ", count: Self.indent)
        let margin = String(repeating: " ", count: column)
        let room = column - Self.indent - 2
        var lines = help.map { margin + $0 }
        if header.count <= room, let first = help.first {
            let padding = String(repeating: " ", count: room - header.count + 2)
            lines[0] = indent + header + padding + first
        } else {
            lines.insert(indent + header, at: 0)
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
