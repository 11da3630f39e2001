/// Gunicorn's control socket: its settings are accepted, and no socket is opened.
enum ControlSettings {
    private static let noControl = Setting.Status.pending("There is no control socket yet.")

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
            status: noControl,
            since: "25.1",
            summary: "Unix socket to be controlled through.",
            details: """
                `gunicorn.ctl` in `$XDG_RUNTIME_DIR`, else in `~/.gunicorn`.
                """
        ),
        Setting(
            "control_socket_mode",
            "--control-socket-mode",
            metavar: "INT",
            kind: .mode,
            initially: .value(0o600),
            status: noControl,
            since: "25.1",
            summary: "Permissions of the control socket.",
            details: "`0600` is octal, `384` the same in decimal."
        ),
        Setting(
            "control_socket_disable",
            "--no-control-socket",
            kind: .flag,
            initially: .value(false),
            status: .meaningless("No control socket is opened."),
            since: "25.1",
            summary: "Open no control socket.",
            details: "None is opened in any case."
        ),
    ])

    private static func joined(_ directory: String, _ name: String) -> String {
        directory.hasSuffix("/") ? directory + name : directory + "/" + name
    }
}
