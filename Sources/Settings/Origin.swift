/// Where a value came from, weakest source first.
package enum Origin: Equatable, Sendable {
    case builtIn
    /// A variable that feeds one setting, such as PORT or WEB_CONCURRENCY.
    case environmentVariable(String)
    /// Framework settings, such as the keys of a Paste file.
    case framework(String)
    case configFile(path: String, line: Int?)
    case commandArguments
    case commandLine
}

extension Origin {
    /// The name of GUNICORN_CMD_ARGS, said once.
    package static let commandArgumentsVariable = "GUNICORN_CMD_ARGS"

    /// The same without the place in it.
    var source: Origin {
        if case .configFile(let path, _) = self { .configFile(path: path, line: nil) } else { self }
    }

    /// How a message names the source.
    package var description: String {
        switch self {
        case .builtIn: "default"
        case .environmentVariable(let name): "environment variable \(name)"
        case .framework(let name): name
        case .configFile(let path, .none): path
        case .configFile(let path, .some(let line)): "\(path), line \(line)"
        case .commandArguments: Self.commandArgumentsVariable
        case .commandLine: "command line"
        }
    }
}

/// The operator's mistake: the sentence to show, in Gunicorn's wording where it has one.
package struct SettingError: Error, Equatable, Sendable {
    package var text: String
    /// The setting that refused its value, when one did.
    package var setting: String?
    package var origin: Origin?

    package init(_ text: String, setting: String? = nil, origin: Origin? = nil) {
        self.text = text
        self.setting = setting
        self.origin = origin
    }
}
