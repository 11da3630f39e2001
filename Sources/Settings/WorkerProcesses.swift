/// How many workers there are, of which class, and when one is replaced.
enum WorkerProcesses {
    private static let noASGI = Setting.Status.pending("The asgi worker is not built yet.")

    static let settings = Setting.Section.workerProcesses.holds([
        Setting(
            "workers",
            "-w",
            "--workers",
            metavar: "INT",
            kind: .workerCount,
            initially: .asked("WEB_CONCURRENCY in the environment, else `1`", webConcurrency),
            summary: "Processes that serve requests, or auto.",
            details: """
                Two to four for each core is a usual range. `auto` is one for each processor that \
                may be used: the CPU quota of the control group, rounded up, and no more than the \
                processors of this process (its affinity); it is counted at start and at HUP. 0 \
                starts none until TTIN asks for one. The default is WEB_CONCURRENCY, a number or \
                `auto`, when the environment has it. HUP reads the setting again and so undoes \
                what TTIN and TTOU did.
                """
        ),
        Setting(
            "worker_class",
            "-k",
            "--worker-class",
            metavar: "STRING",
            kind: .pythonClass,
            initially: .value("sync"),
            since: "asgi 24.0; eventlet left in 26.0",
            summary: "Kind of worker.",
            details: """
                A short name (`sync`, `gthread`, `gevent`, `gevent_wsgi`, `gevent_pywsgi`, \
                `tornado`, `asgi`), the dotted path of a class, or, in a config file, the class. \
                So far `sync` and `gthread` are built.
                """
        ),
        Setting(
            "threads",
            "--threads",
            metavar: "INT",
            kind: .natural,
            initially: .value(1),
            since: "19.0",
            summary: "Threads in each worker that run the application.",
            details: "More than one turns `sync` into `gthread`."
        ),
        Setting(
            "worker_connections",
            "--worker-connections",
            metavar: "INT",
            kind: .natural,
            initially: .value(1000),
            summary: "Most clients a worker serves at once.",
            details: "A worker that has that many connections open accepts no more until one ends."
        ),
        Setting(
            "max_requests",
            "--max-requests",
            metavar: "INT",
            kind: .natural,
            initially: .value(0),
            summary: "Requests after which a worker is replaced by a new one.",
            details: """
                A remedy for applications that leak memory. 0 keeps workers for as long as they \
                live.
                """
        ),
        Setting(
            "max_requests_jitter",
            "--max-requests-jitter",
            metavar: "INT",
            kind: .natural,
            initially: .value(0),
            since: "19.2",
            summary: "Largest random number that each worker adds to max_requests.",
            details: "Keeps workers from being replaced all at the same moment."
        ),
        Setting(
            "timeout",
            "-t",
            "--timeout",
            metavar: "INT",
            kind: .natural,
            initially: .value(30),
            summary: "Seconds without a sign of life after which a worker is killed.",
            details: """
                The worker gets ABRT and, if that does not end it, KILL. 0 waits for ever. In a \
                `sync` worker this bounds the time one request may take.
                """
        ),
        Setting(
            "graceful_timeout",
            "--graceful-timeout",
            metavar: "INT",
            kind: .natural,
            initially: .value(30),
            summary: "Seconds that workers get to finish their requests when told to stop.",
            details: "Those that are still there afterwards are killed."
        ),
        Setting(
            "keepalive",
            "--keep-alive",
            metavar: "INT",
            kind: .natural,
            initially: .value(2),
            summary: "Seconds an idle connection is kept open for another request.",
            details: "0 closes every connection after its first response."
        ),
    ])

    @Sendable
    private static func webConcurrency(
        _ surroundings: Surroundings
    ) throws(SettingError) -> (SettingValue, Origin) {
        guard let text = surroundings.environment["WEB_CONCURRENCY"] else { return (1, .builtIn) }
        let origin = Origin.environmentVariable("WEB_CONCURRENCY")
        if Setting.isAuto(text) { return (.integer(surroundings.usableProcessors()), origin) }
        guard let number = Int(python: text) else {
            throw SettingError(
                "WEB_CONCURRENCY is not a whole number: \(pythonRepr(text))",
                setting: "workers",
                origin: origin
            )
        }
        return (.integer(number), origin)
    }

    static let asgi = Setting.Section.workerProcesses.holds([
        Setting(
            "asgi_loop",
            "--asgi-loop",
            metavar: "STRING",
            kind: .asgiLoop,
            initially: .value("auto"),
            status: noASGI,
            since: "24.0",
            summary: "Event loop of the asgi worker: auto, asyncio or uvloop.",
            details: "`auto` takes uvloop where it is installed."
        ),
        Setting(
            "asgi_lifespan",
            "--asgi-lifespan",
            metavar: "STRING",
            kind: .asgiLifespan,
            initially: .value("auto"),
            status: noASGI,
            since: "24.0",
            summary: "Start and stop events for ASGI applications: auto, on or off.",
            details: "`auto` goes on without them when the application does not know them."
        ),
        Setting(
            "asgi_disconnect_grace_period",
            "--asgi-disconnect-grace-period",
            metavar: "INT",
            kind: .natural,
            initially: .value(3),
            status: noASGI,
            since: "25.0",
            summary: "Seconds an ASGI application gets after its client has gone.",
            details: "0 cancels it at once."
        ),
        Setting(
            "websocket_max_message_size",
            "--websocket-max-message-size",
            metavar: "INT",
            kind: .natural,
            initially: .value(16_777_216),
            status: noASGI,
            since: "27.0",
            summary: "Largest WebSocket message that is taken, in bytes.",
            details: "A larger one closes the connection with code 1009. 0 means no limit."
        ),
        Setting(
            "http_parser",
            "--http-parser",
            metavar: "STRING",
            kind: .httpParser,
            initially: .value("auto"),
            status: .meaningless("There is one parser here, and nothing to choose from."),
            since: "25.0",
            summary: "Which of Gunicorn's parsers to use: auto, fast or python.",
            details: "There is one parser here."
        ),
    ])
}

extension Setting {
    /// Whether a text asks for a value that is found out.
    package static func isAuto(_ text: String) -> Bool { text.stripped.lowercased() == "auto" }
}

extension Check {
    func workerCount() throws(SettingError) -> Int {
        if case .text(let text) = value, Setting.isAuto(text) {
            return surroundings.usableProcessors()
        }
        return try natural()
    }
}
