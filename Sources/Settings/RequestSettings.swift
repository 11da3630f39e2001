/// How requests are read and answered, beyond what Gunicorn lets anybody choose.
enum RequestSettings {
    static let settings = Setting.Section.requests.holds([
        Setting(
            "http_strict",
            "--http-strict",
            kind: .flag,
            initially: .value(false),
            status: .ours,
            summary: "Refuse what RFC 9110 and RFC 9112 forbid and Gunicorn lets pass.",
            details: """
                A request of HTTP/1.1 without Host, a Host that is malformed or that contradicts \
                the target, a fragment in a target, and more: docs/http.md lists it.
                """
        ),
        Setting(
            "real_ip_header",
            "--real-ip-header",
            metavar: "FIELD",
            kind: .realIPHeader,
            initially: .value("off"),
            status: .ours,
            summary: "Field that tells the client's address: off, X-Forwarded-For or Forwarded.",
            details: """
                The field is read from the right as long as `forwarded_allow_ips` names whoever \
                passed it on; the first address it does not name becomes REMOTE_ADDR and the \
                access log's `h`. REMOTE_PORT is the port reported with it, or 0.
                """
        ),
        Setting(
            "server_header",
            "--server-header",
            metavar: "TEXT",
            kind: .serverHeader,
            initially: .value("gunicorn"),
            status: .ours,
            summary: "What the Server field of responses says, or off to leave the field out.",
            details: "Printable ASCII. `--server-header=off` sends no such field."
        ),
    ])
}
