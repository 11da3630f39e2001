/// The values of all settings, each with where it came from.
///
/// Every value in here has passed its check. A stronger source simply sets the value again; lists
/// are replaced, never merged.
package struct Settings: Sendable {
    package let surroundings: Surroundings
    private var values: [SettingValue]
    private var origins: [Origin]
    /// What `--help` shows as defaults: the values as declared, before any check.
    package private(set) var declared: [SettingValue]

    /// The defaults, some of which the surroundings decide.
    package init(in surroundings: Surroundings) throws(SettingError) {
        self.surroundings = surroundings
        values = []
        origins = []
        declared = []
        for setting in Registry.all {
            let value: SettingValue
            let origin: Origin
            switch setting.initial {
            case .value(let fixed): (value, origin) = (fixed, .builtIn)
            case .asked(_, let answer): (value, origin) = try answer(surroundings)
            }
            declared.append(value)
            values.append(.none)
            origins.append(origin)
            if value != .none { try set(setting.name, value, origin: origin) }
        }
    }

    /// Checks a value and takes it.
    package mutating func set(
        _ name: String,
        _ value: SettingValue,
        origin: Origin
    ) throws(SettingError) {
        guard let position = Registry.position(of: name) else {
            throw SettingError("No configuration setting for: \(name)", origin: origin)
        }
        do {
            values[position] = try Registry.all[position].kind.validated(value, in: surroundings)
            origins[position] = origin
        } catch {
            throw SettingError(error.text, setting: name, origin: origin)
        }
    }

    /// The checked value; asking for a name that is not in the registry is a mistake of ours.
    package subscript(name: String) -> SettingValue {
        guard let position = Registry.position(of: name) else {
            preconditionFailure("no setting is called \(name)")
        }
        return values[position]
    }

    package func origin(of name: String) -> Origin {
        guard let position = Registry.position(of: name) else {
            preconditionFailure("no setting is called \(name)")
        }
        return origins[position]
    }

    /// What only shows at the start, laid to the setting that is behind it where there is one.
    package func refusal(_ text: String, by name: String) -> SettingError {
        guard let position = Registry.position(of: name) else { return SettingError(text) }
        return SettingError(text, setting: name, origin: origins[position])
    }

    /// One sentence for each feature that is asked for and not built, where the server can do
    /// without: settings that lack the same one, from the same source, share it.
    package var pendingNotices: [String] {
        var groups: [(sentence: String, origin: Origin, names: [String])] = []
        for position in Registry.all.indices where isChanged(position) {
            let setting = Registry.all[position]
            guard case .pending(let sentence) = setting.status else { continue }
            let origin = origins[position]
            let group = groups.firstIndex {
                $0.sentence == sentence && $0.origin.source == origin.source
            }
            if let group {
                groups[group].names.append(setting.name)
            } else {
                groups.append((sentence, origin, [setting.name]))
            }
        }
        return groups.map { sentence, origin, names in
            let subject = names.count == 1 ? "setting" : "settings"
            let verb = names.count == 1 ? "has" : "have"
            let place = names.count == 1 ? origin : origin.source
            return "The \(subject) \(names.joined(separator: ", ")) (\(place.description)) "
                + "\(verb) no effect: \(sentence)"
        }
    }

    /// Refuses what is not built and what nothing else would do instead of.
    package func refuseMissing() throws(SettingError) {
        for position in Registry.all.indices where isChanged(position) {
            let setting = Registry.all[position]
            guard case .missing(let sentence) = setting.status else { continue }
            let origin = origins[position]
            throw refusal(
                "\(setting.name) (\(origin.description)) cannot be served: \(sentence)",
                by: setting.name
            )
        }
    }

    private func isChanged(_ position: Int) -> Bool {
        if origins[position] == .builtIn { return false }
        let initial = declared[position]
        guard initial != .none else { return values[position] != .none }
        let kind = Registry.all[position].kind
        return values[position] != (try? kind.validated(initial, in: surroundings))
    }
}
