/// What one client may cost: time, memory, disk, connections; not one of Gunicorn's sections.
enum ClientSettings {
    static let settings = Setting.Section.clients.holds(deadlines + rates + buffers + limits)

    private static let deadlines = [
        natural(
            "request_head_timeout",
            "SECONDS",
            initially: 30,
            "Seconds from the first byte of a request's head to its last.",
            """
            The whole head has to arrive in that time, however its bytes trickle in; a new \
            connection may be silent as long. A head that has begun is answered with 408, silence \
            ends without a word. 0 waits for ever.
            """
        ),
        natural(
            "request_body_timeout",
            "SECONDS",
            initially: 60,
            "Seconds that a request's body may stand still.",
            """
            Nothing of the body for so long is answered with 408. With `request_buffering` off it \
            is how long a read of `wsgi.input` waits. 0 waits for ever.
            """
        ),
        natural(
            "response_write_timeout",
            "SECONDS",
            initially: 60,
            "Seconds that a client may take nothing of its response.",
            "The connection of one that does is reset. 0 waits for ever."
        ),
    ]

    private static let rates = [
        natural(
            "request_body_min_rate",
            "BYTES",
            initially: 240,
            "Bytes a second that a request's body has to bring on average.",
            """
            Looked at once every `request_body_timeout` (60 seconds where that is 0); a body that \
            was slower is answered with 408. 0 asks for no rate.
            """
        ),
        natural(
            "response_min_rate",
            "BYTES",
            initially: 240,
            "Bytes a second that a client has to take of a response that waits for it.",
            """
            Looked at once every `response_write_timeout` (60 seconds where that is 0), and only \
            while a response waits: an application that makes its response slowly is no \
            client that reads slowly. The connection of a slower one is reset. 0 asks for no rate.
            """
        ),
    ]

    private static let buffers = [
        Setting(
            "request_buffering",
            "--no-request-buffering",
            kind: .switchOff,
            initially: .value(true),
            status: .ours,
            summary: "Call the application before the request's body has arrived.",
            details: """
                Left on, a body is complete, in memory or in a file in `tmp_upload_dir`, before \
                the application is called, so a slow client never holds a worker. With False in a \
                config file, or with the flag, the application is called when the head is \
                complete, and reads of `wsgi.input` wait for the client.
                """
        ),
        natural(
            "response_buffer_memory",
            "BYTES",
            initially: 1 << 20,
            "Bytes of one response that wait in memory for a client that reads slowly.",
            """
            What is beyond goes to a file, see `response_buffer_file`. A worker keeps 64 times as \
            much for all its connections together.
            """
        ),
        natural(
            "response_buffer_file",
            "BYTES",
            initially: 1 << 30,
            "Bytes of one response that wait in a file for a client that reads slowly.",
            """
            An unnamed file in `tmp_upload_dir`, gone when the response is sent. Only an \
            application that makes more than that ahead of its reader has to wait. 0 uses no file.
            """
        ),
    ]

    private static let limits = [
        natural(
            "limit_request_body",
            "BYTES",
            initially: 0,
            "Largest body of a request.",
            """
            A larger one is answered with 413 and does not reach the application: at once where \
            its length is announced, else as soon as it has grown beyond. 0 takes any.
            """
        ),
        natural(
            "limit_connections_per_ip",
            "INT",
            initially: 0,
            "Most connections that one address may have open to a worker.",
            """
            One more is answered with 503 and closed. Addresses of IPv6 count by their network of \
            64 bits; unix sockets do not count. It is the other end of the socket that counts, so \
            leave it at 0 behind a proxy. 0 sets no limit. The limit for all addresses together is \
            `worker_connections`.
            """
        ),
    ]

    private static func natural(
        _ name: String,
        _ metavar: String,
        initially initial: Int,
        _ summary: String,
        _ details: String
    ) -> Setting {
        Setting(
            name,
            "--" + name.split(separator: "_").joined(separator: "-"),
            metavar: metavar,
            kind: .natural,
            initially: .value(.integer(initial)),
            status: .ours,
            summary: summary,
            details: details
        )
    }
}
