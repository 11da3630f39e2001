/// What is logged, in which words, and where it goes.
enum Logging {
    /// The class whose lines the native log writes itself.
    static let nativeClass = "gunicorn.glogging.Logger"

    private static let noStatsD = Setting.Status.pending("StatsD metrics are not built yet.")

    static let settings = files + python + syslog + metrics

    private static let files = Setting.Section.logging.holds([
        Setting(
            "accesslog",
            "--access-logfile",
            metavar: "FILE",
            kind: .text,
            summary: "File for one line per request; - is standard output.",
            details: "Without it requests are not logged."
        ),
        Setting(
            "disable_redirect_access_to_syslog",
            "--disable-redirect-access-to-syslog",
            kind: .flag,
            initially: .value(false),
            since: "19.8",
            summary: "Keep request lines out of syslog."
        ),
        Setting(
            "access_log_format",
            "--access-logformat",
            metavar: "STRING",
            kind: .text,
            initially: .value(
                .text(#"%(h)s %(l)s %(u)s %(t)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s""#)
            ),
            summary: "What a request's line says.",
            details: """
                Python's `%(name)s` with: `h` client address, `l` `-`, `u` user, `t` time, `r` \
                request line, `m` method, `U` path, `q` query, `H` protocol, `s` status, `b` \
                response bytes or `-`, `B` response bytes, `f` referer, `a` user agent, `T` `M` \
                `D` `L` time taken in seconds, milliseconds, microseconds and decimal seconds, \
                `p` process ID, `{name}i` request field, `{name}o` response field, `{name}e` \
                environ variable. What is not known is written as `-`.
                """
        ),
        Setting(
            "errorlog",
            "--error-logfile",
            "--log-file",
            metavar: "FILE",
            kind: .text,
            initially: .value("-"),
            since: "standard error by default 19.2",
            summary: "File for what the server has to say; - is standard error."
        ),
        Setting(
            "loglevel",
            "--log-level",
            metavar: "LEVEL",
            kind: .text,
            initially: .value("info"),
            summary: "Least severe messages to log: debug, info, warning, error, critical.",
            details: "Any other word means info."
        ),
        Setting(
            "capture_output",
            "--capture-output",
            kind: .flag,
            initially: .value(false),
            since: "19.6",
            summary: "Send the application's output to the error log file."
        ),
    ])

    private static let python = Setting.Section.logging.holds([
        Setting(
            "logger_class",
            "--logger-class",
            metavar: "STRING",
            kind: .pythonClass,
            initially: .value(.text(nativeClass)),
            summary: "Python class that does the logging.",
            details: """
                A dotted path, a class in a config file, `egg:distribution#name`, or `simple` for \
                the usual one. With another class, and with `logconfig`, `logconfig_dict`, \
                `logconfig_json` or `syslog`, lines go through Python's logging module, and each \
                request costs a call of the class's `access`.
                """
        ),
        Setting(
            "logconfig",
            "--log-config",
            metavar: "FILE",
            kind: .text,
            summary: "Ini file for Python's logging.config.fileConfig."
        ),
        Setting(
            "logconfig_dict",
            kind: .table,
            initially: .value(.table([])),
            since: "19.8",
            summary: "Dictionary for Python's logging.config.dictConfig.",
            details: "Preferred to `logconfig_json`, and that to `logconfig`."
        ),
        Setting(
            "logconfig_json",
            "--log-config-json",
            metavar: "FILE",
            kind: .text,
            since: "20.0",
            summary: "JSON file for Python's logging.config.dictConfig."
        ),
    ])
}

extension Logging {
    private static let syslog = Setting.Section.logging.holds([
        Setting(
            "syslog_addr",
            "--log-syslog-to",
            metavar: "SYSLOG_ADDR",
            kind: .text,
            initially: .value("udp://localhost:514"),
            summary: "Syslog server: udp://HOST:PORT, tcp://HOST:PORT or unix://PATH.",
            details: "`#dgram` or `#stream` after a path chooses the kind of socket."
        ),
        Setting(
            "syslog",
            "--log-syslog",
            kind: .flag,
            initially: .value(false),
            since: "19.8",
            summary: "Log to syslog as well."
        ),
        Setting(
            "syslog_prefix",
            "--log-syslog-prefix",
            metavar: "SYSLOG_PREFIX",
            kind: .text,
            summary: "Name in syslog lines, instead of the name of the processes.",
            details: "Lines are from `gunicorn.NAME.error` or `gunicorn.NAME.access`."
        ),
        Setting(
            "syslog_facility",
            "--log-syslog-facility",
            metavar: "SYSLOG_FACILITY",
            kind: .text,
            initially: .value("user"),
            summary: "Syslog facility, such as user, daemon or local0."
        ),
        Setting(
            "enable_stdio_inheritance",
            "-R",
            "--enable-stdio-inheritance",
            kind: .flag,
            initially: .value(false),
            summary: "Keep standard output and error open in the background."
        ),
    ])

    private static let metrics = Setting.Section.logging.holds([
        Setting(
            "statsd_host",
            "--statsd-host",
            metavar: "STATSD_ADDR",
            kind: .statsdAddress,
            status: noStatsD,
            since: "19.1; unix sockets 20.0; IPv6 27.0",
            summary: "StatsD server to send metrics to: HOST:PORT or unix://PATH.",
            details: "A missing port is 8125."
        ),
        Setting(
            "dogstatsd_tags",
            "--dogstatsd-tags",
            metavar: "DOGSTATSD_TAGS",
            kind: .text,
            initially: .value(""),
            status: noStatsD,
            since: "20.0",
            summary: "Tags, comma-separated, to send with every metric."
        ),
        Setting(
            "statsd_prefix",
            "--statsd-prefix",
            metavar: "STATSD_PREFIX",
            kind: .text,
            initially: .value(""),
            status: noStatsD,
            since: "19.2",
            summary: "What the names of the metrics begin with.",
            details: "A dot is put after it where there is none."
        ),
        Setting(
            "enable_backlog_metric",
            "--enable-backlog-metric",
            kind: .flag,
            initially: .value(false),
            status: noStatsD,
            since: "24.1",
            summary: "Send how many connections wait to be accepted."
        ),
    ])
}
