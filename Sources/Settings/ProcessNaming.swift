/// What the processes are called in `ps` and `top`.
enum ProcessNaming {
    static let settings = Setting.Section.processNaming.holds([
        Setting(
            "proc_name",
            "-n",
            "--name",
            metavar: "STRING",
            kind: .text,
            summary: "Name to show in the titles of the processes.",
            details: "Without it `default_proc_name` is shown."
        ),
        Setting(
            "default_proc_name",
            kind: .text,
            initially: .value("gunicorn"),
            summary: "Name to show when proc_name is not set.",
            details: "Becomes the APP_MODULE when one is named on the command line."
        ),
    ])
}
