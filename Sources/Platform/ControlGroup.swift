/// What the control group of this process may use.
package enum ControlGroup {
    /// Bytes of memory, the least of the group's own limit and those of the groups above it; nil
    /// where none of them has one.
    package static var memoryLimit: UInt64? { memoryLimit(read: text) }

    /// How many processors' time, in thousandths, the least as with memory; nil for any number.
    package static var processorQuota: UInt64? { processorQuota(read: text) }

    /// The same, of files as somebody else reads them.
    static func memoryLimit(read: (String) -> String?) -> UInt64? {
        let limits = folders(of: "memory", read: read).compactMap { folder -> UInt64? in
            let file = folder.isUnified ? "memory.max" : "memory.limit_in_bytes"
            guard let bytes = number(read("\(folder.path)/\(file)")) else { return nil }
            return bytes < mostOfAny ? bytes : nil
        }
        return limits.min()
    }

    static func processorQuota(read: (String) -> String?) -> UInt64? {
        let quotas = folders(of: "cpu", read: read).compactMap { folder -> UInt64? in
            if folder.isUnified { return quota(in: read("\(folder.path)/cpu.max")) }
            let quota = read("\(folder.path)/cpu.cfs_quota_us") ?? ""
            let period = read("\(folder.path)/cpu.cfs_period_us") ?? ""
            return self.quota(in: "\(quota) \(period)")
        }
        return quotas.min()
    }

    /// Microseconds of processor time and those of the period in which they may be used.
    ///
    /// Version 1 writes -1 and version 2 `max` for no limit.
    private static func quota(in text: String?) -> UInt64? {
        let words = (text ?? "").split(whereSeparator: \.isWhitespace)
        guard words.count == 2, let time = UInt64(words[0]), let period = UInt64(words[1]),
            time > 0, period > 0
        else { return nil }
        let (thousandfold, overflow) = time.multipliedReportingOverflow(by: 1000)
        return overflow ? nil : max(1, thousandfold / period)
    }

    private static func number(_ text: String?) -> UInt64? {
        (text ?? "").split(whereSeparator: \.isWhitespace).first.flatMap { UInt64($0) }
    }

    private static func text(_ path: String) -> String? { try? File.readText(path, limit: 4096) }

    /// Version 1 writes a number near 2 to the 63rd for no limit.
    private static let mostOfAny: UInt64 = 1 << 60
}

// MARK: Where the files are

extension ControlGroup {
    private struct Folder {
        var path: String
        /// Of version 2, which has one tree for all controllers.
        var isUnified: Bool
    }

    /// The folders of the group and of those above it, in both versions.
    private static func folders(
        of controller: Substring,
        read: (String) -> String?
    ) -> [Folder] {
        var folders: [Folder] = []
        for line in (read("/proc/self/cgroup") ?? "").split(separator: "\n") {
            // A number, the controllers (none in version 2) and the group's path.
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let isUnified = parts[0] == "0" && parts[1].isEmpty
            guard isUnified || parts[1].split(separator: ",").contains(controller) else { continue }
            // The hierarchy of version 1 lies under the name of its controller, or has a link there
            // where it holds several.
            let base = isUnified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/\(controller)"
            folders += lineage(of: parts[2]).map { Folder(path: base + $0, isUnified: isUnified) }
        }
        return folders
    }

    /// A path and all those above it, without a slash at the end: the root is an empty text.
    ///
    /// The root counts too: in a container it is the container's own group.
    private static func lineage(of path: Substring) -> [String] {
        var folders = [""]
        for name in path.split(separator: "/") {
            folders.append((folders.last ?? "") + "/" + name)
        }
        return folders
    }
}
