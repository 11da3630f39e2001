/// TLS on the listening sockets; Gunicorn calls the section SSL.
enum TLSSettings {
    private static let noTLS = Setting.Status.pending(noTLSSentence)
    private static let noTLSSentence = "TLS is not built yet: the sockets speak plain HTTP."

    static let settings = Setting.Section.tls.holds([
        Setting(
            "keyfile",
            "--keyfile",
            metavar: "FILE",
            kind: .text,
            status: .missing(noTLSSentence),
            summary: "Private key, in PEM.",
            details: "Not needed when `certfile` holds the key as well."
        ),
        Setting(
            "certfile",
            "--certfile",
            metavar: "FILE",
            kind: .text,
            status: .missing(noTLSSentence),
            summary: "Certificate chain, in PEM.",
            details: "TLS is on when this or `keyfile` is set."
        ),
        Setting(
            "ssl_version",
            "--ssl-version",
            kind: .tlsVersion,
            initially: .value(2),
            status: .meaningless("Gunicorn ignores it as well, and warns."),
            since: "deprecated in 21.0",
            summary: "Accepted and ignored; use the ssl_context hook.",
            details: "Setting it prints a warning."
        ),
        Setting(
            "cert_reqs",
            "--cert-reqs",
            kind: .writtenNatural,
            initially: .value(0),
            status: noTLS,
            summary: "Client certificates: 0 not asked for, 1 optional, 2 required.",
            details: "The numbers are those of Python's `ssl.VerifyMode`."
        ),
        Setting(
            "ca_certs",
            "--ca-certs",
            metavar: "FILE",
            kind: .text,
            status: noTLS,
            summary: "Certificates, in PEM, that client certificates are judged by."
        ),
        Setting(
            "suppress_ragged_eofs",
            "--suppress-ragged-eofs",
            kind: .flag,
            initially: .value(true),
            status: noTLS,
            summary: "Take a connection that ends without a TLS close for a normal end.",
            details: "On already, so the flag changes nothing; a config file can turn it off."
        ),
        Setting(
            "do_handshake_on_connect",
            "--do-handshake-on-connect",
            kind: .flag,
            initially: .value(false),
            status: noTLS,
            summary: "Finish the TLS handshake before anything is read."
        ),
        Setting(
            "ciphers",
            "--ciphers",
            kind: .text,
            status: noTLS,
            summary: "Ciphers to allow up to TLS 1.2, in OpenSSL's notation."
        ),
    ])
}
