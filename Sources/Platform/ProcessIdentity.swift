private import CSystem

/// A number for this process that no other process has, before or after: the kernel's number for
/// it, which is given again, and when it was started.
package enum ProcessIdentity {
    nonisolated(unsafe) private static var known: UInt64 = 0
    nonisolated(unsafe) private static var forks: UInt64 = 0

    /// This process's own; never 0.
    ///
    /// To be asked by one thread at a time. Nearly free: the kernel is asked once in each process.
    package static var own: UInt64 {
        if known != 0, forks == csys_process_forks() { return known }
        return learn()
    }

    @inline(never)
    private static func learn() -> UInt64 {
        let pid = csys_process_self()
        known = number(pid, started: facts(of: pid)?.started ?? 0)
        forks = csys_process_forks()
        return known
    }

    /// Whether the process of that number is gone for good; one that nobody has reaped yet is.
    package static func isGone(_ identity: UInt64) -> Bool {
        let pid = Int32(truncatingIfNeeded: identity >> 32)
        let started = identity & UInt64(UInt32.max)
        if csys_signal_send(pid, 0) == -SystemError.noSuchProcess { return true }
        // What is hidden from us lives: it must not be robbed.
        guard let facts = facts(of: pid) else { return false }
        if facts.state == "Z" || facts.state == "X" { return true }
        return started != 0 && number(pid, started: facts.started) != identity
    }

    private static func number(_ pid: Int32, started: UInt64) -> UInt64 {
        UInt64(UInt32(bitPattern: pid)) << 32 | started & UInt64(UInt32.max)
    }

    /// The state and the start of a process, as the kernel tells them.
    private static func facts(of pid: Int32) -> (state: Substring, started: UInt64)? {
        guard let stat = try? File.readText("/proc/\(pid)/stat", limit: 1024),
            let fields = ProcessStat.fields(of: stat),
            fields.count > 19, let started = UInt64(fields[19])
        else { return nil }
        return (fields[0], started)
    }
}
