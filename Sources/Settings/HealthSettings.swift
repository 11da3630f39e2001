/// Probes and metrics for whoever watches the service; not one of Gunicorn's sections.
enum HealthSettings {
    static let settings = Setting.Section.health.holds([
        Setting(
            "health_bind",
            "--health-bind",
            metavar: "ADDRESS",
            kind: .list,
            initially: .value(.list([])),
            status: .ours,
            summary: "Address of probes, metrics and the status page; may be given several times.",
            details: """
                Written as `bind` is. `/livez`, `/readyz`, `/startupz`, `/metrics`, `/status.json` \
                and the status page at `/` are answered by a process of their own, so a busy \
                worker cannot delay them. Nothing is opened unless this is set.
                """
        ),
        Setting(
            "ready_grace",
            "--ready-grace",
            metavar: "INT",
            kind: .natural,
            initially: .value(10),
            status: .ours,
            summary: "Seconds without a free worker after which the server is not ready.",
            details: """
                `/readyz` answers 503 as long as no worker has had a moment without a request for \
                so long. 0 never minds.
                """
        ),
        Setting(
            "health_check",
            "--health-check",
            metavar: "MODULE:CALLABLE",
            kind: .text,
            status: .ours,
            summary: "Callable of the application that takes part in readiness.",
            details: """
                Called without arguments every five seconds, in one of the workers and on a thread \
                of its own. The server is not ready while it raises, returns False or takes longer \
                than `health_check_timeout`.
                """
        ),
        Setting(
            "health_check_timeout",
            "--health-check-timeout",
            metavar: "INT",
            kind: .natural,
            initially: .value(5),
            status: .ours,
            summary: "Seconds that the application's health check may take.",
            details: "0 lets it take as long as it likes."
        ),
        Setting(
            "health_path_prefix",
            "--health-path-prefix",
            metavar: "PATH",
            kind: .pathPrefix,
            status: .ours,
            summary: "Path below which probes are answered in front of the application.",
            details: """
                With `/-` the addresses of `bind` answer `/-/livez`, `/-/readyz` and `/-/startupz` \
                by themselves, also while every worker is busy. For load balancers that cannot ask \
                another port.
                """
        ),
    ])
}
