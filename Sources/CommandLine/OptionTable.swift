import Settings

/// The option strings, and argparse's rules for telling an option from a value.
struct OptionTable: Sendable {
    static let shared = OptionTable()

    /// In the order of declaration, which is the order in which ambiguities are listed.
    private let options: [(name: String, action: ArgumentParser.Action)]
    private let byName: [String: ArgumentParser.Action]

    private init() {
        var options: [(name: String, action: ArgumentParser.Action)] = [
            ("-h", .help), ("--help", .help), ("-v", .version), ("--version", .version),
        ]
        for (position, setting) in Registry.all.enumerated() {
            for flag in setting.flags { options.append((flag, .setting(position))) }
        }
        options.append(("--completion", .completion))
        self.options = options
        byName = Dictionary(uniqueKeysWithValues: options.map { ($0.name, $0.action) })
    }

    func exact(_ name: String) -> ArgumentParser.Action? { byName[name] }

    func classify(_ text: String) throws(ArgumentParser.Interruption) -> ArgumentParser.Argument {
        guard text.hasPrefix("-"), text.utf8.count > 1 else { return .positional }
        if let action = exact(text) { return .option(.init(action: action, name: text)) }
        let (name, explicit) = Self.split(text)
        if let explicit, let action = exact(name) {
            return .option(.init(action: action, name: name, explicit: explicit))
        }
        let candidates = candidates(for: text, name: name, explicit: explicit)
        if candidates.count > 1 {
            let names = candidates.map(\.name).joined(separator: ", ")
            throw .mistake("ambiguous option: \(text) could match \(names)")
        }
        if let only = candidates.first { return .option(only) }
        if Self.isNegativeNumber(text) || text.contains(" ") { return .positional }
        return .option(.init(action: nil, name: text))
    }

    /// What an option string that is not exactly one of ours may stand for.
    private func candidates(
        for text: String,
        name: String,
        explicit: String?
    ) -> [ArgumentParser.Option] {
        guard text.hasPrefix("--") else {
            let letter = String(text.prefix(2))
            guard let action = exact(letter) else { return [] }
            return [.init(action: action, name: letter, explicit: String(text.dropFirst(2)))]
        }
        let matches = options.filter { $0.name.hasPrefix(name) }
        // An abbreviation that Gunicorn understands keeps its meaning beside options of our own.
        let theirs = matches.filter { !isOurs($0.action) }
        return (theirs.isEmpty ? matches : theirs)
            .map { .init(action: $0.action, name: $0.name, explicit: explicit) }
    }

    private func isOurs(_ action: ArgumentParser.Action) -> Bool {
        switch action {
        case .setting(let position): Registry.all[position].isOurs
        case .completion: true
        case .help, .version: false
        }
    }

    /// At the first equals sign.
    private static func split(_ text: String) -> (name: String, explicit: String?) {
        guard let equals = text.firstIndex(of: "=") else { return (text, nil) }
        return (String(text[..<equals]), String(text[text.index(after: equals)...]))
    }

    /// `-1`, `-1.5` and `-.5` are values, since no option looks like them.
    private static func isNegativeNumber(_ text: String) -> Bool {
        let parts = text.dropFirst().split(separator: ".", omittingEmptySubsequences: false)
        switch parts.count {
        case 1: return parts[0].isDecimal
        case 2: return (parts[0].isEmpty || parts[0].isDecimal) && parts[1].isDecimal
        default: return false
        }
    }
}
