/// The settings as the rest of the server reads them: typed, in Gunicorn's sense of each.
extension Settings {
    private func text(_ name: String) -> String? {
        if case .text(let text) = self[name] { text } else { nil }
    }

    private func integer(_ name: String) -> Int {
        if case .integer(let number) = self[name] { number } else { 0 }
    }

    private func flag(_ name: String) -> Bool { self[name] == .bool(true) }

    private func list(_ name: String) -> [String] {
        if case .list(let items) = self[name] { items } else { [] }
    }

    private func addresses(_ name: String) throws(SettingError) -> [BindAddress] {
        var addresses: [BindAddress] = []
        for text in list(name) {
            do {
                addresses.append(try BindAddress(parsing: text))
            } catch {
                throw SettingError(error.text, setting: name, origin: origin(of: name))
            }
        }
        return addresses
    }
}

// MARK: Python objects

extension Settings {
    /// The number of the Python object that a setting holds; nil for text, or nothing.
    ///
    /// A hook always holds one, the callable, once it is set: an import string has been resolved
    /// and the number of parameters checked. A class holds one where a config file gave the class
    /// itself, `logconfig_dict` where its dictionary is more than text to text. Who handed in the
    /// surroundings has the object (`StartingPoint.object`).
    package func heldObject(_ name: String) -> Int? {
        if case .object(let handle) = self[name] { handle } else { nil }
    }
}

// MARK: Sockets and workers

extension Settings {
    package var config: String? { text("config") }
    package var wsgiApplication: String? { text("wsgi_app") }
    /// The Paste file, with a name after `#`.
    package var paste: String? { text("paste") }

    /// Whether the application is the Paste file's, and no APP_MODULE was preferred to it.
    package func servesPaste(_ application: String) -> Bool {
        paste.map { absolutePath($0, in: surroundings.workingDirectory) } == application
    }
    package var bind: [BindAddress] { get throws(SettingError) { try addresses("bind") } }
    package var healthBind: [BindAddress] {
        get throws(SettingError) { try addresses("health_bind") }
    }
    package var readyGraceSeconds: Int { integer("ready_grace") }
    /// The application's own check, as `module:callable`.
    package var healthCheck: String? { text("health_check") }
    package var healthCheckTimeoutSeconds: Int { integer("health_check_timeout") }
    /// The path in front of probes at the addresses of `bind`; nil where none is answered there.
    package var healthPathPrefix: String? { text("health_path_prefix") }
    package var queueLimit: Int { integer("queue_limit") }
    package var reloadBatch: Int { integer("reload_batch") }
    package var shutdownDelay: Int { integer("shutdown_delay") }
    package var queueTimeoutSeconds: Int { integer("queue_timeout") }
    package var hasGuardThread: Bool { !flag("no_guard_thread") }
    package var backlog: Int { integer("backlog") }
    package var reusePort: Bool { flag("reuse_port") }
    package var workers: Int { integer("workers") }
    package var threads: Int { integer("threads") }
    package var workerConnections: Int { integer("worker_connections") }
    package var maxRequests: Int { integer("max_requests") }
    package var maxRequestsJitter: Int { integer("max_requests_jitter") }
    package var timeoutSeconds: Int { integer("timeout") }
    package var gracefulTimeoutSeconds: Int { integer("graceful_timeout") }
    package var keepAliveSeconds: Int { integer("keepalive") }

    /// The class as it was written, or nil when a config file gave a Python object.
    ///
    /// `sync` with more than one thread is `gthread`, as in Gunicorn.
    package var workerClass: String? {
        guard let name = text("worker_class") else { return nil }
        return threads > 1 && (name == "sync" || name.hasSuffix("SyncWorker")) ? "gthread" : name
    }
}

// MARK: Process

extension Settings {
    package var preloadApp: Bool { flag("preload_app") }
    package var chdir: String { text("chdir") ?? surroundings.workingDirectory }
    package var daemon: Bool { flag("daemon") }
    package var pidfile: String? { text("pidfile") }
    package var user: Int { integer("user") }
    package var group: Int { integer("group") }
    package var umask: Int { integer("umask") }
    package var initgroups: Bool { flag("initgroups") }
    package var temporaryUploadDirectory: String? { text("tmp_upload_dir") }
    package var checkConfig: Bool { flag("check_config") }
    package var printConfig: Bool { flag("print_config") }
    package var reload: Bool { flag("reload") }
    /// `auto`, `poll` or `inotify`.
    package var reloadEngine: String { text("reload_engine") ?? "auto" }
    package var reloadExtraFiles: [String] { list("reload_extra_files") }
    package var spew: Bool { flag("spew") }
    package var enableStdioInheritance: Bool { flag("enable_stdio_inheritance") }

    /// The name for the titles of the processes.
    package var processName: String { text("proc_name") ?? text("default_proc_name") ?? "" }

    /// Absolute directories in the order written; each goes to the front of `sys.path` in turn.
    package var pythonPath: [String] {
        guard let path = text("pythonpath"), !path.isEmpty else { return [] }
        return path.split(separator: ",", omittingEmptySubsequences: false)
            .map { absolutePath(String($0), in: chdir) }
    }

    /// What `raw_env` puts into the environment, in order.
    package var rawEnvironment: [(String, String)] {
        get throws(SettingError) {
            var pairs: [(String, String)] = []
            for item in list("raw_env") {
                guard let equals = item.firstIndex(of: "=") else {
                    let text = "environment setting \(pythonRepr(item)) invalid"
                    throw refusal(text, by: "raw_env")
                }
                let value = item[item.index(after: equals)...]
                pairs.append((String(item[..<equals]), String(value)))
            }
            return pairs
        }
    }
}

// MARK: Paste

extension Settings {
    /// What `raw_paste_global_conf` gives to the Paste file; `\\=` is an equals sign in a key.
    ///
    /// Items without an equals sign are refused by `checkPasteVariables`.
    package var pasteVariables: [(name: String, value: String)] {
        list("raw_paste_global_conf").compactMap(Self.pasteVariable)
    }

    /// Refuses an item that gives no value.
    package func checkPasteVariables() throws(SettingError) {
        for item in list("raw_paste_global_conf") where Self.pasteVariable(item) == nil {
            let text = "environment setting \(pythonRepr(item)) invalid"
            throw refusal(text, by: "raw_paste_global_conf")
        }
    }

    private static func pasteVariable(_ item: String) -> (name: String, value: String)? {
        var before: Character?
        for index in item.indices {
            if item[index] == "=", before != "\\" {
                return (unescaped(item[..<index]), unescaped(item[item.index(after: index)...]))
            }
            before = item[index]
        }
        return nil
    }

    private static func unescaped(_ text: Substring) -> String {
        text.split(separator: "\\=", omittingEmptySubsequences: false).joined(separator: "=")
    }
}

// MARK: Requests

extension Settings {
    package var limitRequestLine: Int { integer("limit_request_line") }
    package var limitRequestFields: Int { integer("limit_request_fields") }
    package var limitRequestFieldSize: Int { integer("limit_request_field_size") }
    package var permitObsoleteFolding: Bool { flag("permit_obsolete_folding") }
    package var stripHeaderSpaces: Bool { flag("strip_header_spaces") }
    package var permitUnconventionalMethod: Bool { flag("permit_unconventional_http_method") }
    package var permitUnconventionalVersion: Bool { flag("permit_unconventional_http_version") }
    package var casefoldMethod: Bool { flag("casefold_http_method") }
    /// `drop`, `refuse` or `dangerous`; a config file's None acts as `refuse`.
    package var headerMap: String { text("header_map") ?? "refuse" }
    package var forwarderHeaders: [String] { list("forwarder_headers") }
    package var forwardedAllow: TrustedPeers { TrustedPeers(list("forwarded_allow_ips")) }

    /// `off`, `v1`, `v2` or `auto`.
    package var proxyProtocol: String { text("proxy_protocol") ?? "off" }
    package var proxyAllow: TrustedPeers { TrustedPeers(list("proxy_allow_ips")) }
    package var httpStrict: Bool { flag("http_strict") }
    /// `off`, `x-forwarded-for` or `forwarded`.
    package var realIPHeader: String { text("real_ip_header") ?? "off" }
    /// What the Server field says; nil where it is left out.
    package var serverHeader: String? {
        let text = text("server_header") ?? "gunicorn"
        return text.lowercased() == "off" ? nil : text
    }

    package var secureSchemeHeaders: [TableEntry] {
        if case .table(let entries) = self["secure_scheme_headers"] { entries } else { [] }
    }

    /// Whether files may be handed to the kernel.
    ///
    /// Any value that was set turns it off, even True: so Gunicorn reads its inverted flag.
    package var sendfile: Bool {
        guard self["sendfile"] == .none else { return false }
        guard let word = surroundings.environment["SENDFILE"] else { return true }
        return ["y", "1", "yes", "true"].contains(word.lowercased())
    }
}

// MARK: Clients

extension Settings {
    package var requestHeadTimeout: Int { integer("request_head_timeout") }
    package var requestBodyTimeout: Int { integer("request_body_timeout") }
    package var requestBodyMinRate: Int { integer("request_body_min_rate") }
    package var responseWriteTimeout: Int { integer("response_write_timeout") }
    package var responseMinRate: Int { integer("response_min_rate") }
    package var requestBuffering: Bool { flag("request_buffering") }
    package var responseBufferMemory: Int { integer("response_buffer_memory") }
    package var responseBufferFile: Int { integer("response_buffer_file") }
    package var limitRequestBody: Int { integer("limit_request_body") }
    package var limitConnectionsPerAddress: Int { integer("limit_connections_per_ip") }
}

// MARK: Logging

extension Settings {
    package var accessLog: String? { text("accesslog") }
    package var accessLogFormat: String { text("access_log_format") ?? "" }
    package var errorLog: String? { text("errorlog") }
    package var logLevel: String { text("loglevel") ?? "info" }
    package var logConfig: String? { text("logconfig") }

    /// The class that does the logging; nil where the native log does, which writes the same lines
    /// as Gunicorn's own class as long as nothing else is asked of it.
    package var loggerClass: SettingValue? {
        let chosen = self["logger_class"]
        return isNativeLogger(chosen) && !needsPythonLogging ? nil : chosen
    }

    private func isNativeLogger(_ chosen: SettingValue) -> Bool {
        switch chosen {
        case .text(let name): [Logging.nativeClass, "simple"].contains(name)
        case .object(let handle):
            surroundings.objectText(handle) == "<class '\(Logging.nativeClass)'>"
        default: true
        }
    }

    private var needsPythonLogging: Bool {
        ["logconfig", "logconfig_dict", "logconfig_json", "syslog"].contains { !self[$0].isFalsy }
    }
    package var logJournal: String { text("log_journal") ?? "auto" }
    package var captureOutput: Bool { flag("capture_output") }
    /// Whether both logs are JSON.
    package var logsJSON: Bool { text("log_format") == "json" }
    /// The rules of `access_log_filter`.
    package var accessRules: [AccessRule] {
        get throws(SettingError) {
            var rules: [AccessRule] = []
            for text in list("access_log_filter") {
                do throws(SettingError) {
                    rules.append(try AccessRule(parsing: text))
                } catch {
                    throw refusal(error.text, by: "access_log_filter")
                }
            }
            return rules
        }
    }
}
