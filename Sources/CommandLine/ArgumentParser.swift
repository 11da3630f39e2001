package import Settings

/// Reads an argument vector with the manners of Python's argparse, driven by the registry.
///
/// Options may be abbreviated, joined with their values, bundled, and mixed with positional
/// arguments in any order. Unlike argparse, positional arguments may stand in several places.
package struct ArgumentParser {
    /// What was asked for, in registry order, with repeated options already gathered.
    package struct Result: Equatable {
        package var values: [String: SettingValue] = [:]
        package var words: [Word] = []
    }

    /// A positional argument.
    package struct Word: Equatable {
        package var text: String
        /// Whether an option, or nothing, stands before it.
        package var opensRun: Bool
    }

    /// Why the arguments were not simply read.
    package enum Interruption: Error, Equatable {
        case help
        case version
        case completion(CompletionShell)
        /// argparse's sentence, without the `error:` before it.
        case mistake(String)
    }

    /// What an option string stands for.
    enum Action: Equatable {
        case help
        case version
        case completion
        /// A position in `Registry.all`.
        case setting(Int)
    }

    /// An argument that was recognised as an option.
    struct Option: Equatable {
        /// Nil when no option has that name.
        var action: Action?
        var name: String
        /// What was joined to it.
        var explicit: String?
    }

    enum Argument {
        case option(Option)
        case positional
        /// The first `--`, and what follows it is positional.
        case separator
    }

    private let arguments: [String]
    private var kinds: [Argument] = []
    private var position = 0
    private var result = Result()
    private var isAfterWord = false
    private var leftovers = Leftovers()

    package static func parse(_ arguments: [String]) throws(Interruption) -> Result {
        var parser = ArgumentParser(arguments)
        return try parser.run()
    }

    private init(_ arguments: [String]) {
        self.arguments = arguments
    }

    private mutating func run() throws(Interruption) -> Result {
        // Every argument is judged before any is acted upon, so an ambiguity anywhere comes first.
        var isPastSeparator = false
        for argument in arguments {
            if isPastSeparator {
                kinds.append(.positional)
            } else if argument == "--" {
                kinds.append(.separator)
                isPastSeparator = true
            } else {
                kinds.append(try OptionTable.shared.classify(argument))
            }
        }
        while position < arguments.count {
            switch kinds[position] {
            case .option(let option): try take(option)
            case .positional:
                take(word: arguments[position])
                position += 1
            case .separator:
                leftovers.positional("--")
                position += 1
            }
        }
        if let unrecognized = leftovers.unrecognized {
            throw .mistake("unrecognized arguments: " + unrecognized)
        }
        return result
    }

    private mutating func take(word: String) {
        leftovers.positional(word)
        result.words.append(Word(text: word, opensRun: !isAfterWord))
        isAfterWord = true
    }
}

extension ArgumentParser.Result {
    /// The words that name an application, in order; the last one is meant.
    ///
    /// The first word of a run does. Of the words directly after it, which Gunicorn leaves to the
    /// application to find in `sys.argv`, only those do that read `module:name`.
    package var applications: [String] {
        words.filter { $0.opensRun || Self.namesApplication($0.text) }.map(\.text)
    }

    private static func namesApplication(_ text: String) -> Bool {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let initial = parts[1].first, let first = parts[0].first else {
            return false
        }
        return isNameStart(first) && isNameStart(initial)
            && parts[0].allSatisfy { isNameStart($0) || $0.isNumber || $0 == "." }
    }

    private static func isNameStart(_ character: Character) -> Bool {
        character.isLetter || character == "_"
    }
}

/// What argparse would not have recognised: it takes one run of positional arguments only.
///
/// We take all of them; but when an unknown option makes the line fail anyway, the sentence names
/// the same words as argparse's.
private struct Leftovers {
    private var words: [String] = []
    private var hasUnknownOption = false
    private var runs = 0
    private var isInRun = false

    mutating func positional(_ word: String) {
        if !isInRun { runs += 1 }
        isInRun = true
        if runs > 1 { words.append(word) }
    }

    mutating func option(unknown word: String?) {
        isInRun = false
        guard let word else { return }
        hasUnknownOption = true
        words.append(word)
    }

    var unrecognized: String? { hasUnknownOption ? words.joined(separator: " ") : nil }
}

extension ArgumentParser {
    private mutating func take(_ first: Option) throws(Interruption) {
        isAfterWord = false
        leftovers.option(unknown: first.action == nil ? arguments[position] : nil)
        position += 1
        guard var action = first.action else { return }
        var explicit = first.explicit
        var bundle: [Action] = []
        while let joined = explicit, !action.takesValue {
            guard !first.name.hasPrefix("--"), let letter = joined.first,
                let next = OptionTable.shared.exact("-" + String(letter))
            else {
                throw .mistake(
                    "argument \(action.label): ignored explicit argument \(pythonRepr(joined))"
                )
            }
            // Bundled flags: the value was the next flag all along. argparse acts on the flags of a
            // bundle only once all of it is understood.
            bundle.append(action)
            action = next
            let rest = String(joined.dropFirst())
            explicit = rest.isEmpty ? nil : rest
        }
        if explicit == nil { explicit = try followingValue(for: action) }
        for flag in bundle { try act(flag, on: nil) }
        try act(action, on: explicit)
    }

    /// The next argument, when it can be the value.
    private mutating func followingValue(for action: Action) throws(Interruption) -> String? {
        guard action.takesValue else { return nil }
        if position < arguments.count, case .positional = kinds[position] {
            position += 1
            return arguments[position - 1]
        }
        if action.needsValue { throw .mistake("argument \(action.label): expected one argument") }
        return nil
    }

    private mutating func act(_ action: Action, on text: String?) throws(Interruption) {
        switch action {
        case .help: throw .help
        case .version: throw .version
        case .completion:
            guard let shell = CompletionShell(rawValue: text ?? "") else {
                let choices = CompletionShell.allCases.map { pythonRepr($0.rawValue) }
                throw .mistake(
                    "argument \(action.label): invalid choice: \(pythonRepr(text ?? "")) "
                        + "(choose from \(choices.joined(separator: ", ")))"
                )
            }
            throw .completion(shell)
        case .setting(let position):
            let setting = Registry.all[position]
            switch setting.argument {
            case .nothing(let value): result.values[setting.name] = value
            case .one(let conversion):
                result.values[setting.name] = try action.converted(text ?? "", by: conversion)
            case .atMostOne(let otherwise):
                result.values[setting.name] = text.map(SettingValue.text) ?? otherwise
            case .repeated:
                var items: [String] = []
                if case .list(let earlier) = result.values[setting.name] { items = earlier }
                result.values[setting.name] = .list(items + [text ?? ""])
            }
        }
    }
}

extension ArgumentParser.Action {
    private var argument: Setting.Argument? {
        if case .setting(let position) = self { Registry.all[position].argument } else { nil }
    }

    var takesValue: Bool {
        switch argument {
        case .none: self == .completion
        case .nothing: false
        default: true
        }
    }

    var needsValue: Bool {
        if case .atMostOne = argument { false } else { takesValue }
    }

    /// How a mistake names the option: all its flags.
    var label: String {
        switch self {
        case .help: "-h/--help"
        case .version: "-v/--version"
        case .completion: "--completion"
        case .setting(let position): Registry.all[position].flags.joined(separator: "/")
        }
    }

    func converted(
        _ text: String,
        by conversion: Setting.Conversion
    ) throws(ArgumentParser.Interruption) -> SettingValue {
        switch conversion {
        case .text: return .text(text)
        case .integer:
            if let number = Int(python: text) { return .integer(number) }
        case .integerOrAuto:
            if Setting.isAuto(text) { return "auto" }
            if let number = Int(python: text) { return .integer(number) }
        case .autoInteger:
            if let number = Int(pythonMode: text) { return .integer(number) }
        }
        throw .mistake(
            "argument \(label): invalid \(conversion.pythonName) value: \(pythonRepr(text))"
        )
    }
}
