/// The journal of systemd as a place for log lines; not one of Gunicorn's sections.
enum JournalSettings {
    static let settings = Setting.Section.journal.holds([
        Setting(
            "log_journal",
            "--log-journal",
            metavar: "MODE",
            kind: .journal,
            initially: .value("auto"),
            status: .ours,
            summary: "Log to the journal of systemd with fields of its own: auto, on or off.",
            details: """
                It stands in for standard error, and for standard output as the access log: a log \
                that is a file stays one. `auto` does so where systemd has connected them to the \
                journal (JOURNAL_STREAM), `on` wherever there is a journal. docs/systemd.md lists \
                the fields.
                """
        )
    ])
}
