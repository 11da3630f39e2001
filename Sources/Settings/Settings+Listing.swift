/// `--print-config`: every setting as it came out, by name, in Gunicorn's layout.
extension Settings {
    package var listing: String {
        let width = Registry.all.map(\.name.count).max() ?? 0
        return Registry.all.sorted { $0.name < $1.name }
            .map { setting in
                let padding = String(repeating: " ", count: width - setting.name.count)
                return "\(setting.name)\(padding) = \(shown(setting))\n"
            }
            .joined()
    }

    /// Where every value came from that is not a default, for beside the listing; empty for none.
    ///
    /// The listing itself keeps Gunicorn's form, which people take apart with their own tools.
    package var originListing: String {
        let named = Registry.all.map(\.name)
            .filter { $0 != "print_config" && origin(of: $0) != .builtIn }.sorted()
        let width = named.map(\.count).max() ?? 0
        return
            named
            .map { name in
                let padding = String(repeating: " ", count: width - name.count)
                return "\(name)\(padding) from \(origin(of: name).description)\n"
            }
            .joined()
    }

    /// What is not as it is by default, by name, with where it came from: for people who look at a
    /// running server, so without what may be secret.
    package var changes: [(name: String, value: String, origin: String)] {
        Registry.all.map(\.name).sorted()
            // The last follows from the application.
            .filter { !["print_config", "default_proc_name"].contains($0) }
            .filter { origin(of: $0) != .builtIn }
            .compactMap { name in
                guard let setting = Registry.setting(named: name) else { return nil }
                let value = isSecret(name) ? withoutValues(name) : plainly(setting)
                return (name, value, origin(of: name).description)
            }
    }

    /// A list without Python's marks.
    private func plainly(_ setting: Setting) -> String {
        if case .list(let items) = self[setting.name] { return items.joined(separator: ", ") }
        return shown(setting)
    }

    private func isSecret(_ name: String) -> Bool {
        ["raw_env", "raw_paste_global_conf"].contains(name)
    }

    /// A list of variables with their names only.
    private func withoutValues(_ name: String) -> String {
        guard case .list(let items) = self[name] else { return "…" }
        return items.map { item in
            item.firstIndex(of: "=").map { "\(item[..<$0])=…" } ?? "…"
        }.joined(separator: ", ")
    }

    /// Every setting in the order of its declaration, as the log shows them at level debug.
    package var dump: String {
        Registry.all.map { "\n  \($0.name): \(shown($0))" }.joined()
    }

    private func shown(_ setting: Setting) -> String {
        let value = self[setting.name]
        switch (setting.kind, value) {
        case (.hook(_, let nothing), .none): return "<\(nothing)()>"
        case (.statsdAddress, .text(let text)): return shown(statsd: text)
        case (_, .object(let handle)):
            return surroundings.qualifiedName(handle).map { "<\($0)()>" }
                ?? surroundings.objectText(handle)
        default: return value.pythonText(object: surroundings.objectText)
        }
    }

    /// Gunicorn keeps this address parsed, and shows what it keeps.
    private func shown(statsd text: String) -> String {
        if let port = text.dropping(prefix: "unix:"), let number = Int(port) {
            return "('unix', \(number))"
        }
        guard let address = try? BindAddress(parsing: text, defaultPort: Setting.statsdPort) else {
            return text
        }
        return switch address {
        case .tcp(let host, let port): "(\(pythonRepr(host)), \(port))"
        case .unix(let path): path
        case .descriptor(let number): String(number)
        }
    }
}
