private import CSystem

/// How much memory a process has, as the kernel counts it.
package enum ProcessMemory {
    /// What counts.
    package enum Measure: Sendable {
        /// All that is in memory.
        case resident
        /// The same, but what processes share counts in parts.
        case proportional
    }

    /// Bytes of that process.
    ///
    /// The error says that the process is gone, or that its memory is not for us to see: the
    /// proportional measure of another user's process takes the right to trace it.
    package static func bytes(
        of process: Int32,
        by measure: Measure
    ) throws(SystemError) -> UInt64 {
        switch measure {
        case .resident:
            let text = try File.readText("/proc/\(process)/statm", limit: 256)
            return residentPages(in: text) * UInt64(csys_memory_page_size())
        case .proportional:
            let text = try File.readText("/proc/\(process)/smaps_rollup", limit: 4096)
            return proportionalBytes(in: text)
        }
    }

    /// The second number of `statm`.
    static func residentPages(in text: String) -> UInt64 {
        let numbers = text.split(separator: " ", maxSplits: 2)
        return numbers.count > 1 ? UInt64(numbers[1]) ?? 0 : 0
    }

    /// The line `Pss:` of `smaps_rollup`, which counts in kibibytes.
    static func proportionalBytes(in text: String) -> UInt64 {
        let line = text.split(separator: "\n").first { $0.hasPrefix("Pss:") }
        let words = line?.split(separator: " ") ?? []
        return words.count > 1 ? (UInt64(words[1]) ?? 0) << 10 : 0
    }
}

/// What the control group of this process may use.
package enum ControlGroup {
    /// Bytes of memory, the least of the group's own limit and those of the groups above it; nil
    /// where none of them has one.
    package static var memoryLimit: UInt64? {
        memoryLimit { try? File.readText($0, limit: 4096) }
    }

    /// The same, of files as somebody else reads them.
    static func memoryLimit(read: (String) -> String?) -> UInt64? {
        guard let groups = read("/proc/self/cgroup") else { return nil }
        var limits: [UInt64] = []
        for line in groups.split(separator: "\n") {
            // A number, the controllers (none in version 2) and the group's path.
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let isUnified = parts[0] == "0" && parts[1].isEmpty
            let isMemory = parts[1].split(separator: ",").contains("memory")
            guard isUnified || isMemory else { continue }
            let base = isUnified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory"
            let file = isUnified ? "memory.max" : "memory.limit_in_bytes"
            for folder in folders(above: parts[2]) {
                guard let text = read("\(base)\(folder)/\(file)") else { continue }
                let word = text.split(whereSeparator: \.isWhitespace).first ?? ""
                if let bytes = UInt64(word), bytes < mostOfAny { limits.append(bytes) }
            }
        }
        return limits.min()
    }

    /// Version 1 writes a number near 2 to the 63rd for no limit.
    private static let mostOfAny: UInt64 = 1 << 60

    /// A path and all those above it, without a slash at the end: the root is an empty text.
    ///
    /// The root counts too: in a container it is the container's own group.
    private static func folders(above path: Substring) -> [String] {
        var folders = [""]
        for name in path.split(separator: "/") {
            folders.append((folders.last ?? "") + "/" + name)
        }
        return folders
    }
}
