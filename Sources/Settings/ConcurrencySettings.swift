/// How requests wait for the application; not one of Gunicorn's sections.
enum ConcurrencySettings {
    static let settings = Setting.Section.concurrency.holds([
        Setting(
            "queue_limit",
            "--queue-limit",
            metavar: "INT",
            kind: .natural,
            initially: .value(1024),
            status: .ours,
            summary: "Complete requests that may wait in a worker for the application.",
            details: """
                A request that finds so many before it is answered 503 with `Retry-After`, and its \
                connection is closed. 0 refuses whatever cannot be answered at once.
                """
        ),
        Setting(
            "queue_timeout",
            "--queue-timeout",
            metavar: "INT",
            kind: .natural,
            initially: .value(0),
            status: .ours,
            summary: "Seconds a complete request may wait in a worker for the application.",
            details: """
                Afterwards it is answered 503 with `Retry-After`, and its connection is closed. 0 \
                lets it wait. How long a request has waited is `swiftcorn.queue_time` in environ, \
                in seconds.
                """
        ),
        Setting(
            "no_guard_thread",
            "--no-guard-thread",
            kind: .flag,
            initially: .value(false),
            status: .ours,
            summary: "Do without the thread that serves others while the application runs.",
            details: """
                For applications that fork while they answer a request and must not have threads \
                then. One slow request then holds up every client of its worker.
                """
        ),
    ])
}
