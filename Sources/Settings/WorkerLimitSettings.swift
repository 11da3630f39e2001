/// When a worker is replaced, and how long one request or a boot may take; not one of Gunicorn's
/// sections.
enum WorkerLimitSettings {
    static let settings = Setting.Section.workerLimits.holds(replacement + deadlines)

    private static let replacement = [
        Setting(
            "max_worker_memory",
            "--max-worker-memory",
            metavar: "BYTES",
            kind: .memorySize,
            initially: .value(0),
            status: .ours,
            summary: "Memory beyond which a worker is replaced by a new one.",
            details: """
                Bytes, with K, M or G for powers of 1024, or `auto`: the memory limit of the \
                control group, divided by the workers and the one that takes a place. The worker \
                serves until its replacement is ready and then finishes its requests; one worker \
                at a time. 0 sets no limit. See docs/worker-limits.md.
                """
        ),
        Setting(
            "worker_memory_measure",
            "--worker-memory-measure",
            metavar: "STRING",
            kind: .memoryMeasure,
            initially: .value("rss"),
            status: .ours,
            summary: "What counts as a worker's memory: rss or pss.",
            details: """
                `rss` is all that is in memory; `pss` divides what processes share among them, \
                which is fairer with `preload_app` and costs the kernel more to tell.
                """
        ),
        natural(
            "max_worker_age",
            "SECONDS",
            initially: 0,
            "Seconds after which a worker is replaced by a new one.",
            "As with `max_worker_memory`: a new one first, one at a time. 0 sets no limit."
        ),
        natural(
            "max_worker_age_jitter",
            "SECONDS",
            initially: 0,
            "Largest random number of seconds that each worker adds to max_worker_age.",
            "Spreads the replacements over that time."
        ),
    ]

    private static let deadlines = [
        natural(
            "request_timeout",
            "SECONDS",
            initially: 0,
            "Seconds that the application may take for one request.",
            """
            Afterwards the client is answered with 504, or its connection is ended where the \
            response had begun, and the log shows where the application stands. Counts in `sync` \
            and `gthread`, apart from `timeout`, and needs the guard thread. 0 sets no limit.
            """
        ),
        natural(
            "request_timeout_grace",
            "SECONDS",
            initially: 5,
            "Seconds after request_timeout in which the application has to come back.",
            "The worker of one that does not is replaced. One that does is kept."
        ),
        natural(
            "worker_boot_timeout",
            "SECONDS",
            initially: 0,
            "Seconds that a worker may take to load the application.",
            "It is aborted then, and the log shows where it stands. 0 has `timeout` decide."
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

/// How much memory a worker may use.
package enum MemoryLimit: Equatable, Sendable {
    case none
    case bytes(Int)
    /// The worker's share of what the control group may use.
    case automatic
}

extension MemoryLimit {
    /// Reads a number of bytes, with or without a letter for a power of 1024.
    ///
    /// Nil for everything else, and for what no machine has.
    static func bytes(in text: String) -> Int? {
        var digits = Substring(text)
        var factor = 1
        for (letter, size) in [("k", 1 << 10), ("m", 1 << 20), ("g", 1 << 30)]
        where text.lowercased().hasSuffix(letter) {
            digits = text.dropLast()
            factor = size
        }
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(digits)
        else { return nil }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow ? nil : bytes
    }
}

extension Settings {
    package var memoryLimit: MemoryLimit {
        switch self["max_worker_memory"] {
        case .integer(let bytes) where bytes > 0: .bytes(bytes)
        case .text: .automatic
        default: .none
        }
    }

    /// Whether what processes share counts in parts.
    package var measuresProportionalMemory: Bool { self["worker_memory_measure"] == "pss" }
    package var maxWorkerAge: Int { number("max_worker_age") }
    package var maxWorkerAgeJitter: Int { number("max_worker_age_jitter") }
    package var requestTimeout: Int { number("request_timeout") }
    package var requestTimeoutGrace: Int { number("request_timeout_grace") }
    package var workerBootTimeout: Int { number("worker_boot_timeout") }

    private func number(_ name: String) -> Int {
        if case .integer(let number) = self[name] { number } else { 0 }
    }

    /// Refuses a deadline that nobody could keep.
    package func checkRequestTimeout() throws(SettingError) {
        guard requestTimeout > 0, !hasGuardThread else { return }
        throw SettingError(
            "request_timeout needs the guard thread, which no_guard_thread does without",
            setting: "request_timeout",
            origin: origin(of: "request_timeout")
        )
    }
}

extension Check {
    func memorySize() throws(SettingError) -> SettingValue {
        switch value {
        case .none: return 0
        case .integer, .bool: return .integer(try natural())
        case .text(let text):
            let word = text.stripped
            if word.lowercased() == "auto" { return "auto" }
            guard let bytes = MemoryLimit.bytes(in: word) else {
                throw SettingError(
                    "max_worker_memory must be bytes, as in 512M, or auto, not \(pythonRepr(word))"
                )
            }
            return .integer(bytes)
        default: throw SettingError("Invalid type for casting: \(shown)")
        }
    }
}
