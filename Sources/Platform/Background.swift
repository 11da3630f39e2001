private import CSystem

/// Leaving the terminal for the background.
package enum Background {
    /// Goes on in a grandchild that no terminal can reach; whoever called ends with 0.
    ///
    /// - Parameters:
    ///   - keepsStreams: whether standard output and error stay, unless they are terminals.
    ///   - fork: makes a child, with whatever has to be done around a fork.
    /// - Throws: what the kernel refused.
    package static func enter(
        keepsStreams: Bool,
        fork: () throws(SystemError) -> Int32
    ) throws(SystemError) {
        if try fork() != 0 { CurrentProcess.leave(status: 0) }
        try CurrentProcess.detach()
        // The leader of a session could still be given a terminal; its child cannot.
        if try fork() != 0 { CurrentProcess.leave(status: 0) }
        CurrentProcess.setMask(0o022)
        let null = try checked("open", csys_file_open_null())
        defer { Descriptor.close(null) }
        for stream: Int32 in 0...2 {
            if stream > 0, keepsStreams, csys_file_is_terminal(stream) == 0 { continue }
            try File.replace(stream, with: null)
        }
    }
}
