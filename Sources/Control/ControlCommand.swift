/// What a client of the control socket may ask for: Gunicorn's commands, and a few of our own.
package enum ControlCommand: Equatable, Sendable {
    /// What there is to look at.
    package enum Subject: String, Equatable, Sendable {
        case all
        case workers
        case dirty
        case config
        case stats
        case listeners
    }

    case show(Subject)
    case addWorkers(Int)
    case removeWorkers(Int)
    case killWorker(pid: Int)
    /// Workers of the dirty pool; there is none.
    case resizeDirty
    case reload
    case reopen
    case shutDown(mode: String)
    case help

    // Not Gunicorn's.
    case status
    case health
    case scale(Int)
    case setLevel(String)

    /// Why a command is none, in Gunicorn's words.
    package struct Flaw: Error, Equatable, Sendable {
        package let text: String

        package init(_ text: String) { self.text = text }
    }

    static let levels = ["debug", "info", "warning", "error", "critical"]

    /// Reads the words of a command, of which there is one at least.
    package init(words: [String]) throws(Flaw) {
        guard let first = words.first?.lowercased() else { throw Flaw("Empty command") }
        let rest = Array(words.dropFirst())
        switch first {
        case "show": self = .show(try Self.subject(rest))
        case "worker": self = try Self.worker(rest)
        case "dirty": self = try Self.dirty(rest)
        case "reload": self = .reload
        case "reopen": self = .reopen
        case "shutdown": self = .shutDown(mode: rest.first ?? "graceful")
        case "help": self = .help
        case "status": self = .status
        case "health": self = .health
        case "drain": self = .shutDown(mode: "graceful")
        case "scale": self = .scale(try Self.scale(rest))
        case "log-level": self = .setLevel(try Self.level(rest))
        default: throw Flaw("Unknown command: \(first)")
        }
    }

    private static func subject(_ words: [String]) throws(Flaw) -> Subject {
        guard let word = words.first?.lowercased() else {
            throw Flaw("Missing show target (all|workers|dirty|config|stats|listeners)")
        }
        guard let subject = Subject(rawValue: word) else {
            throw Flaw("Unknown show target: \(word)")
        }
        return subject
    }

    private static func worker(_ words: [String]) throws(Flaw) -> ControlCommand {
        guard let action = words.first?.lowercased() else {
            throw Flaw("Missing worker action (add|remove|kill)")
        }
        switch action {
        case "add": return .addWorkers(try count(words))
        case "remove": return .removeWorkers(try count(words))
        case "kill":
            guard words.count > 1 else { throw Flaw("Missing PID for worker kill") }
            return .killWorker(pid: try integer(words[1]))
        default: throw Flaw("Unknown worker action: \(action)")
        }
    }

    private static func dirty(_ words: [String]) throws(Flaw) -> ControlCommand {
        guard let action = words.first?.lowercased() else {
            throw Flaw("Missing dirty action (add|remove)")
        }
        guard ["add", "remove"].contains(action) else {
            throw Flaw("Unknown dirty action: \(action)")
        }
        _ = try count(words)
        return .resizeDirty
    }

    /// The second word, where there is one; as in Gunicorn nothing is less than one.
    private static func count(_ words: [String]) throws(Flaw) -> Int {
        words.count > 1 ? max(1, try integer(words[1])) : 1
    }

    private static func scale(_ words: [String]) throws(Flaw) -> Int {
        guard let word = words.first else { throw Flaw("Missing number of workers") }
        let count = try integer(word)
        guard count >= 1 else { throw Flaw("There has to be one worker at least") }
        return count
    }

    private static func level(_ words: [String]) throws(Flaw) -> String {
        let choice = levels.joined(separator: "|")
        guard let word = words.first?.lowercased() else { throw Flaw("Missing level (\(choice))") }
        guard levels.contains(word) else { throw Flaw("Unknown level: \(word) (\(choice))") }
        return word
    }

    /// As Python's `int`; a number beyond all bounds is as large as there is one.
    private static func integer(_ word: String) throws(Flaw) -> Int {
        let digits = word.hasPrefix("-") || word.hasPrefix("+") ? word.dropFirst() : word[...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw Flaw("invalid literal for int() with base 10: '\(word)'")
        }
        return Int(word) ?? (word.hasPrefix("-") ? Int.min : Int.max)
    }
}
