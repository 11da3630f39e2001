package import Settings

/// What `-c` names: a file or an importable module.
package enum ConfigSource: Equatable, Sendable {
    case file(path: String)
    case module(name: String)
}

extension ConfigSource {
    /// Reads `PATH`, `file:PATH` or `python:MODULE`.
    package init(parsing location: String) {
        if let name = location.dropping(prefix: "python:") {
            self = .module(name: name)
        } else {
            self = .file(path: location.dropping(prefix: "file:") ?? location)
        }
    }

    /// What is looked for when nobody names a config file.
    package static let defaultName = "gunicorn.conf.py"

    /// Whether Gunicorn warns before it runs the file, because its name does not look like Python.
    package var hasForeignExtension: Bool {
        guard case .file(let path) = self else { return false }
        let name = path.split(separator: "/").last.map(String.init) ?? ""
        // A name that begins with its only dot has no extension.
        return !name.drop { $0 == "." }.hasSuffix(".py")
            && !name.drop { $0 == "." }.hasSuffix(".pyc")
    }

    var description: String {
        switch self {
        case .file(let path): path
        case .module(let name): "module \(name)"
        }
    }
}

/// Why the closure that runs a config file gave no values.
package enum ConfigFileFailure: Error, Equatable {
    /// A sentence for the operator.
    case refused(SettingError)
    /// The file failed or ended the program by itself, and all there is to say has been said.
    case reported(status: Int32)
}
