/// What is recorded of requests, and in which form; not one of Gunicorn's sections.
enum LogRecordSettings {
    static let settings = Setting.Section.logRecords.holds([
        Setting(
            "log_format",
            "--log-format",
            metavar: "FORM",
            kind: .logForm,
            initially: .value("text"),
            status: .ours,
            summary: "How both logs are written: text, or json for an object on each line.",
            details: """
                The fields are those of OpenTelemetry; docs/observability.md lists them. Fields \
                and variables that `access_log_format` asks for by name are added to the objects. \
                The journal has fields of its own, and a `logger_class` or a configuration of \
                Python's logging formats as it likes. A format with `%`, `{` or `$` in it is taken \
                for a config file's own variable, and leaves both logs text.
                """
        ),
        Setting(
            "access_log_filter",
            "--access-log-filter",
            metavar: "RULE",
            kind: .list,
            initially: .value(.list([])),
            status: .ours,
            summary: "Which requests leave no line in the access log; may be given several times.",
            details: """
                A rule is conditions with blanks between them, `path=/PREFIX` and `status=200` or \
                `status=2xx`, and perhaps `sample=SHARE`. The first rule whose conditions all \
                hold decides: without a share the request leaves no line, with `sample=0.1` one \
                in ten does. A request that no rule is about is logged.
                """
        ),
    ])
}
