/// Settings that take one of a few words.
extension Check {
    func choice(_ kind: Setting.Kind) throws(SettingError) -> SettingValue {
        switch kind {
        case .reloadEngine: return try reloadEngine()
        case .proxyProtocol: return .text(try proxyProtocol())
        case .headerMap: return try headerMap()
        case .cleartextHTTP2: return .text(try cleartextHTTP2())
        case .asgiLoop:
            return .text(
                try word(among: ["auto", "asyncio", "uvloop"]) { "Invalid ASGI loop: \($0)" }
            )
        case .asgiLifespan:
            return .text(try word(among: ["auto", "on", "off"]) { "Invalid ASGI lifespan: \($0)" })
        case .httpParser: return .text(try httpParser())
        case .realIPHeader: return .text(try realIPHeader())
        case .serverHeader: return .text(try serverHeader())
        case .journal: return .text(try journal())
        case .logForm: return .text(try logForm())
        case .memoryMeasure:
            return .text(
                try word(among: ["rss", "pss"]) {
                    "worker_memory_measure must be rss or pss, not \(pythonRepr($0))"
                }
            )
        case .pathPrefix: return try pathPrefix()
        default: preconditionFailure("a kind without a check: \(kind)")
        }
    }

    /// A word in any case, None meaning the first one.
    private func word(
        among words: [String],
        refusal: (String) -> String
    ) throws(SettingError) -> String {
        switch value {
        case .none: return words[0]
        case .text(let text):
            let word = text.lowercased().stripped
            guard words.contains(word) else { throw SettingError(refusal(word)) }
            return word
        default: throw SettingError("Invalid type for casting: \(shown)")
        }
    }

    private func reloadEngine() throws(SettingError) -> SettingValue {
        if case .text(let name) = value, ["auto", "poll", "inotify"].contains(name) {
            return value
        }
        let quoted = if case .text(let name) = value { pythonRepr(name) } else { shown }
        throw SettingError("Invalid reload_engine: \(quoted)")
    }

    private func proxyProtocol() throws(SettingError) -> String {
        switch value {
        case .none: return "off"
        case .bool(let flag): return flag ? "auto" : "off"
        case .text(let text):
            switch text.lowercased().stripped {
            case "off", "false", "0", "none": return "off"
            case "auto", "true", "1": return "auto"
            case "v1": return "v1"
            case "v2": return "v2"
            default: throw SettingError("proxy_protocol must be: off, v1, v2, or auto")
            }
        default: throw SettingError("proxy_protocol must be string or bool")
        }
    }

    private func headerMap() throws(SettingError) -> SettingValue {
        guard case .text(let text) = value else {
            if value == .none { return .none }
            throw SettingError("Invalid type for casting: \(shown)")
        }
        let word = text.lowercased().stripped
        guard ["drop", "refuse", "dangerous"].contains(word) else {
            throw SettingError("Invalid header map behaviour: \(text)")
        }
        return .text(word)
    }

    private func cleartextHTTP2() throws(SettingError) -> String {
        if case .bool(let flag) = value { return flag ? "prior-knowledge" : "off" }
        return try word(among: ["off", "prior-knowledge", "upgrade", "both"]) {
            "Invalid http2_cleartext: \($0)"
        }
    }

    private func httpParser() throws(SettingError) -> String {
        switch value {
        case .none, .text:
            return try word(among: ["auto", "fast", "python"]) { _ in
                "http_parser must be one of: auto, fast, python"
            }
        default: throw SettingError("http_parser must be a string")
        }
    }

    private func realIPHeader() throws(SettingError) -> String {
        if value == .bool(false) { return "off" }
        return try word(among: ["off", "x-forwarded-for", "forwarded"]) {
            "real_ip_header must be off, X-Forwarded-For or Forwarded, not \(pythonRepr($0))"
        }
    }

    /// Config files have variables of this name for formats of Python's logging: those are theirs.
    private func logForm() throws(SettingError) -> String {
        guard case .text(let text) = value, !text.contains(where: { "%{$".contains($0) }) else {
            return "text"
        }
        return try word(among: ["text", "json"]) {
            "log_format must be text or json, not \(pythonRepr($0))"
        }
    }

    /// A field value without anything that an operator can only have meant otherwise.
    private func journal() throws(SettingError) -> String {
        if case .bool(let flag) = value { return flag ? "on" : "off" }
        return try word(among: ["auto", "on", "off"]) {
            "log_journal must be auto, on or off, not \(pythonRepr($0))"
        }
    }

    private func serverHeader() throws(SettingError) -> String {
        switch value {
        case .none: return "gunicorn"
        case .bool(false): return "off"
        case .text(let text):
            let text = text.stripped
            guard !text.isEmpty, text.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) else {
                throw SettingError(
                    "server_header must be printable ASCII, or off, not \(pythonRepr(text))"
                )
            }
            return text
        default: throw SettingError("server_header must be a string, not \(shown)")
        }
    }

    /// A path as requests write it; what could never be asked for is a mistake.
    private func pathPrefix() throws(SettingError) -> SettingValue {
        guard case .text(let text) = value else {
            if value == .none { return .none }
            throw SettingError("\(shown) is not a path")
        }
        guard !text.isEmpty else { return .none }
        let isPlain = text.utf8.allSatisfy {
            (0x21...0x7e).contains($0) && !"?#%".utf8.contains($0)
        }
        guard text.hasPrefix("/"), !text.hasSuffix("/"), isPlain else {
            throw SettingError(
                "health_path_prefix must begin with / and not end with it, not \(pythonRepr(text))"
            )
        }
        return value
    }

    func httpProtocols() throws(SettingError) -> [String] {
        if value == .none { return ["h1"] }
        guard case .text(let text) = value else {
            throw SettingError("http_protocols must be a string")
        }
        let names = text.split(separator: ",").map { $0.stripped.lowercased() }
            .filter { !$0.isEmpty }
        for name in names where name != "h1" && name != "h2" {
            throw SettingError("Invalid protocol '\(name)'. Valid protocols: h1, h2")
        }
        guard Set(names).count == names.count else {
            throw SettingError("Duplicate protocols specified")
        }
        return names.isEmpty ? ["h1"] : names
    }
}
