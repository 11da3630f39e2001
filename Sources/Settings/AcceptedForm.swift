/// What a setting takes, in words: for who gave it something else, for the reference, and for the
/// candidates of a shell.
extension Setting {
    /// The words of which it takes one; empty where it takes more than words.
    package var choices: [String] {
        switch kind {
        case .reloadEngine: ["auto", "poll", "inotify"]
        case .proxyProtocol: ["off", "v1", "v2", "auto"]
        case .headerMap: ["drop", "refuse", "dangerous"]
        case .httpProtocols: ["h1", "h2", "h1,h2", "h2,h1"]
        case .cleartextHTTP2: ["off", "prior-knowledge", "upgrade", "both"]
        case .asgiLoop: ["auto", "asyncio", "uvloop"]
        case .asgiLifespan, .journal: ["auto", "on", "off"]
        case .httpParser: ["auto", "fast", "python"]
        case .realIPHeader: ["off", "x-forwarded-for", "forwarded"]
        case .memoryMeasure: ["rss", "pss"]
        case .logForm: ["text", "json"]
        default: []
        }
    }

    /// Completes `workers takes …`.
    package var acceptedForm: String {
        switch name {
        case "bind", "health_bind":
            return "addresses: HOST, HOST:PORT, :PORT, [IPV6]:PORT, unix:PATH or fd://NUMBER"
        case "raw_env", "raw_paste_global_conf": return "KEY=VALUE"
        case "config": return "a file, file:PATH or python:MODULE"
        case "wsgi_app": return "module, module:name or module:factory(arguments)"
        case "paste": return "FILE or FILE#NAME"
        case "errorlog", "accesslog": return "a file that can be written, or - for the stream"
        case "access_log_format": return "text with atoms: %(NAME)s"
        case "access_log_filter":
            return "path=/PREFIX, status=2xx and sample=0.1, or some of them, with blanks between"
        case "pidfile": return "a file in a directory that exists, of no server that runs"
        case "worker_tmp_dir", "tmp_upload_dir": return "a directory that exists"
        case "logconfig": return "a file as logging.config.fileConfig reads it"
        case "logconfig_json": return "a JSON file of what logging.config.dictConfig takes"
        case "logconfig_dict": return "a dictionary as logging.config.dictConfig takes it"
        case "syslog_addr":
            return "udp://HOST:PORT, tcp://HOST:PORT, unix://PATH or unix://PATH#dgram"
        case "syslog_facility":
            return "the name of a facility: auth, daemon, user, local0 to local7 and the like"
        default: break
        }
        switch kind {
        case .text: return "text"
        case .natural, .writtenNatural: return "a whole number, 0 or more"
        case .mode: return "a whole number, 0 or more; 0022 is octal, 0x12 hexadecimal"
        case .flag, .switchOff: return "true or false"
        case .list: return "text, or a list of texts"
        case .filesOrPatterns: return "files that exist, and patterns with *, ? or ["
        case .addressList: return "addresses and networks without host bits, comma-separated, or *"
        case .nameList: return "names, comma-separated, or *"
        case .table: return "a dictionary"
        case .pythonClass: return "a name, the dotted path of a class, or the class"
        case .hook(let arity, _):
            let parameters =
                arity == -1
                ? "two to four parameters"
                : arity == 1 ? "one parameter" : "\(arity) parameters"
            return "a callable of \(parameters), or its import string"
        case .user: return "the name or number of a user"
        case .group: return "the name or number of a group"
        case .directory: return "a directory that exists"
        case .statsdAddress: return "HOST:PORT or unix://PATH"
        case .windowSize: return "a whole number from 0 to 2147483647"
        case .streamLimit: return "a whole number, 1 or more"
        case .frameSize: return "a whole number from 16384 to 16777215"
        case .tlsVersion: return "anything, and ignores it"
        case .reloadEngine, .proxyProtocol, .headerMap, .cleartextHTTP2, .asgiLoop, .asgiLifespan,
            .httpParser, .realIPHeader, .memoryMeasure, .journal, .logForm:
            return "one of: " + choices.joined(separator: ", ")
        case .serverHeader: return "off, or the text of a field value"
        case .workerCount: return "a whole number, 0 or more, or auto"
        case .memorySize: return "bytes, with K, M or G where they are many, or auto"
        case .storeSize:
            return "bytes, with K, M or G where they are many: 0, or 64K to 64G"
        case .pathPrefix: return "a path that begins with / and does not end with it"
        case .httpProtocols: return "h1 and h2, comma-separated, each once"
        }
    }
}

extension SettingError {
    /// The setting, where its value came from, and what it takes; nil where no setting refused.
    package var explanation: String? {
        guard let name = setting, let row = Registry.setting(named: name), let origin,
            origin != .builtIn
        else { return nil }
        let flags =
            origin == .commandLine || origin == .commandArguments
            ? ", " + row.flags.joined(separator: "/") : ""
        return "\(name) (\(origin.description)\(row.flags.isEmpty ? "" : flags)) takes "
            + row.acceptedForm + "."
    }

    /// The sentence, and under it what explains it.
    package var fullText: String {
        explanation.map { text + "\n" + $0 } ?? text
    }
}
