/// The two parts of a `Host` field's value, as Gunicorn parts them for `SERVER_NAME` and
/// `SERVER_PORT` of a unix socket.
enum HostName {
    static func split(_ host: String, defaultPort: String) -> (name: String, port: String) {
        guard let colon = host.lastIndex(of: ":"), !host[colon...].contains("]") else {
            return (host, defaultPort)
        }
        return (String(host[..<colon]), String(host[host.index(after: colon)...]))
    }
}
