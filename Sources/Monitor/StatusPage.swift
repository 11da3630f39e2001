/// The status page: one file, whole, that asks nobody else for anything.
enum StatusPage {
    /// Nothing may be loaded but what the page has in it, and its own documents.
    private static let policy =
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
        + "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
        + "frame-ancestors 'none'"

    static var reply: Reply {
        Reply(.good, bytes: PackageResources.status_html, type: "text/html; charset=utf-8")
            .with("Content-Security-Policy", policy)
            .with("Referrer-Policy", "no-referrer")
    }
}
