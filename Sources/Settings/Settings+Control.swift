/// The control socket.
extension Settings {
    /// Where the server is controlled through; nil where it shall not be.
    ///
    /// Gunicorn opens its socket everywhere. In a container nobody looks for one, and nothing may
    /// be written: there it has to be asked for.
    package var controlSocket: String? {
        guard !isControlDisabled, case .text(let path) = self["control_socket"], !path.isEmpty
        else { return nil }
        let isAsked: Bool =
            switch origin(of: "control_socket") {
            case .builtIn, .environmentVariable("XDG_RUNTIME_DIR"): false
            default: true
            }
        // Where there is no home there is no place by default.
        guard isAsked || !(surroundings.isContainer || path.hasPrefix("~")) else { return nil }
        return absolutePath(path, in: chdir)
    }

    package var isControlDisabled: Bool { self["control_socket_disable"] == .bool(true) }

    package var controlSocketMode: Int {
        if case .integer(let mode) = self["control_socket_mode"] { mode } else { 0o600 }
    }
}

extension Surroundings {
    /// Says whether this is a container where the signs are wrong: `yes` or `no`.
    package static let containerVariable = "SWIFTCORN_CONTAINER"

    /// Whether this process runs in a container, by the signs that the usual engines leave.
    package var isContainer: Bool {
        switch environment[Self.containerVariable] {
        case "yes": return true
        case "no": return false
        default: break
        }
        if let engine = environment["container"], !engine.isEmpty { return true }
        if environment["KUBERNETES_SERVICE_HOST"] != nil { return true }
        return fileExists("/.dockerenv") || fileExists("/run/.containerenv")
    }
}
