/// The process and its surroundings, whom to believe, and how strictly requests are read.
///
/// Gunicorn declares this section in several runs; each is a list of its own, so that `Registry`
/// can put them where Gunicorn has them.
enum ServerMechanics {
    static let process = Setting.Section.serverMechanics.holds([
        Setting(
            "preload_app",
            "--preload",
            kind: .flag,
            initially: .value(false),
            summary: "Load the application once, before the workers are forked.",
            details: """
                Workers then share its memory and start faster; HUP does not load changed code.
                """
        ),
        Setting(
            "sendfile",
            "--no-sendfile",
            kind: .switchOff,
            since: "19.2; the flag turns it off since 19.4; SENDFILE 19.6",
            summary: "Never hand files to the kernel with sendfile().",
            details: """
                Left alone, `sendfile()` is used unless SENDFILE in the environment is something \
                other than `y`, `1`, `yes` or `true`. Any value set here turns it off.
                """
        ),
        Setting(
            "reuse_port",
            "--reuse-port",
            kind: .flag,
            initially: .value(false),
            since: "19.8",
            summary: "Give every worker listening sockets of its own (SO_REUSEPORT).",
            details: "The kernel then spreads new connections over the workers."
        ),
        Setting(
            "chdir",
            "--chdir",
            kind: .directory,
            initially: .asked("the start directory") { surroundings throws(SettingError) in
                (.text(surroundings.workingDirectory), .builtIn)
            },
            summary: "Directory to change to before the application is loaded.",
            details: """
                Relative to the start directory, and put at the front of `sys.path`. The config \
                file is looked for in the start directory all the same.
                """
        ),
        Setting(
            "daemon",
            "-D",
            "--daemon",
            kind: .flag,
            initially: .value(false),
            summary: "Leave the terminal and run in the background."
        ),
        Setting(
            "raw_env",
            "-e",
            "--env",
            metavar: "ENV",
            kind: .list,
            initially: .value(.list([])),
            summary: "KEY=VALUE for the application's environment; may be given several times.",
            details: "HUP first puts back what the variables were at start."
        ),
        Setting(
            "pidfile",
            "-p",
            "--pid",
            metavar: "FILE",
            kind: .text,
            summary: "File to write the master's process ID to.",
            details: "The server does not start when the file names another process that lives."
        ),
        Setting(
            "worker_tmp_dir",
            "--worker-tmp-dir",
            metavar: "DIR",
            kind: .text,
            status: .meaningless("Heartbeats are written to memory, so no file is needed."),
            summary: "Accepted without effect: heartbeats need no file here.",
            details: "Gunicorn keeps a heartbeat file for each worker in this directory."
        ),
        Setting(
            "user",
            "-u",
            "--user",
            metavar: "USER",
            kind: .user,
            initially: .asked("the user who starts the server") {
                surroundings throws(SettingError) in
                (.integer(surroundings.effectiveUserID), .builtIn)
            },
            summary: "User, by name or number, that the workers run as.",
            details: "The master stays who it was."
        ),
        Setting(
            "group",
            "-g",
            "--group",
            metavar: "GROUP",
            kind: .group,
            initially: .asked("the group of who starts the server") {
                surroundings throws(SettingError) in
                (.integer(surroundings.effectiveGroupID), .builtIn)
            },
            summary: "Group, by name or number, that the workers run as.",
            details: "The master stays who it was."
        ),
        Setting(
            "umask",
            "-m",
            "--umask",
            metavar: "INT",
            kind: .mode,
            initially: .value(0),
            summary: "Permission bits to take away from the unix sockets that are made.",
            details: "`0022` is octal, `0x12` hexadecimal, `18` decimal."
        ),
        Setting(
            "initgroups",
            "--initgroups",
            kind: .flag,
            initially: .value(false),
            since: "19.7",
            summary: "Give workers every group that their user belongs to."
        ),
        Setting(
            "tmp_upload_dir",
            metavar: "DIR",
            kind: .text,
            summary: "Directory for the temporary files of large request bodies.",
            details: "A body that outgrows memory waits there in a file without a name."
        ),
        Setting(
            "secure_scheme_headers",
            kind: .table,
            initially: .value(
                .table([
                    TableEntry("X-FORWARDED-PROTOCOL", "ssl"),
                    TableEntry("X-FORWARDED-PROTO", "https"),
                    TableEntry("X-FORWARDED-SSL", "on"),
                ])
            ),
            summary: "Fields, with the value each has when a proxy was asked over https.",
            details: """
                Believed from peers that `forwarded_allow_ips` names. Names are written in \
                capitals. Two fields that contradict each other make the request invalid.
                """
        ),
        Setting(
            "forwarded_allow_ips",
            "--forwarded-allow-ips",
            metavar: "STRING",
            kind: .addressList,
            initially: .asked("FORWARDED_ALLOW_IPS in the environment, else `127.0.0.1,::1`") {
                surroundings throws(SettingError) in
                guard let text = surroundings.environment["FORWARDED_ALLOW_IPS"] else {
                    return ("127.0.0.1,::1", .builtIn)
                }
                return (.text(text), .environmentVariable("FORWARDED_ALLOW_IPS"))
            },
            since: "networks 24.1",
            summary: "Proxies to believe: addresses or networks, comma-separated, or *.",
            details: """
                A network is written as `10.0.0.0/8`, without host bits. Peers on unix sockets are \
                believed always. FORWARDED_ALLOW_IPS in the environment is the default.
                """
        ),
    ])

    static let imports = Setting.Section.serverMechanics.holds([
        Setting(
            "pythonpath",
            "--pythonpath",
            metavar: "STRING",
            kind: .text,
            summary: "Directories, comma-separated, to put at the front of sys.path.",
            details: "They are added when the server starts, so --check-config does not see them."
        ),
        Setting(
            "paste",
            "--paste",
            "--paster",
            metavar: "STRING",
            kind: .text,
            summary: "PasteDeploy file to take the application from: FILE or FILE#NAME.",
            details: """
                PasteDeploy has to be installed (`pip install 'swiftcorn[paste]'`). A file with a \
                section `[loggers]` becomes `logconfig` as well, where no other is given. On one \
                command line it is preferred to an APP_MODULE.
                """
        ),
    ])

    private static let noUWSGI = "The uwsgi protocol is not built yet."
}

extension ServerMechanics {
    static let protocols = Setting.Section.serverMechanics.holds([
        Setting(
            "proxy_protocol",
            "--proxy-protocol",
            metavar: "MODE",
            kind: .proxyProtocol,
            initially: .value("off"),
            since: "modes 24.1",
            summary: "PROXY protocol before the first request: off, v1, v2 or auto.",
            details: """
                The flag alone means `auto`. It takes the next word for its mode, so write \
                `--proxy-protocol=auto`, or name the application first.
                """
        ),
        Setting(
            "proxy_allow_ips",
            "--proxy-allow-from",
            kind: .addressList,
            initially: .value("127.0.0.1,::1"),
            since: "networks 24.1",
            summary: "Peers that may send a PROXY header: addresses or networks, or *.",
            details: "Comma-separated. Another peer that sends one is refused."
        ),
        Setting(
            "protocol",
            "--protocol",
            metavar: "STRING",
            kind: .text,
            initially: .value("http"),
            status: .missing(noUWSGI),
            since: "24.0",
            summary: "What clients speak: http or uwsgi."
        ),
        Setting(
            "uwsgi_allow_ips",
            "--uwsgi-allow-from",
            kind: .addressList,
            initially: .value("127.0.0.1,::1"),
            status: .pending(noUWSGI),
            since: "24.0",
            summary: "Peers that may speak uwsgi: addresses, comma-separated, or *."
        ),
    ])

    static let leniency = Setting.Section.serverMechanics.holds([
        Setting(
            "raw_paste_global_conf",
            "--paste-global",
            metavar: "CONF",
            kind: .list,
            initially: .value(.list([])),
            since: "19.7",
            summary: "KEY=VALUE for the Paste file; may be given several times.",
            details: "An equals sign in the key is written with a backslash before it."
        ),
        Setting(
            "permit_obsolete_folding",
            "--permit-obsolete-folding",
            kind: .flag,
            initially: .value(false),
            since: "23.0",
            summary: "Accept header fields that continue on the next line.",
            details: "A way to smuggle requests past a proxy that reads them differently."
        ),
        Setting(
            "strip_header_spaces",
            "--strip-header-spaces",
            kind: .flag,
            initially: .value(false),
            since: "20.0.1",
            summary: "Accept blanks between a field's name and its colon.",
            details: "A way to smuggle requests past a proxy that reads them differently."
        ),
        Setting(
            "permit_unconventional_http_method",
            "--permit-unconventional-http-method",
            kind: .flag,
            initially: .value(false),
            since: "22.0",
            summary: "Accept methods that are unusual in length, case or characters.",
            details: "Outside 3 to 20 characters, with small letters, or with `#`."
        ),
        Setting(
            "permit_unconventional_http_version",
            "--permit-unconventional-http-version",
            kind: .flag,
            initially: .value(false),
            since: "22.0",
            summary: "Accept versions other than HTTP/1.x on an HTTP/1 connection."
        ),
        Setting(
            "casefold_http_method",
            "--casefold-http-method",
            kind: .flag,
            initially: .value(false),
            since: "22.0",
            summary: "Put methods into capitals before the application sees them.",
            details: "Small letters have to be permitted as well, as unconventional methods."
        ),
        Setting(
            "forwarder_headers",
            "--forwarder-headers",
            kind: .nameList,
            initially: .value("SCRIPT_NAME,PATH_INFO"),
            since: "22.0",
            summary: "Fields with underscores that a believed proxy may set, or * for all.",
            details: "Comma-separated, in capitals. SCRIPT_NAME sets where the application is."
        ),
        Setting(
            "header_map",
            "--header-map",
            kind: .headerMap,
            initially: .value("drop"),
            since: "22.0",
            summary: "Other fields with underscores in their names: drop, refuse or dangerous.",
            details: """
                `X_Forwarded` and `X-Forwarded` are one variable to WSGI. `drop` leaves the one \
                with the underscore out, `refuse` answers 400, `dangerous` lets both through.
                """
        ),
    ])

    static let mounting = Setting.Section.serverMechanics.holds([
        Setting(
            "root_path",
            "--root-path",
            metavar: "STRING",
            kind: .text,
            initially: .value(""),
            status: .pending("The asgi worker is not built yet."),
            since: "24.0",
            summary: "Path under which an ASGI application is mounted."
        )
    ])
}
