import Log
import Platform

/// The arbiter's lines, letter for letter: people's log rules match them.
enum ArbiterMessage {
    /// How a worker ended, or nil when it ended as it should.
    static func ended(_ pid: Int32, _ exit: Exit) -> (Level, String)? {
        switch exit {
        case .status(0): nil
        case .status(let code): (.error, "Worker (pid:\(pid)) exited with code \(code).")
        case .signal(.terminate): (.info, sent(pid, .terminate))
        case .signal(.kill): (.error, sent(pid, .kill) + " Perhaps out of memory?")
        case .signal(let signal): (.warning, sent(pid, signal))
        }
    }

    private static func sent(_ pid: Int32, _ signal: Signal) -> String {
        "Worker (pid:\(pid)) was sent \(signal.name)!"
    }

    static func orphan(_ pid: Int32, _ exit: Exit) -> String {
        let status: Int32 =
            switch exit {
            case .status(let code): code << 8
            case .signal(let signal): signal.rawValue
            }
        return "Reaped unknown child process (pid:\(pid), status:\(status))"
    }

    static func handling(_ signal: Signal) -> String {
        // Python's table has two names for 17 and prints the older one.
        let name = signal == .child ? "cld" : signal.name.dropFirst(3).lowercased()
        return "Handling signal: \(name)"
    }

    static func reason(_ status: Int32) -> String? {
        switch status {
        case WorkerTable.bootFailure: "Worker failed to boot."
        case WorkerTable.loadFailure: "App failed to load."
        default: nil
        }
    }

    static func count(_ count: Int) -> String { "\(count) \(count == 1 ? "worker" : "workers")" }

    static func ready(_ count: Int) -> String { "\(self.count(count)) ready" }
}
