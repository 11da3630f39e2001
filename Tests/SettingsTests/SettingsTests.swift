import Settings
import Testing

/// The defaults in a world that has only the start directory.
func defaults(_ environment: [String: String] = [:]) throws -> Settings {
    var surroundings = Surroundings(
        environment: environment,
        workingDirectory: "/srv",
        effectiveUserID: 1000,
        effectiveGroupID: 100
    )
    surroundings.fileExists = { ["/srv", "/srv/app", "here"].contains($0) }
    surroundings.isDirectory = { $0 == "/run/user" }
    surroundings.usableProcessors = { 6 }
    surroundings.userID = { $0 == "www" ? 33 : nil }
    surroundings.groupID = { $0 == "www" ? 34 : nil }
    return try Settings(in: surroundings)
}

@Suite struct SettingsTests {
    @Test func `the defaults are those of the table`() throws {
        let settings = try defaults()
        #expect(try settings.bind == [.tcp(host: "127.0.0.1", port: 8000)])
        #expect(try settings.healthBind.isEmpty)
        #expect(settings.workers == 1)
        #expect(settings.workerClass == "sync")
        #expect(settings.timeoutSeconds == 30)
        #expect(settings.keepAliveSeconds == 2)
        #expect(settings.backlog == 2048)
        #expect(settings.chdir == "/srv")
        #expect(settings.user == 1000)
        #expect(settings.group == 100)
        #expect(settings.pidfile == nil)
        #expect(settings.errorLog == "-")
        #expect(settings.accessLog == nil)
        #expect(settings.sendfile)
        #expect(settings.processName == "gunicorn")
        #expect(settings["suppress_ragged_eofs"] == true)
        #expect(settings["forwarded_allow_ips"] == .list(["127.0.0.1", "::1"]))
        #expect(settings.origin(of: "workers") == .builtIn)
    }

    @Test func `the environment decides some of the defaults`() throws {
        let settings = try defaults([
            "PORT": "5005", "WEB_CONCURRENCY": "6", "FORWARDED_ALLOW_IPS": "*",
            "XDG_RUNTIME_DIR": "/run/user", "SENDFILE": "no",
        ])
        #expect(settings["bind"] == .list(["0.0.0.0:5005"]))
        #expect(settings.origin(of: "bind") == .environmentVariable("PORT"))
        #expect(settings.workers == 6)
        #expect(settings.forwardedAllow.everyone)
        #expect(settings["control_socket"] == "/run/user/gunicorn.ctl")
        #expect(!settings.sendfile)
    }

    @Test(arguments: ["abc", "", "1.5"])
    func `a WEB_CONCURRENCY that is no whole number is refused in one sentence`(_ text: String) {
        #expect(throws: SettingError.self) { try defaults(["WEB_CONCURRENCY": text]) }
    }

    @Test func `setting sendfile turns it off, even to true`() throws {
        var settings = try defaults()
        try settings.set("sendfile", true, origin: .commandLine)
        #expect(!settings.sendfile)
    }

    @Test func `sync with more than one thread is gthread`() throws {
        var settings = try defaults()
        try settings.set("threads", 4, origin: .commandLine)
        #expect(settings.workerClass == "gthread")
        try settings.set("worker_class", "tornado", origin: .commandLine)
        #expect(settings.workerClass == "tornado")
    }

    @Test func `environment settings are split at the first equals sign`() throws {
        var settings = try defaults()
        try settings.set("raw_env", .list(["A=b=c", "D="]), origin: .commandLine)
        #expect(try settings.rawEnvironment.map { "\($0.0)|\($0.1)" } == ["A|b=c", "D|"])
        try settings.set("raw_env", .list(["novalue"]), origin: .commandLine)
        let error = #expect(throws: SettingError.self) { try settings.rawEnvironment }
        #expect(error?.text == "environment setting 'novalue' invalid")
    }

    @Test func `python paths are relative to the directory that is changed to`() throws {
        var settings = try defaults()
        try settings.set("chdir", "app", origin: .commandLine)
        try settings.set("pythonpath", "lib,/opt,../x", origin: .commandLine)
        #expect(settings.pythonPath == ["/srv/app/lib", "/opt", "/srv/x"])
    }

    @Test func `a setting without its feature is announced once it gets a value of its own`() throws
    {
        var settings = try defaults()
        try settings.set("dirty_threads", 1, origin: .commandLine)
        #expect(settings.pendingNotices.isEmpty)
        try settings.set("dirty_threads", 2, origin: .configFile(path: "c.py", line: 3))
        #expect(
            settings.pendingNotices == [
                "The setting dirty_threads (c.py, line 3) has no effect: "
                    + "The dirty pool is not built yet."
            ]
        )
    }

    @Test func `settings that lack the same feature share a notice`() throws {
        var settings = try defaults()
        let file = Origin.configFile(path: "c.py", line: nil)
        try settings.set("dirty_workers", 1, origin: file)
        try settings.set("dirty_threads", 2, origin: file)
        #expect(
            settings.pendingNotices == [
                "The settings dirty_workers, dirty_threads (c.py) have no effect: "
                    + "The dirty pool is not built yet."
            ]
        )
    }

    @Test func `what nothing else can stand in for is refused`() throws {
        var settings = try defaults()
        try settings.refuseMissing()
        try settings.set("keyfile", "key.pem", origin: .commandLine)
        #expect(settings.pendingNotices.isEmpty)
        let error = #expect(throws: SettingError.self) { try settings.refuseMissing() }
        #expect(
            error?.text == "keyfile (command line) cannot be served: "
                + "TLS is not built yet: the sockets speak plain HTTP."
        )
    }

    @Test func `an unknown name is refused in Gunicorn's words`() throws {
        var settings = try defaults()
        let error = #expect(throws: SettingError.self) {
            try settings.set("x", 1, origin: .commandLine)
        }
        #expect(error?.text == "No configuration setting for: x")
    }

    @Test func `the listing is sorted and aligned, one line for each setting`() throws {
        let lines = try defaults().listing.split(separator: "\n")
        #expect(lines.count == Registry.all.count)
        #expect(lines == lines.sorted())
        #expect(lines.contains("bind                               = ['127.0.0.1:8000']"))
        #expect(lines.contains("on_exit                            = <OnExit.on_exit()>"))
        #expect(lines.contains("umask                              = 0"))
    }
}
