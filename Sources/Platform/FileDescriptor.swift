private import CSystem

/// The one owner of an open descriptor: whoever drops it closes it.
package struct FileDescriptor: ~Copyable {
    package let rawValue: Int32

    package init(owning rawValue: Int32) {
        precondition(rawValue >= 0, "a descriptor is never negative")
        self.rawValue = rawValue
    }

    deinit { _ = csys_file_close(rawValue) }

    /// Hands the descriptor to an owner the type system does not see.
    package consuming func release() -> Int32 {
        let descriptor = rawValue
        discard self
        return descriptor
    }
}

/// A pipe whose two ends belong to different processes after a fork.
package struct Pipe {
    package let readEnd: Int32
    package let writeEnd: Int32

    package init() throws(SystemError) {
        var ends: (Int32, Int32) = (-1, -1)
        let result = withUnsafeMutableBytes(of: &ends) { bytes in
            csys_pipe_create(bytes.assumingMemoryBound(to: Int32.self).baseAddress)
        }
        _ = try checked("pipe2", result)
        readEnd = ends.0
        writeEnd = ends.1
    }
}

/// A descriptor that any process holding it can make readable, to wake whoever waits for it.
package struct Bell: Sendable {
    package let descriptor: Int32

    package init() throws(SystemError) {
        descriptor = try checked("eventfd", csys_bell_create())
    }

    package func ring() { csys_bell_ring(descriptor) }
    package func silence() { csys_bell_silence(descriptor) }
}

/// Calls on descriptors that nobody owns as a value: inherited ones, and those shared over a fork.
package enum Descriptor {
    package static func close(_ descriptor: Int32) { _ = csys_file_close(descriptor) }

    /// Another number, above the standard ones, for what the descriptor has open.
    package static func duplicate(_ descriptor: Int32) throws(SystemError) -> Int32 {
        try checked("fcntl", csys_descriptor_duplicate(descriptor, 3))
    }

    /// Has the number lead to the null device from here on.
    package static func detach(_ descriptor: Int32) throws(SystemError) {
        let null = try checked("open", csys_file_open_null())
        defer { close(null) }
        try File.replace(descriptor, with: null)
    }

    /// Gives what the descriptors have open the numbers from `first` on, in their order; whatever
    /// had those numbers is closed.
    package static func arrange(
        _ descriptors: [Int32],
        from first: Int32
    ) throws(SystemError) {
        let targets = descriptors.indices.map { first + Int32($0) }
        guard descriptors != targets else { return }
        var copies: [Int32] = []
        for descriptor in descriptors {
            // Above all of them, so that none is overwritten before it was moved.
            let least = first + Int32(descriptors.count)
            let copy = csys_descriptor_duplicate(descriptor, least)
            copies.append(try checked("fcntl", copy))
        }
        for (target, copy) in zip(targets, copies) {
            try File.replace(target, with: copy)
            close(copy)
        }
    }

    package static func setInherited(_ descriptor: Int32, _ wanted: Bool) {
        _ = csys_file_set_inherited(descriptor, wanted ? 1 : 0)
    }

    package static func setNonBlocking(_ descriptor: Int32, _ wanted: Bool = true) {
        _ = csys_file_set_nonblocking(descriptor, wanted ? 1 : 0)
    }

    /// Whether something is there to be read, or the other side has ended.
    package static func isReadable(_ descriptor: Int32) -> Bool {
        withUnsafePointer(to: descriptor) { csys_file_wait($0, 1, 0) } > 0
    }

    /// Waits until one of at most eight descriptors is readable or its other side closed.
    ///
    /// A signal or the end of the time are answers too: the caller looks at everything anyway.
    package static func wait(for descriptors: [Int32], milliseconds: Int32) {
        _ = descriptors.withUnsafeBufferPointer { list in
            csys_file_wait(list.baseAddress, Int32(list.count), milliseconds)
        }
    }
}
