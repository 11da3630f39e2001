package import Settings

/// What a config file gave: its values, and what there is to know about how it is written.
package struct ConfigReading {
    /// A name that is a setting's, in the file's order.
    package struct Entry {
        package var name: String
        package var value: SettingValue
        /// Where the file last assigns to it; nil where that is not seen, as for imported names.
        package var line: Int?

        package init(_ name: String, _ value: SettingValue, line: Int? = nil) {
            self.name = name
            self.value = value
            self.line = line
        }
    }

    /// A plain value or a function under another name, which nothing in the file reads.
    package struct Idle: Equatable {
        package var name: String
        package var line: Int
        /// Whether it is a function: then it may have been meant for a hook.
        package var isFunction: Bool

        package init(_ name: String, line: Int, isFunction: Bool = false) {
            self.name = name
            self.line = line
            self.isFunction = isFunction
        }
    }

    package var entries: [Entry] = []
    package var idle: [Idle] = []
    /// The strings of the file that name variables: `GUNICORN_WORKERS`, or `GUNICORN_` for all.
    package var variables: Set<String> = []

    package init() {}
}

extension ConfigReading {
    /// Whether the file itself reads the variable, which then is the file's own affair.
    func reads(_ variable: String) -> Bool {
        variables.contains(variable) || variables.contains(Setting.variablePrefix)
    }

    /// The idle names that somebody seems to have meant for settings, with the settings meant.
    ///
    /// A setting that the file also gives is not what another name in it was meant for.
    var doubts: [(idle: Idle, meant: String)] {
        let given = Set(entries.map(\.name))
        return idle.compactMap { one in
            let near =
                one.isFunction ? NearMatch.hook(for: one.name) : NearMatch.setting(for: one.name)
            guard let near, !given.contains(near) else { return nil }
            return (one, near)
        }
    }
}
