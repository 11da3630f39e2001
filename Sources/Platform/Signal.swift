private import CSystem

/// A signal by number, with the name the kernel's manual gives it.
package struct Signal: RawRepresentable, Equatable, Hashable, Sendable {
    package let rawValue: Int32

    package init(rawValue: Int32) { self.rawValue = rawValue }

    package static let hangUp = Signal(rawValue: 1)
    package static let interrupt = Signal(rawValue: 2)
    package static let quit = Signal(rawValue: 3)
    package static let abort = Signal(rawValue: 6)
    package static let kill = Signal(rawValue: 9)
    package static let user1 = Signal(rawValue: 10)
    package static let segmentationFault = Signal(rawValue: 11)
    package static let user2 = Signal(rawValue: 12)
    package static let terminate = Signal(rawValue: 15)
    package static let child = Signal(rawValue: 17)
    package static let stop = Signal(rawValue: 19)
    package static let inputOffered = Signal(rawValue: 21)
    package static let outputOffered = Signal(rawValue: 22)
    package static let windowChanged = Signal(rawValue: 28)
    /// Has a thread write where it stands to the error log: a real-time signal, which nobody else
    /// has a use for.
    package static let whereabouts = Signal(rawValue: 62)

    /// The names of 1 to 31 on Linux (x86 and ARM agree).
    private static let names = [
        "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2",
        "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG",
        "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ]

    /// `SIGTERM`; real-time signals have only a number.
    package var name: String {
        let names = Signal.names
        guard rawValue >= 1 && rawValue <= names.count else { return "signal \(rawValue)" }
        return "SIG" + names[Int(rawValue) - 1]
    }

    /// Sends this signal; the error says when there is no such process.
    package func send(to pid: Int32) throws(SystemError) {
        precondition(pid > 1 || pid < -1, "a signal to everybody, or to process 1, is a mistake")
        _ = try checked("kill", csys_signal_send(pid, rawValue))
    }

    /// Sends this signal to one thread of this process; one that is gone gets none.
    package func send(toThread thread: Int32) { _ = csys_thread_signal(thread, rawValue) }

    /// Whether a process of this number exists, ours to signal or not.
    package static func exists(_ pid: Int32) -> Bool {
        guard pid > 0 else { return false }
        let result = csys_signal_send(pid, 0)
        return result == 0 || result == -SystemError.notPermitted
    }

    /// Gives the signal its default action in this process.
    package func reset() { _ = csys_signal_default(rawValue) }

    /// Ignores the signal in this process.
    package func ignore() { _ = csys_signal_ignore(rawValue) }

    /// Holds back what asks a worker for something: from before a fork to where the child has its
    /// handlers, or the default action would end it for a request to end in good order.
    package static func hold() { csys_signal_hold() }

    /// Lets through what was held back.
    package static func letThrough() { csys_signal_let_through() }
}

/// The signals that arrived and that nobody has looked at yet: counted by the handlers, so that a
/// storm costs nothing and loses nothing but how often.
///
/// There is one inbox per process. The handlers only count and write the descriptor: everything
/// else happens where the loop reads it. A fork gives the child none of it.
package struct SignalInbox: Sendable {
    /// Readable when a watched signal arrived.
    package let descriptor: Int32
    private let watched: [Signal]

    package init(watching signals: [Signal]) throws(SystemError) {
        descriptor = try checked("eventfd", csys_signal_open())
        watched = signals
        for signal in signals {
            _ = try checked("sigaction", csys_signal_watch(signal.rawValue))
        }
    }

    /// Makes the descriptor wait again.
    ///
    /// First this, then `take`: what arrives between is kept.
    package func silence() { csys_signal_drain() }

    /// Takes it down as if it had arrived so often; whoever says so looks for it by itself.
    package func add(_ signal: Signal, times count: Int) {
        csys_signal_add(signal.rawValue, UInt32(clamping: count))
    }

    /// How often the signal arrived since it was last asked for.
    package func take(_ signal: Signal) -> Int { Int(csys_signal_take(signal.rawValue)) }
}
