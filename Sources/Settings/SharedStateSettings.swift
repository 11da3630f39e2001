/// The store that applications share among the workers; not one of Gunicorn's sections.
enum SharedStateSettings {
    static let settings = Setting.Section.sharedState.holds([
        Setting(
            "shared_memory",
            "--shared-memory",
            metavar: "BYTES",
            kind: .storeSize,
            initially: .value(.integer(16 * 1024 * 1024)),
            status: .ours,
            summary: "Memory for what the workers share by swiftcorn.shared.",
            details: """
                Bytes, with K, M or G for powers of 1024: 64K to 64G. Addresses are reserved at \
                the start; memory is taken as entries are. 0 switches the store off. A reload does \
                not change it. See docs/shared.md.
                """
        ),
        Setting(
            "shared_entries",
            "--shared-entries",
            metavar: "INT",
            kind: .natural,
            initially: .value(65_536),
            status: .ours,
            summary: "Entries that swiftcorn.shared holds at most.",
            details: """
                Beyond them, or when the memory is full, what has expired goes first, and then \
                what was not asked for lately. A reload does not change it.
                """
        ),
    ])
}

extension Settings {
    /// Bytes of the store that applications share; 0 for none.
    package var sharedMemory: Int {
        if case .integer(let bytes) = self["shared_memory"] { bytes } else { 0 }
    }

    package var sharedEntries: Int {
        if case .integer(let entries) = self["shared_entries"] { max(1, entries) } else { 1 }
    }
}

extension Check {
    private static var storeSizes: ClosedRange<Int> { 65_536...(1 << 36) }

    func storeSize() throws(SettingError) -> Int {
        var bytes = 0
        switch value {
        case .none: return 0
        case .text(let text):
            let word = text.stripped
            guard let written = MemoryLimit.bytes(in: word) else {
                throw SettingError(
                    "shared_memory must be bytes, as in 16M, not \(pythonRepr(word))"
                )
            }
            bytes = written
        default: bytes = try natural()
        }
        guard bytes == 0 || Self.storeSizes.contains(bytes) else {
            throw SettingError("shared_memory must be 0, or from 64K to 64G, not \(bytes)")
        }
        return bytes
    }
}
