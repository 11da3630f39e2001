import Settings

/// The shells whose language we write.
package enum CompletionShell: String, CaseIterable, Sendable {
    case bash
    case zsh
    case fish
}

/// What a shell loads to complete the command's options, made from the registry.
struct Completion {
    let shell: CompletionShell
    /// What the command is called.
    let program: String

    var script: String {
        switch shell {
        case .bash: BashCompletion(program: program, options: Self.options).script
        case .zsh: ZshCompletion(program: program, options: Self.options).script
        case .fish: FishCompletion(program: program, options: Self.options).script
        }
    }

    /// One option and what may follow it.
    struct Option {
        var flags: [String]
        var summary: String
        var value: Value
        var repeats = false
    }

    /// What a shell offers after an option.
    enum Value: Equatable {
        /// The option takes none.
        case nothing
        /// Whatever it is, it is not ours to know.
        case anything
        case words([String])
        case file
        case directory
        case user
        case group
    }

    private static var options: [Option] {
        var options = [
            Option(flags: ["-h", "--help"], summary: "Show the options.", value: .nothing),
            Option(flags: ["-v", "--version"], summary: "Show the version.", value: .nothing),
        ]
        for setting in Registry.all where !setting.flags.isEmpty {
            options.append(Option(setting))
        }
        let shells = CompletionShell.allCases.map(\.rawValue)
        options.append(
            Option(
                flags: ["--completion"],
                summary: "Print this.",
                value: .words(shells)
            )
        )
        return options
    }
}

extension Completion.Option {
    fileprivate init(_ setting: Setting) {
        flags = setting.flags
        summary = setting.summary
        value = Completion.Value(setting)
        repeats = setting.argument == .repeated
    }
}

extension Completion.Value {
    /// Where the registry's own words do not say it, the kind or the name of the value does.
    fileprivate init(_ setting: Setting) {
        switch (setting.kind, setting.metavar) {
        case (.flag, _), (.switchOff, _): self = .nothing
        case (.user, _): self = .user
        case (.group, _): self = .group
        case (.directory, _), (_, "DIR"): self = .directory
        case (_, "FILE"), (_, "FILES"), (_, "PATH"), (_, "CONFIG"): self = .file
        case (.pythonClass, _) where setting.name == "worker_class":
            self = .words(WorkerClassName.allCases.map(\.rawValue))
        default:
            switch setting.name {
            case "loglevel": self = .words(["debug", "info", "warning", "error", "critical"])
            case "protocol": self = .words(["http", "uwsgi"])
            case "paste": self = .file
            default: self = setting.choices.isEmpty ? .anything : .words(setting.choices)
            }
        }
    }
}

/// For bash: one function that looks at the word before the cursor.
struct BashCompletion {
    let program: String
    let options: [Completion.Option]

    var script: String {
        var cases = ""
        for option in options where option.value != .nothing {
            cases += "        \(option.flags.joined(separator: "|"))) \(reply(option.value)) ;;\n"
        }
        let flags = options.flatMap(\.flags).joined(separator: " ")
        return """
            # bash completion of \(program); load it with: source <(\(program) --completion bash)
            _\(identifier)() {
                local word=$2 before=$3
                COMPREPLY=()
                # --option=VALUE comes as three words, since = parts words here.
                if [ "$word" = = ]; then word=; fi
                if [ "$before" = = ]; then before=${COMP_WORDS[COMP_CWORD - 2]}; fi
                case $before in
            \(cases)        *)
                    case $word in
                    -*) COMPREPLY=($(compgen -W '\(flags)' -- "$word")) ;;
                    esac ;;
                esac
            }
            complete -o default -F _\(identifier) \(program)

            """
    }

    private var identifier: String { String(program.map { $0.isLetter ? $0 : "_" }) }

    private func reply(_ value: Completion.Value) -> String {
        "COMPREPLY=($(\(candidates(value)) -- \"$word\"))"
    }

    private func candidates(_ value: Completion.Value) -> String {
        switch value {
        case .nothing, .anything: "compgen -W ''"
        case .words(let words): "compgen -W '\(words.joined(separator: " "))'"
        case .file: "compgen -f"
        case .directory: "compgen -d"
        case .user: "compgen -u"
        case .group: "compgen -g"
        }
    }
}

/// For zsh: the specifications that `_arguments` reads.
struct ZshCompletion {
    let program: String
    let options: [Completion.Option]

    var script: String {
        let lines = options.map { "        \(specification($0)) \\\n" }.joined()
        return """
            #compdef \(program)
            # zsh completion of \(program); load it with: source <(\(program) --completion zsh)
            _\(identifier)() {
                _arguments -s \\
            \(lines)        '*:application (module\\:name):_default'
            }
            compdef _\(identifier) \(program)

            """
    }

    private var identifier: String { String(program.map { $0.isLetter ? $0 : "_" }) }

    private func specification(_ option: Completion.Option) -> String {
        let star = option.repeats ? "*" : ""
        let names = option.flags.map { flag in
            option.value == .nothing ? flag : flag.hasPrefix("--") ? flag + "=" : flag + "+"
        }
        let text = "[" + escaped(option.summary) + "]" + action(option.value)
        if names.count == 1 { return "'\(star)\(names[0])\(text)'" }
        let together = option.flags.joined(separator: " ")
        let others = option.repeats ? "'*'" : "'(\(together))'"
        return "\(others){\(names.joined(separator: ","))}'\(text)'"
    }

    private func action(_ value: Completion.Value) -> String {
        switch value {
        case .nothing: ""
        case .anything: ":value: "
        case .words(let words): ":value:(\(words.joined(separator: " ")))"
        case .file: ":file:_files"
        case .directory: ":directory:_files -/"
        case .user: ":user:_users"
        case .group: ":group:_groups"
        }
    }

    /// Brackets and colons have a meaning in a specification, and the quote ends it.
    private func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text {
            if "[]:\\".contains(character) { escaped += "\\" }
            escaped += character == "'" ? "'\\''" : String(character)
        }
        return escaped
    }
}

/// For fish: one line for each option.
struct FishCompletion {
    let program: String
    let options: [Completion.Option]

    var script: String {
        "# fish completion of \(program); load it with: \(program) --completion fish | source\n"
            + options.map(line).joined()
    }

    private func line(_ option: Completion.Option) -> String {
        let flags = option.flags.map { flag in
            flag.hasPrefix("--") ? "-l " + flag.dropFirst(2) : "-s " + flag.dropFirst()
        }
        let text = option.summary.map { "\\'".contains($0) ? "\\\($0)" : String($0) }.joined()
        return "complete -c \(program) \(flags.joined(separator: " "))\(action(option.value)) "
            + "-d '\(text)'\n"
    }

    private func action(_ value: Completion.Value) -> String {
        switch value {
        case .nothing: ""
        case .anything: " -x"
        case .words(let words): " -x -a '\(words.joined(separator: " "))'"
        case .file: " -r -F"
        case .directory: " -x -a '(__fish_complete_directories)'"
        case .user: " -x -a '(__fish_complete_users)'"
        case .group: " -x -a '(__fish_complete_groups)'"
        }
    }
}
