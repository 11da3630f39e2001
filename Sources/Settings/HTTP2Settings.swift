/// HTTP/2 on the listening sockets.
enum HTTP2Settings {
    private static let noHTTP2 = Setting.Status.pending("HTTP/2 is not built yet.")

    static let settings = Setting.Section.http2.holds([
        Setting(
            "http_protocols",
            "--http-protocols",
            metavar: "STRING",
            kind: .httpProtocols,
            initially: .value("h1"),
            status: noHTTP2,
            since: "25.0",
            summary: "Protocols to offer, comma-separated, the preferred one first: h1, h2.",
            details: "Clients that do not negotiate get HTTP/1.1 in any case."
        ),
        Setting(
            "http2_cleartext",
            "--http2-cleartext",
            metavar: "STRING",
            kind: .cleartextHTTP2,
            initially: .value("off"),
            status: noHTTP2,
            since: "26.2",
            summary: "HTTP/2 without TLS: off, prior-knowledge, upgrade or both.",
            details: "Only for peers that `forwarded_allow_ips` names."
        ),
        Setting(
            "http2_max_concurrent_streams",
            "--http2-max-concurrent-streams",
            metavar: "INT",
            kind: .streamLimit,
            initially: .value(100),
            status: noHTTP2,
            since: "25.0",
            summary: "Most streams a connection may have open at once.",
            details: "At least 1."
        ),
        Setting(
            "http2_initial_window_size",
            "--http2-initial-window-size",
            metavar: "INT",
            kind: .windowSize,
            initially: .value(65535),
            status: noHTTP2,
            since: "25.0",
            summary: "Flow-control window of a new stream, in bytes.",
            details: "0 to 2147483647."
        ),
        Setting(
            "http2_max_frame_size",
            "--http2-max-frame-size",
            metavar: "INT",
            kind: .frameSize,
            initially: .value(16384),
            status: noHTTP2,
            since: "25.0",
            summary: "Largest frame payload that is accepted, in bytes.",
            details: "16384 to 16777215."
        ),
        Setting(
            "http2_max_header_list_size",
            "--http2-max-header-list-size",
            metavar: "INT",
            kind: .natural,
            initially: .value(65536),
            status: noHTTP2,
            since: "25.0",
            summary: "Largest field section after decompression, in bytes.",
            details: "0 means no limit."
        ),
    ])
}
