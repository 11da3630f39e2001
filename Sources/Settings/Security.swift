/// How large a request head may be.
enum Security {
    static let settings = Setting.Section.security.holds([
        Setting(
            "limit_request_line",
            "--limit-request-line",
            metavar: "INT",
            kind: .natural,
            initially: .value(4094),
            summary: "Longest request line, in bytes.",
            details: """
                A longer one is answered 414. 0 means no limit of its own; values from 8190 up \
                count as 8190.
                """
        ),
        Setting(
            "limit_request_fields",
            "--limit-request-fields",
            metavar: "INT",
            kind: .natural,
            initially: .value(100),
            summary: "Most header fields a request may carry.",
            details: "More are answered 431. 0, or more than 32768, counts as 32768."
        ),
        Setting(
            "limit_request_field_size",
            "--limit-request-field_size",
            metavar: "INT",
            kind: .natural,
            initially: .value(8190),
            summary: "Longest header field, in bytes.",
            details: """
                Name, colon, value and line end together; a longer one is answered 431. 0 counts \
                as 8190. The flag's last word is joined by an underscore.
                """
        ),
    ])
}
