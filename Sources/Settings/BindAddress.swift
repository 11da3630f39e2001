/// Where to listen, as `bind` and `health_bind` write it.
package enum BindAddress: Equatable, Hashable, Sendable {
    case tcp(host: String, port: Int)
    case unix(path: String)
    case descriptor(Int)
}

extension BindAddress {
    /// The port that an address without one gets.
    package static let defaultPort = 8000

    /// Reads an address; the texts of the errors are Gunicorn's.
    ///
    /// A leading NUL in a unix path is an abstract socket, as in Gunicorn; an `@` is not.
    package init(parsing text: String, defaultPort: Int = defaultPort) throws(SettingError) {
        if let path = text.dropping(prefix: "unix:") {
            self = .unix(path: path.dropping(prefix: "//") ?? path)
        } else if let number = text.dropping(prefix: "fd://") {
            // The kernel counts them in 32 bits.
            guard let descriptor = Int(python: number), 0...Int(Int32.max) ~= descriptor else {
                throw SettingError("\(pythonRepr(number)) is not a valid file descriptor.")
            }
            self = .descriptor(descriptor)
        } else {
            let (host, port) = Self.split(text.dropping(prefix: "tcp://") ?? text)
            self = .tcp(
                host: host.lowercased(),
                port: try port.map(Self.portNumber) ?? defaultPort
            )
        }
    }

    /// The host and, when there is one, the port as it was written.
    private static func split(_ text: String) -> (host: String, port: String?) {
        if text.isEmpty { return ("0.0.0.0", nil) }
        if text.contains("["), let bracket = text.firstIndex(of: "]") {
            let rest = text[text.index(after: bracket)...]
            return (
                String(text[..<bracket].dropFirst()),
                rest.hasPrefix(":") ? String(rest.dropFirst()) : nil
            )
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        return (String(parts[0]), parts.count > 1 ? String(parts[1]) : nil)
    }

    private static func portNumber(_ text: String) throws(SettingError) -> Int {
        guard let port = Int(python: text) else {
            throw SettingError("\(pythonRepr(text)) is not a valid port number.")
        }
        guard (0...65535).contains(port) else {
            // Gunicorn gets as far as the socket, and its sentence from there.
            throw SettingError("\(port) is not a valid port number: port must be 0-65535.")
        }
        return port
    }

    /// The address as the line `Listening at:` shows it.
    package var display: String {
        switch self {
        case .tcp(let host, let port):
            host.contains(":") ? "http://[\(host)]:\(port)" : "http://\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        case .descriptor(let number): "fd://\(number)"
        }
    }
}

extension String {
    /// What follows the prefix, or nil when the text does not begin with it.
    package func dropping(prefix: String) -> String? {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }
}
