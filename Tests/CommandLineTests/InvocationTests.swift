import CommandLine
import Settings
import Testing

/// A command line in a world of a few files, and what came of it.
final class Trial {
    var environment: [String: String] = [:]
    var files: Set<String> = ["/srv"]
    var config: [(name: String, value: SettingValue)] = []
    /// Plain values of the config file that are no settings, with their lines.
    var idle: [ConfigReading.Idle] = []
    /// The variables that the config file reads.
    var variables: Set<String> = []
    var failure: ConfigFileFailure?
    private(set) var sources: [ConfigSource] = []
    private(set) var warnings = ""

    func run(_ arguments: String...) -> CommandLineOutcome { run(arguments) }

    func run(_ arguments: [String]) -> CommandLineOutcome {
        var surroundings = Surroundings(environment: environment, workingDirectory: "/srv")
        surroundings.fileExists = { [files] in files.contains($0) }
        surroundings.isDirectory = { [files] in files.contains($0) && !$0.hasSuffix(".py") }
        let invocation = Invocation(
            program: "/usr/bin/gunicorn",
            version: "27.0.1",
            arguments: arguments,
            surroundings: surroundings,
            readConfig: { source throws(ConfigFileFailure) in
                self.sources.append(source)
                if let failure = self.failure { throw failure }
                var reading = ConfigReading()
                reading.entries = self.config.enumerated().map { index, entry in
                    .init(entry.name, entry.value, line: index + 1)
                }
                reading.idle = self.idle
                reading.variables = self.variables
                return reading
            },
            warn: { self.warnings += $0 }
        )
        return invocation.run()
    }

    func settings(_ arguments: String...) throws -> Settings {
        switch run(arguments) {
        case .serve(let settings, _), .check(let settings, _, _): return settings
        case .print(let text, _, _): throw Printed(text: text)
        }
    }

    func application(_ arguments: String...) throws -> String {
        switch run(arguments) {
        case .serve(_, let application), .check(_, let application, _): return application
        case .print(let text, _, _): throw Printed(text: text)
        }
    }

    func error(_ arguments: String...) -> String {
        guard case .print(let text, true, 1) = run(arguments) else { return "no error" }
        return text
    }

    struct Printed: Error {
        var text: String
    }
}

@Suite struct InvocationTests {
    @Test func `the weakest source is the default and the strongest the command line`() throws {
        let trial = Trial()
        trial.files.insert("/srv/gunicorn.conf.py")
        #expect(try trial.settings("a").timeoutSeconds == 30)
        trial.config = [("timeout", 31)]
        #expect(try trial.settings("a").timeoutSeconds == 31)
        trial.environment["GUNICORN_CMD_ARGS"] = "--timeout 32"
        #expect(try trial.settings("a").timeoutSeconds == 32)
        let settings = try trial.settings("a", "-t33")
        #expect(settings.timeoutSeconds == 33)
        #expect(settings.origin(of: "timeout") == .commandLine)
    }

    @Test func `a stronger source replaces a whole list`() throws {
        let trial = Trial()
        trial.files.insert("/srv/gunicorn.conf.py")
        trial.config = [("bind", .list([":1", ":2"]))]
        #expect(try trial.settings("a", "-b:3")["bind"] == .list([":3"]))
    }

    @Test func `the config file is the command line's, else the variable's, else the default`() {
        let trial = Trial()
        trial.files.formUnion(["/srv/gunicorn.conf.py", "a.py", "b.py"])
        _ = trial.run("x")
        trial.environment["GUNICORN_CMD_ARGS"] = "-c file:b.py"
        _ = trial.run("x")
        _ = trial.run("x", "-c", "a.py")
        _ = trial.run("x", "-c", "python:pkg.conf")
        #expect(
            trial.sources == [
                .file(path: "/srv/gunicorn.conf.py"), .file(path: "b.py"), .file(path: "a.py"),
                .module(name: "pkg.conf"),
            ]
        )
        #expect(trial.warnings == "")
    }

    @Test func `a config file that is not there is an error, a missing default is not`() {
        let trial = Trial()
        #expect(
            trial.error("x", "-c", "nofile.py")
                == "\nError: 'nofile.py' doesn't exist\nconfig (command line, -c/--config) takes "
                + "a file, file:PATH or python:MODULE.\n"
        )
        guard case .serve = trial.run("x") else {
            Issue.record("nothing is served")
            return
        }
    }

    @Test func `a wrong value in the config file is named before the error`() {
        let trial = Trial()
        trial.files.insert("c.py")
        trial.config = [("no_setting", "x"), ("workers", "x")]
        #expect(
            trial.error("x", "-c", "c.py")
                == "\nError: invalid literal for int() with base 0: 'x'\n"
                + "workers (c.py, line 2) takes a whole number, 0 or more, or auto.\n"
        )
        #expect(trial.warnings == "Invalid value for workers: x\n\n")
    }

    @Test func `a config file that ended the program has its status`() {
        let trial = Trial()
        trial.files.insert("c.py")
        trial.failure = .reported(status: 3)
        guard case .print("", _, 3) = trial.run("x", "-c", "c.py") else {
            Issue.record("another outcome")
            return
        }
    }

    @Test func `a config file without a Python extension is read with a warning`() {
        let trial = Trial()
        trial.files.insert("settings.ini")
        _ = trial.run("x", "-c", "settings.ini")
        #expect(
            trial.warnings
                == "!!!\n!!! WARNING: configuration file should have a valid Python extension.\n"
                + "!!!\n\n"
        )
        #expect(trial.sources.count == 1)
    }

    @Test func `the application may stand anywhere on the line`() throws {
        let trial = Trial()
        for line in [
            ["a:b", "-w", "2"], ["-w", "2", "a:b"], ["-w2", "a:b", "-R"], ["--", "a:b"],
        ] {
            guard case .serve(let settings, "a:b") = trial.run(line) else {
                Issue.record("\(line)")
                continue
            }
            #expect(settings.processName == "a:b")
        }
        #expect(trial.warnings.isEmpty || trial.warnings.contains("enable_stdio_inheritance"))
    }

    @Test func `of several applications the last is served, with a warning`() throws {
        let trial = Trial()
        #expect(try trial.application("a:b", "c:d") == "c:d")
        #expect(trial.warnings.contains("the last one, c:d, is served"))
        #expect(try trial.application("a:b", "-w", "2", "other") == "other")
    }

    @Test func `words directly after the application are left to it`() throws {
        let trial = Trial()
        #expect(try trial.application("a:b", "extra", "http://x", "7") == "a:b")
        #expect(trial.warnings == "")
    }

    @Test func `the variable may name the application, and so may the config file`() throws {
        let trial = Trial()
        trial.files.insert("/srv/gunicorn.conf.py")
        #expect(trial.error() == "\nError: No application module specified.\n")
        trial.config = [("wsgi_app", "file:app")]
        #expect(try trial.application() == "file:app")
        trial.environment["GUNICORN_CMD_ARGS"] = "variable:app"
        #expect(try trial.application() == "variable:app")
        #expect(try trial.application("line:app") == "line:app")
    }

    @Test func `an unclosed quote is shown with its place`() {
        let trial = Trial()
        trial.environment["GUNICORN_CMD_ARGS"] = "-w2 --name 'abc"
        #expect(
            trial.error("x")
                == "\nError: No closing quotation in GUNICORN_CMD_ARGS, at character 12: \"'abc\"\n"
        )
    }

    @Test func `of several wrong options the one first in the table is reported`() {
        #expect(
            Trial().error("--header-map", "x", "-w", "-3", "x")
                == "\nError: Value must be positive: -3\n"
                + "workers (command line, -w/--workers) takes a whole number, 0 or more, or auto.\n"
        )
    }

    @Test func `mistakes show the usage and exit with 2`() {
        guard case .print(let text, true, 2) = Trial().run("--nope") else {
            Issue.record("another outcome")
            return
        }
        #expect(
            text == """
                usage: gunicorn [OPTIONS] [APP_MODULE]
                gunicorn: error: unrecognized arguments: --nope

                """
        )
    }

    @Test func `the version is printed even from inside the variable`() {
        let trial = Trial()
        trial.environment["GUNICORN_CMD_ARGS"] = "-v"
        guard case .print("gunicorn (version 27.0.1)\n", false, 0) = trial.run("x") else {
            Issue.record("another outcome")
            return
        }
    }

    @Test func `printing the settings implies the check`() {
        guard case .check(_, "a:b", let report) = Trial().run("--print-config", "a:b", "-w2")
        else {
            Issue.record("another outcome")
            return
        }
        #expect(report.listing?.contains("\nprint_config                       = True\n") == true)
        #expect(
            report.origins == """
                default_proc_name from command line
                workers           from command line

                """
        )
        guard case .check(_, _, CheckReport()) = Trial().run("--check-config", "a:b") else {
            Issue.record("another outcome")
            return
        }
    }

    @Test func `a second run finds the settings of now`() throws {
        let trial = Trial()
        trial.files.insert("/srv/gunicorn.conf.py")
        trial.config = [("workers", 2)]
        #expect(try trial.settings("a").workers == 2)
        trial.config = [("workers", 3)]
        #expect(try trial.settings("a").workers == 3)
    }

    @Test func `a setting's own variable ranks between the file and GUNICORN_CMD_ARGS`() throws {
        let trial = Trial()
        trial.files.insert("/srv/gunicorn.conf.py")
        trial.config = [("timeout", 31), ("workers", 2)]
        trial.environment["GUNICORN_TIMEOUT"] = "32"
        let settings = try trial.settings("a")
        #expect(settings.timeoutSeconds == 32)
        #expect(settings.origin(of: "timeout") == .environmentVariable("GUNICORN_TIMEOUT"))
        #expect(
            settings.origin(of: "workers")
                == .configFile(path: "/srv/gunicorn.conf.py", line: 2)
        )
        trial.environment["GUNICORN_CMD_ARGS"] = "-t 33"
        #expect(try trial.settings("a").timeoutSeconds == 33)
        #expect(trial.warnings == "")
    }

    @Test(arguments: ["GUNICORN_TIMEOUT", "GUNICORN_"])
    func `a variable that the config file reads is the file's affair`(_ named: String) throws {
        let trial = Trial()
        trial.files.insert("/srv/gunicorn.conf.py")
        trial.config = [("timeout", 31)]
        trial.environment["GUNICORN_TIMEOUT"] = "for ever"
        #expect(
            trial.error("a")
                == "\nError: invalid literal for int() with base 0: 'for ever'\n"
                + "timeout (environment variable GUNICORN_TIMEOUT) takes a whole number, "
                + "0 or more.\n"
        )
        trial.variables = [named]
        #expect(try trial.settings("a").timeoutSeconds == 31)
    }

    @Test func `a variable of no setting is warned about, with the one that was meant`() throws {
        let trial = Trial()
        trial.environment = ["GUNICORN_WORKER": "4", "GUNICORN_COLOUR": "blue"]
        _ = try trial.settings("a")
        #expect(
            trial.warnings == """
                Warning: the environment variable GUNICORN_COLOUR is no setting's
                Warning: the environment variable GUNICORN_WORKER is no setting's; \
                did you mean GUNICORN_WORKERS?

                """
        )
    }

    @Test func `a name in the config file that was meant for a setting fails the check`() throws {
        let trial = Trial()
        trial.files.insert("/srv/gunicorn.conf.py")
        trial.idle = [.init("preload", line: 3), .init("colour", line: 4)]
        guard case .check(_, _, let report) = trial.run("--check-config", "a") else {
            Issue.record("another outcome")
            return
        }
        #expect(report.hasDoubts)
        #expect(
            trial.warnings == "Warning: preload in line 3 of the configuration file is no setting "
                + "and is not used; did you mean preload_app?\n"
        )
        trial.config = [("preload_app", true)]
        guard case .check(_, _, CheckReport()) = trial.run("--check-config", "a") else {
            Issue.record("another outcome")
            return
        }
    }

    @Test func `a Paste file is served where nothing stronger names an application`() throws {
        let trial = Trial()
        trial.files.formUnion(["/srv/gunicorn.conf.py", "/srv/site.ini"])
        #expect(try trial.application("--paste", "site.ini#main") == "/srv/site.ini#main")
        #expect(try trial.application("--paste", "site.ini", "a:b") == "/srv/site.ini")
        trial.config = [("paste", "site.ini")]
        #expect(try trial.application() == "/srv/site.ini")
        let settings = try trial.settings("a:b")
        #expect(!settings.servesPaste("a:b"))
        #expect(settings.processName == "a:b")
        #expect(
            trial.error("--paste", "none.ini")
                == "\nError: '/srv/none.ini' not found\npaste (command line, --paste/--paster) "
                + "takes FILE or FILE#NAME.\n"
        )
    }

    @Test func `what goes to the Paste file is split at the first plain equals sign`() throws {
        let trial = Trial()
        trial.files.insert("/srv/site.ini")
        let settings = try trial.settings(
            "--paste",
            "site.ini",
            "--paste-global",
            "a=b=c",
            "--paste-global",
            "d\\=e=f"
        )
        #expect(settings.pasteVariables.map { "\($0.name)|\($0.value)" } == ["a|b=c", "d=e|f"])
        #expect(
            trial.error("--paste", "site.ini", "--paste-global", "novalue").hasPrefix(
                "\nError: environment setting 'novalue' invalid\n"
            )
        )
    }

    @Test(arguments: CompletionShell.allCases)
    func `a shell's completion knows every flag`(_ shell: CompletionShell) {
        guard case .print(let script, false, 0) = Trial().run("--completion", shell.rawValue)
        else {
            Issue.record("another outcome")
            return
        }
        for flag in Registry.all.flatMap(\.flags) {
            let spelled =
                switch (shell, flag.hasPrefix("--")) {
                case (.fish, true): "-l " + flag.dropFirst(2)
                case (.fish, false): "-s " + flag.dropFirst()
                default: flag
                }
            #expect(script.contains(spelled))
        }
    }
}
