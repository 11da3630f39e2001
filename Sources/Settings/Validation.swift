/// What checks a value, whichever source it came from. The texts are Gunicorn's.
extension Setting.Kind {
    package func validated(
        _ value: SettingValue,
        in surroundings: Surroundings
    ) throws(SettingError) -> SettingValue {
        let check = Check(value: value, surroundings: surroundings)
        switch self {
        case .text: return try check.text()
        case .natural, .mode, .writtenNatural: return .integer(try check.natural())
        case .windowSize, .streamLimit, .frameSize: return .integer(try check.http2Number(self))
        case .flag, .switchOff: return try check.flag()
        case .list: return .list(try check.list())
        case .filesOrPatterns: return .list(try check.filesOrPatterns())
        case .addressList: return .list(try check.addressList())
        case .nameList: return .list(try check.nameList())
        case .table: return try check.table()
        case .pythonClass: return try check.pythonClass()
        case .hook(let arity, _): return try surroundings.resolveHook(value, arity)
        case .user:
            return try check.identity("user", surroundings.effectiveUserID, surroundings.userID)
        case .group:
            return try check.identity("group", surroundings.effectiveGroupID, surroundings.groupID)
        case .directory: return .text(try check.directory())
        case .statsdAddress: return try check.statsdAddress()
        case .tlsVersion: return value
        case .httpProtocols: return .list(try check.httpProtocols())
        case .memorySize: return try check.memorySize()
        case .storeSize: return .integer(try check.storeSize())
        case .workerCount: return .integer(try check.workerCount())
        default: return try check.choice(self)
        }
    }
}

/// One value under examination.
struct Check {
    var value: SettingValue
    var surroundings: Surroundings

    /// The value as Python's `%s` writes it.
    var shown: String { value.pythonText(object: surroundings.objectText) }

    func text() throws(SettingError) -> SettingValue {
        switch value {
        case .none: return .none
        case .text(let text): return .text(text.stripped)
        default: throw SettingError("Not a string: \(shown)")
        }
    }

    func number() throws(SettingError) -> Int {
        switch value {
        case .integer(let number): return number
        case .bool(let flag): return flag ? 1 : 0
        case .text(let text):
            if let number = Int(python: text, base: 0) { return number }
            throw SettingError("invalid literal for int() with base 0: \(pythonRepr(text))")
        default: throw SettingError("int() can't convert non-string with explicit base")
        }
    }

    func natural() throws(SettingError) -> Int {
        let number = try number()
        guard number >= 0 else { throw SettingError("Value must be positive: \(number)") }
        return number
    }

    func http2Number(_ kind: Setting.Kind) throws(SettingError) -> Int {
        if kind == .frameSize {
            let number = try number()
            guard (16384...16_777_215).contains(number) else {
                throw SettingError(
                    "http2_max_frame_size must be between 16384 and 16777215, got \(number)"
                )
            }
            return number
        }
        let number = try natural()
        if kind == .streamLimit, number < 1 {
            throw SettingError("HTTP/2 max concurrent streams must be at least 1: \(number)")
        }
        if kind == .windowSize, number > 2_147_483_647 {
            throw SettingError("HTTP/2 window size must be at most 2147483647: \(number)")
        }
        return number
    }

    func flag() throws(SettingError) -> SettingValue {
        switch value {
        case .none, .bool: return value
        case .text(let text):
            switch text.lowercased().stripped {
            case "true": return true
            case "false": return false
            default: throw SettingError("Invalid boolean: \(text)")
            }
        default: throw SettingError("Invalid type for casting: \(shown)")
        }
    }

    func table() throws(SettingError) -> SettingValue {
        switch value {
        case .table: return value
        // A dictionary whose values are not all strings is held by the caller.
        case .object(let handle) where surroundings.objectText(handle).hasPrefix("{"): return value
        default: throw SettingError("Value is not a dictionary: \(shown) ")
        }
    }

    func pythonClass() throws(SettingError) -> SettingValue {
        if case .object(let handle) = value { return try surroundings.resolveClass(handle) }
        return try text()
    }
}

extension Check {
    func list() throws(SettingError) -> [String] {
        if value.isFalsy { return [] }
        switch value {
        case .text(let text): return [text.stripped]
        case .list(let items): return items.map(\.stripped)
        case .table(let entries): return entries.map(\.key.stripped)
        case .integer: throw SettingError("'int' object is not iterable")
        case .bool: throw SettingError("'bool' object is not iterable")
        default: throw SettingError("Not a string: \(shown)")
        }
    }

    func filesOrPatterns() throws(SettingError) -> [String] {
        let entries = try list()
        for entry in entries
        where !entry.contains(where: { "*?[".contains($0) }) && !surroundings.fileExists(entry) {
            throw SettingError("File \(entry) does not exists.")
        }
        return entries
    }

    func nameList() throws(SettingError) -> [String] {
        guard case .text(let text) = try text() else { return [] }
        return text.split(separator: ",").map(\.stripped)
    }

    func addressList() throws(SettingError) -> [String] {
        let entries = try nameList()
        for entry in entries where entry != "*" { _ = try IPNetwork(parsing: entry) }
        return entries
    }

    func identity(
        _ noun: String,
        _ own: Int,
        _ lookUp: (String) -> Int?
    ) throws(SettingError) -> SettingValue {
        switch value {
        case .none: return .integer(own)
        case .integer(let number): return .integer(number)
        case .bool(let flag): return .integer(flag ? 1 : 0)
        case .text(let name):
            if name.isDecimal, let number = Int(name) { return .integer(number) }
            if let number = lookUp(name) { return .integer(number) }
            throw SettingError("No such \(noun): '\(name)'")
        default: throw SettingError("No such \(noun): '\(shown)'")
        }
    }

    func directory() throws(SettingError) -> String {
        guard case .text(let written) = try text() else {
            throw SettingError("expected str, bytes or os.PathLike object, not NoneType")
        }
        let path = absolutePath(written, in: surroundings.workingDirectory)
        guard surroundings.fileExists(path) else {
            throw SettingError("can't chdir to \(pythonRepr(written))")
        }
        return path
    }

    func statsdAddress() throws(SettingError) -> SettingValue {
        guard case .text(let text) = try text() else { return .none }
        // "unix:8125" is a host called unix, as it has been since before unix sockets.
        if let port = text.dropping(prefix: "unix:"), port.isDecimal { return .text(text) }
        do {
            _ = try BindAddress(parsing: text, defaultPort: Setting.statsdPort)
        } catch {
            throw SettingError("Value must be one of ('host:port', 'unix://PATH')")
        }
        return .text(text)
    }
}

extension Setting {
    /// The port of a StatsD server that is named without one.
    package static let statsdPort = 8125
}
