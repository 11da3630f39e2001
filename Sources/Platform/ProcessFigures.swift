import Glibc

/// What the kernel says of a process: memory and processor time.
package struct ProcessFigures: Equatable, Sendable {
    package let residentBytes: UInt64
    /// Nanoseconds, of all its threads, without its children.
    package let processorTime: UInt64

    /// Nil for a process that is gone, or that we may not look at.
    package init?(of pid: Int32) {
        guard pid > 0,
            let memory = try? File.readText("/proc/\(pid)/statm", limit: 256),
            let stat = try? File.readText("/proc/\(pid)/stat", limit: 1024)
        else { return nil }
        self.init(statm: memory, stat: stat)
    }

    /// The same from the texts of `statm` and `stat`.
    init?(statm: String, stat: String) {
        let pages = statm.split(separator: " ")
        guard pages.count > 1, let resident = UInt64(pages[1]),
            let fields = ProcessStat.fields(of: stat),
            fields.count > 12, let user = UInt64(fields[11]), let system = UInt64(fields[12])
        else { return nil }
        residentBytes = resident * UInt64(max(1, sysconf(Int32(_SC_PAGESIZE))))
        let ticks = UInt64(max(1, sysconf(Int32(_SC_CLK_TCK))))
        processorTime = (user + system) * Clock.nanosecondsPerSecond / ticks
    }
}
