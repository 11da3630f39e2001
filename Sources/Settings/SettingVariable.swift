/// The environment variable of a setting: `GUNICORN_WORKERS` for `workers`.
extension Setting {
    package static let variablePrefix = "GUNICORN_"

    package var variable: String { Self.variablePrefix + name.uppercased() }

    /// The value that the text of the variable stands for, before the setting's own check.
    ///
    /// An empty text is no value, so that a template of variables can leave one out.
    package func value(
        ofVariable text: String,
        in surroundings: Surroundings
    ) throws(SettingError) -> SettingValue? {
        let written = text.stripped
        guard !written.isEmpty else { return nil }
        switch kind {
        case .flag: return Self.truth(written) ?? .text(written)
        // Whatever is set turns the feature off, so the word that leaves it on sets nothing.
        case .switchOff:
            let truth = Self.truth(written)
            return truth == true ? nil : truth ?? .text(written)
        case .natural, .workerCount, .writtenNatural, .windowSize, .streamLimit, .frameSize:
            return Int(python: written).map { .integer($0) } ?? .text(written)
        case .mode: return Int(pythonMode: written).map { .integer($0) } ?? .text(written)
        case .list, .filesOrPatterns: return try Self.list(written, surroundings)
        case .addressList, .nameList:
            guard case .list(let items) = try Self.list(written, surroundings) else {
                return .text(written)
            }
            return .text(items.joined(separator: ","))
        case .table: return surroundings.readJSON(written) ?? .text(written)
        default: return .text(text)
        }
    }

    private static func truth(_ word: String) -> SettingValue? {
        switch word.lowercased() {
        case "true", "1", "yes", "on": true
        case "false", "0", "no", "off": false
        default: nil
        }
    }

    /// JSON where it is JSON, else split at commas: `[::1]:8000` is an address and no list.
    private static func list(
        _ text: String,
        _ surroundings: Surroundings
    ) throws(SettingError) -> SettingValue {
        if text.hasPrefix("["), let value = surroundings.readJSON(text) { return value }
        if text.hasPrefix("[\"") || text.hasPrefix("[ ") {
            throw SettingError("Invalid JSON: \(text)")
        }
        return .list(text.split(separator: ",").map(\.stripped).filter { !$0.isEmpty })
    }
}

/// The variables that begin as those of settings do.
package enum SettingVariables {
    /// Gunicorn's own, and those that its container image reads before it starts the server.
    private static let known: Set = [
        "GUNICORN_CMD_ARGS", "GUNICORN_PID", "GUNICORN_FD", "GUNICORN_DIRTY_SOCKET",
        "GUNICORN_HOST", "GUNICORN_PORT", "GUNICORN_ARGS",
    ]

    /// The names, in order, that begin like the variable of a setting and belong to none.
    package static func unknown(in environment: [String: String]) -> [String] {
        let settings = Set(Registry.all.map(\.variable))
        return environment.keys.sorted().filter { name in
            name.hasPrefix(Setting.variablePrefix) && !settings.contains(name)
                && !known.contains(name) && !isServiceLink(name, environment[name] ?? "")
        }
    }

    /// Kubernetes and Docker name the address of a service called `gunicorn…` this way.
    private static func isServiceLink(_ name: String, _ value: String) -> Bool {
        name.hasSuffix("_SERVICE_HOST") || name.contains("_SERVICE_PORT")
            || name.contains("_PORT_")
            || name.hasSuffix("_PORT") && (value.hasPrefix("tcp://") || value.hasPrefix("udp://"))
    }
}
