private import CSystem

/// How a process ended.
package enum Exit: Equatable, Sendable {
    case status(Int32)
    case signal(Signal)
}

/// Making processes and collecting them.
package enum Child {
    /// Forks with signals blocked meanwhile; 0 in the child, which has default signal actions.
    package static func fork() throws(SystemError) -> Int32 {
        try checked("fork", csys_process_fork())
    }

    /// Collects one ended child without waiting; nil when none has ended (or none is left).
    package static func reap(_ which: Int32 = -1) -> Ended? {
        var signalled: Int32 = 0
        var value: Int32 = 0
        var used: UInt64 = 0
        let pid = csys_process_reap(which, &signalled, &value, &used)
        guard pid > 0 else { return nil }
        let exit = signalled != 0 ? Exit.signal(Signal(rawValue: value)) : .status(value)
        return Ended(pid: pid, exit: exit, processorTime: used)
    }

    /// A child that was collected.
    package struct Ended {
        package let pid: Int32
        package let exit: Exit
        /// Nanoseconds of processor time it has used, with its own children's.
        package let processorTime: UInt64
    }
}

/// The process this code runs in.
package enum CurrentProcess {
    package static var pid: Int32 { csys_process_self() }
    package static var parent: Int32 { csys_process_parent() }
    /// The kernel's number of the thread that asks.
    package static var thread: Int32 { csys_thread_self() }

    /// Ends the process at once; nothing is flushed and nobody is told.
    package static func leave(status: Int32) -> Never { csys_process_leave(status) }

    /// Makes orphans among our descendants ours to reap.
    package static func adoptOrphans() { _ = csys_process_adopt_orphans(1) }

    /// Asks the kernel for a signal when the parent ends.
    ///
    /// Off unless asked for: the kernel means the parent's *thread*, and an application's threads
    /// may fork.
    package static func setDeathSignal(_ signal: Signal?) {
        _ = csys_process_set_death_signal(signal?.rawValue ?? 0)
    }

    @discardableResult
    package static func setMask(_ mask: UInt32) -> UInt32 { UInt32(csys_process_set_mask(mask)) }

    package static func enter(directory: String) throws(SystemError) {
        _ = try checked("chdir", csys_process_enter(directory))
    }

    package static func detach() throws(SystemError) {
        _ = try checked("setsid", csys_process_detach())
    }

    /// Who shows titles instead, with more room for them: set once, before the first.
    nonisolated(unsafe) package static var titleWriter: ((String) -> Void)?

    /// Shows a title in `ps`.
    ///
    /// It is written over the command line and is the short name too. One that is longer goes on
    /// over the environment's first strings, which are moved away before that.
    package static func setTitle(_ title: String) {
        if let titleWriter { return titleWriter(title) }
        _ = csys_process_set_title(title)
    }
}

/// A user and a group to act as.
package struct Identity: Equatable, Sendable {
    package var user: UInt32
    package var group: UInt32

    package init(user: UInt32, group: UInt32) {
        self.user = user
        self.group = group
    }

    package static var current: Identity {
        Identity(user: UInt32(csys_process_user()), group: UInt32(csys_process_group()))
    }

    /// Takes this identity for good: supplementary groups, then the group, then the user.
    ///
    /// Root's numbers and those the process already has are left as they are, as in Gunicorn; a
    /// user who has no name has no supplementary groups to take.
    package func assume(withSupplementaryGroups: Bool) throws(SystemError) {
        let now = Identity.current
        if group != 0 && (withSupplementaryGroups || group != now.group) {
            if withSupplementaryGroups {
                let taken = csys_process_take_groups(user, group)
                if taken != -SystemError.noSuchFile { _ = try checked("initgroups", taken) }
            }
            if group != now.group { _ = try checked("setgid", csys_process_set_group(group)) }
        }
        if user != 0 && user != now.user {
            _ = try checked("setuid", csys_process_set_user(user))
        }
    }
}
