/// Where the rest of the settings is read from, and what to serve.
enum ConfigFile {
    static let settings = Setting.Section.configFile.holds([
        Setting(
            "config",
            "-c",
            "--config",
            metavar: "CONFIG",
            kind: .text,
            initially: .value("./gunicorn.conf.py"),
            since: "19.4 wants `python:` before a module",
            summary: "Python file, or python:MODULE, to read settings from.",
            details: """
                `PATH`, `file:PATH` or `python:MODULE`. It is looked for in the start directory, \
                and only the command line and `GUNICORN_CMD_ARGS` can name it. When neither does, \
                `gunicorn.conf.py` in the start directory is read if it exists. Module-level names \
                that equal a setting's name are taken; other names are the file's own.
                """
        ),
        Setting(
            "wsgi_app",
            metavar: "STRING",
            kind: .text,
            since: "20.1.0",
            summary: "Application to serve when the command line names none.",
            details: """
                Written as APP_MODULE is: `module`, `module:name` or `module:factory(arguments)`. \
                An APP_MODULE on the command line or in `GUNICORN_CMD_ARGS` is preferred.
                """
        ),
    ])
}
