/// Finds the setting that somebody meant who wrote a name that is none.
package enum NearMatch {
    /// What people write from memory: the flag's name, or the sense of the setting.
    private static let aliases: [String: String] = [
        "preload": "preload_app", "worker": "workers", "num_workers": "workers",
        "worker_processes": "workers", "bind_address": "bind", "bind_addr": "bind",
        "binds": "bind", "listen": "bind", "pid": "pidfile", "pid_file": "pidfile",
        "access_logfile": "accesslog", "access_log_file": "accesslog",
        "error_logfile": "errorlog", "error_log_file": "errorlog", "log_file": "errorlog",
        "logfile": "errorlog", "access_logformat": "access_log_format",
        "worker_type": "worker_class", "process_name": "proc_name",
        "log_config": "logconfig", "log_config_dict": "logconfig_dict",
    ]
    /// What hooks were called once, and are called elsewhere.
    private static let hookAliases: [String: String] = [
        "before_fork": "pre_fork", "after_fork": "post_fork", "before_exec": "pre_exec",
        "on_start": "on_starting", "on_ready": "when_ready", "worker_init": "post_worker_init",
    ]

    /// The setting's name, or nil when none is near enough to be meant.
    ///
    /// Two names are near when one mistyping parts them, two where the name is long.
    package static func setting(for name: String) -> String? {
        let name = name.lowercased()
        if let meant = aliases[name] { return meant }
        let plain = name.filter { $0 != "_" }
        if let same = Registry.all.first(where: { $0.name.filter { $0 != "_" } == plain }) {
            return same.name
        }
        return nearest(to: name, among: Registry.all)
    }

    /// The hook's name that a function of that name seems to have been meant for.
    package static func hook(for name: String) -> String? {
        let name = name.lowercased()
        if let meant = hookAliases[name] { return meant }
        let plain = name.filter { $0 != "_" }
        let hooks = Registry.all.filter { if case .hook = $0.kind { true } else { false } }
        let same = hooks.first { $0.name.filter { $0 != "_" } == plain }
        return same?.name ?? nearest(to: name, among: hooks)
    }

    private static func nearest(to name: String, among settings: [Setting]) -> String? {
        guard name.count >= shortest else { return nil }
        var best: (name: String, distance: Int)?
        for setting in settings {
            let distance = distance(Array(name.utf8), Array(setting.name.utf8))
            // One letter for another makes another word of a short one: find, kind, bind.
            let isShort = setting.name.count <= short
            if isShort && name.count == setting.name.count && !isSwap(name, setting.name) {
                continue
            }
            let limit = setting.name.count >= long ? 2 : 1
            if distance <= limit, distance < best?.distance ?? Int.max {
                best = (setting.name, distance)
            }
        }
        return best?.name
    }

    private static let shortest = 4
    private static let short = 6
    private static let long = 10

    /// Whether two neighbours changed places.
    private static func isSwap(_ name: String, _ other: String) -> Bool {
        name != other && name.sorted() == other.sorted()
    }

    /// How many letters were left out, added, mistaken, or swapped with their neighbour.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        if abs(left.count - right.count) > 2 { return 3 }
        var rows = [Array(0...right.count)]
        for (i, letter) in left.enumerated() {
            var row = [i + 1]
            for (j, other) in right.enumerated() {
                var least = min(rows[i][j + 1] + 1, row[j] + 1)
                least = min(least, rows[i][j] + (letter == other ? 0 : 1))
                if i > 0, j > 0, letter == right[j - 1], left[i - 1] == other {
                    least = min(least, rows[i - 1][j - 1] + 1)
                }
                row.append(least)
            }
            rows.append(row)
        }
        return rows[left.count][right.count]
    }
}
