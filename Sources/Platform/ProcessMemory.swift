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
