/// How grave a line of the error log is; the numbers are those of Python's logging module.
package enum Level: Int, Comparable, Sendable {
    case debug = 10
    case info = 20
    case warning = 30
    case error = 40
    case critical = 50

    /// Reads the `loglevel` setting, in any case of letters.
    package init?(name: String) {
        switch name.lowercased() {
        case "debug": self = .debug
        case "info": self = .info
        case "warning": self = .warning
        case "error": self = .error
        case "critical": self = .critical
        default: return nil
        }
    }

    /// `INFO`, as it stands in each line.
    package var name: StaticString {
        switch self {
        case .debug: "DEBUG"
        case .info: "INFO"
        case .warning: "WARNING"
        case .error: "ERROR"
        case .critical: "CRITICAL"
        }
    }

    package static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
}
