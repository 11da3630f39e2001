/// How workers are replaced and how the server stops; not one of Gunicorn's sections.
enum SupervisionSettings {
    static let settings = Setting.Section.supervision.holds([
        Setting(
            "reload_batch",
            "--reload-batch",
            metavar: "INT",
            kind: .natural,
            initially: .value(0),
            status: .ours,
            summary: "Workers that a reload (HUP) replaces at a time.",
            details: """
                So many new workers are started; when they serve, as many old ones finish, and \
                when those are gone the next batch follows. There are never more than `workers` \
                and a batch. 0 starts all new workers at once, which is quicker and takes twice \
                the memory.
                """
        ),
        Setting(
            "shutdown_delay",
            "--shutdown-delay",
            metavar: "SECONDS",
            kind: .natural,
            initially: .value(0),
            status: .ours,
            summary: "Seconds to serve on after TERM before the server stops.",
            details: """
                Readiness is false at once, and responses end their connections, so whoever \
                distributes requests goes elsewhere meanwhile. Then the stop begins, and has \
                `graceful_timeout`. INT, QUIT or another TERM cuts the delay short.
                """
        ),
    ])
}
