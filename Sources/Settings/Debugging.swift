/// What helps while an application is being written.
enum Debugging {
    static let settings = Setting.Section.debugging.holds([
        Setting(
            "reload",
            "--reload",
            kind: .flag,
            initially: .value(false),
            summary: "Restart workers when the application's files change.",
            details: "For development only, and of no use together with `preload_app`."
        ),
        Setting(
            "reload_engine",
            "--reload-engine",
            metavar: "STRING",
            kind: .reloadEngine,
            initially: .value("auto"),
            since: "19.7",
            summary: "How changed files are noticed: auto, poll or inotify.",
            details: "`poll` compares modification times once a second; `auto` is `inotify`."
        ),
        Setting(
            "reload_extra_files",
            "--reload-extra-file",
            metavar: "FILES",
            kind: .filesOrPatterns,
            initially: .value(.list([])),
            since: "19.8; patterns 26.1",
            summary: "Further file or glob pattern to watch; may be given several times.",
            details: """
                A plain path has to exist. An entry with `*`, `?` or `[` is a pattern and is \
                expanded anew at every look.
                """
        ),
        Setting(
            "spew",
            "--spew",
            kind: .flag,
            initially: .value(false),
            summary: "Print every line of Python that is executed.",
            details: "Very slow, and very loud."
        ),
        Setting(
            "check_config",
            "--check-config",
            kind: .flag,
            initially: .value(false),
            summary: "Load settings and application, say whether that works, and exit.",
            details: "Exit status 0 when the application could be loaded, 1 otherwise."
        ),
        Setting(
            "print_config",
            "--print-config",
            kind: .flag,
            initially: .value(false),
            since: "20.1",
            summary: "Print every setting as it came out, then do as --check-config.",
            details: "Settings are printed by name, one a line."
        ),
    ])
}
