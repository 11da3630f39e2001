/// The control socket, for `swiftcorn ctl` and `gunicornc`.
enum ControlSettings {
    static let settings = Setting.Section.control.holds([
        Setting(
            "control_socket",
            "--control-socket",
            metavar: "PATH",
            kind: .text,
            initially: .asked("`$XDG_RUNTIME_DIR/gunicorn.ctl`, else `~/.gunicorn/gunicorn.ctl`") {
                surroundings throws(SettingError) in
                let environment = surroundings.environment
                if let runtime = environment["XDG_RUNTIME_DIR"], !runtime.isEmpty,
                    surroundings.isDirectory(runtime)
                {
                    return (
                        .text(joined(runtime, "gunicorn.ctl")),
                        .environmentVariable("XDG_RUNTIME_DIR")
                    )
                }
                let home = surroundings.environment["HOME"] ?? "~"
                return (.text(joined(home, ".gunicorn/gunicorn.ctl")), .builtIn)
            },
            since: "25.1",
            summary: "Unix socket to be controlled through.",
            details: """
                `gunicorn.ctl` in `$XDG_RUNTIME_DIR`, else in `~/.gunicorn`; the directory is \
                made. In a container there is no control socket unless this is set. A place where \
                none can be made is a line in the log and no reason not to serve.
                """
        ),
        Setting(
            "control_socket_mode",
            "--control-socket-mode",
            metavar: "INT",
            kind: .mode,
            initially: .value(0o600),
            since: "25.1",
            summary: "Permissions of the control socket.",
            details: "`0600` is octal, `384` the same in decimal."
        ),
        Setting(
            "control_socket_disable",
            "--no-control-socket",
            kind: .flag,
            initially: .value(false),
            since: "25.1",
            summary: "Open no control socket.",
            details: "Whatever `control_socket` says."
        ),
    ])

    private static func joined(_ directory: String, _ name: String) -> String {
        directory.hasSuffix("/") ? directory + name : directory + "/" + name
    }
}
