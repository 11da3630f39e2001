import Settings
import Testing

@Suite struct VariableTests {
    private func value(_ name: String, _ text: String) throws -> SettingValue? {
        var surroundings = Surroundings()
        surroundings.readJSON = { text in
            switch text {
            case #"["a", "b,c"]"#: .list(["a", "b,c"])
            case #"{"A": "b"}"#: .table([TableEntry("A", "b")])
            default: nil
            }
        }
        let setting = try #require(Registry.setting(named: name))
        return try setting.value(ofVariable: text, in: surroundings)
    }

    @Test(arguments: [
        ("workers", "4", SettingValue.integer(4)), ("workers", " 0x4 ", "0x4"),
        ("workers", "auto", "auto"),
        ("umask", "0022", 18), ("preload_app", "1", true), ("preload_app", "Off", false),
        ("preload_app", "maybe", "maybe"), ("sendfile", "no", false),
        ("bind", ":80, unix:/x", .list([":80", "unix:/x"])),
        ("bind", "[::1]:80", .list(["[::1]:80"])),
        ("raw_env", #"["a", "b,c"]"#, .list(["a", "b,c"])),
        ("forwarded_allow_ips", #"["a", "b,c"]"#, "a,b,c"),
        ("forwarded_allow_ips", "10.0.0.0/8,::1", "10.0.0.0/8,::1"),
        ("secure_scheme_headers", #"{"A": "b"}"#, .table([TableEntry("A", "b")])),
        ("when_ready", "pkg.ready", "pkg.ready"), ("proc_name", "a b", "a b"),
    ])
    func `a variable is read as its setting takes it`(
        _ name: String,
        _ text: String,
        _ expected: SettingValue
    ) throws {
        #expect(try value(name, text) == expected)
    }

    @Test func `an empty variable and the word that leaves sendfile on set nothing`() throws {
        #expect(try value("workers", "  ") == nil)
        #expect(try value("sendfile", "true") == nil)
    }

    @Test func `a list that begins as JSON and is none is refused`() {
        let error = #expect(throws: SettingError.self) { try value("raw_env", "[\"A=1\", B=2]") }
        #expect(error?.text == "Invalid JSON: [\"A=1\", B=2]")
    }

    @Test func `variables of nobody are told from those with an owner`() {
        let environment = [
            "GUNICORN_WORKERS": "1", "GUNICORN_WORKER": "1", "GUNICORN_CMD_ARGS": "",
            "GUNICORN_FD": "3", "GUNICORN_PORT": "80", "GUNICORN_ARGS": "",
            "GUNICORN_SERVICE_HOST": "10.0.0.1", "GUNICORN_PORT_80_TCP_ADDR": "10.0.0.1",
            "GUNICORN_API_PORT": "tcp://10.0.0.1:80", "GUNICORN_X_PORT": "80", "PATH": "",
        ]
        #expect(
            SettingVariables.unknown(in: environment) == ["GUNICORN_WORKER", "GUNICORN_X_PORT"]
        )
    }

    @Test(arguments: [
        ("worker", "workers"), ("preload", "preload_app"), ("bind_address", "bind"),
        ("time_out", "timeout"), ("log_level", "loglevel"), ("keep_alive", "keepalive"),
        ("max_request", "max_requests"), ("wrokers", "workers"), ("preload_apps", "preload_app"),
        ("gracefull_timeout", "graceful_timeout"), ("user_", "user"), ("PRELOAD", "preload_app"),
    ])
    func `a name that was meant for a setting finds it`(_ name: String, _ setting: String) {
        #expect(NearMatch.setting(for: name) == setting)
    }

    @Test(arguments: [
        "host", "port", "kind", "find", "cores", "workers_per_core", "max_workers", "loop",
        "web_concurrency", "use", "name", "env", "log_data", "timeout_str", "keepalive_str",
        "use_loglevel", "accesslog_var", "app", "debug", "threads_per_worker", "redis_url",
    ])
    func `an ordinary name is nobody's`(_ name: String) {
        #expect(NearMatch.setting(for: name) == nil)
    }

    @Test(arguments: [
        ("when_redy", "when_ready"), ("post_forkk", "post_fork"), ("onstarting", "on_starting"),
        ("worker_exits", "worker_exit"), ("after_fork", "post_fork"), ("pre_requst", "pre_request"),
    ])
    func `a function that was meant for a hook finds it`(_ name: String, _ hook: String) {
        #expect(NearMatch.hook(for: name) == hook)
    }

    @Test(arguments: ["worker", "preload", "fork", "ready", "main", "get_env", "setup", "binds"])
    func `an ordinary function is no hook`(_ name: String) {
        #expect(NearMatch.hook(for: name) == nil)
    }

    @Test func `what shows at the start is laid to its setting`() throws {
        var settings = try defaults()
        #expect(settings.refusal("no", by: "pidfile").fullText == "no")
        #expect(settings.refusal("no", by: "nosuch") == SettingError("no"))
        try settings.set("pidfile", "/x/y", origin: .configFile(path: "c.py", line: 3))
        let text = settings.refusal("no", by: "pidfile").fullText
        #expect(text.hasPrefix("no\npidfile (c.py, line 3) takes a file in a directory"))
    }

    @Test func `every setting says what it takes`() {
        for setting in Registry.all { #expect(!setting.acceptedForm.isEmpty) }
        #expect(Set(Registry.all.map(\.variable)).count == Registry.all.count)
    }

    @Test func `an error says whose value it was, where from, and what is taken`() {
        let file = Origin.configFile(path: "c.py", line: 7)
        #expect(
            SettingError("Value must be positive: -1", setting: "workers", origin: file).fullText
                == "Value must be positive: -1\nworkers (c.py, line 7) takes a whole number, "
                + "0 or more, or auto."
        )
        let line = SettingError("x", setting: "header_map", origin: .commandLine)
        #expect(
            line.explanation
                == "header_map (command line, --header-map) takes one of: drop, refuse, dangerous."
        )
        #expect(SettingError("x").fullText == "x")
    }
}
