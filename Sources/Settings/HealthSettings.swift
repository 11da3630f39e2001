/// Probes for whoever watches the service; not one of Gunicorn's sections.
enum HealthSettings {
    static let settings = Setting.Section.health.holds([
        Setting(
            "health_bind",
            "--health-bind",
            metavar: "ADDRESS",
            kind: .list,
            initially: .value(.list([])),
            status: .ours,
            summary: "Address that answers /livez and /readyz; may be given several times.",
            details: """
                Written as `bind` is. The probes are answered by a process of their own, so a busy \
                worker cannot delay them. Nothing is opened unless this is set.
                """
        )
    ])
}
