private import CSystem

/// A system call the kernel refused: which one, and why.
package struct SystemError: Error, Equatable {
    /// The call as the manual pages name it.
    package let call: String
    /// The positive errno.
    package let errno: Int32

    package init(call: StaticString, errno: Int32) {
        self.call = call.description
        self.errno = errno
    }
}

/// Turns the shim's convention, a result or a negated errno, into a typed throw.
///
/// The shims in `CSystem` read errno before they return, so nothing Swift does in between
/// (a retain, a release, an allocation) can change it.
package func checked(_ call: StaticString, _ result: Int32) throws(SystemError) -> Int32 {
    guard result >= 0 else { throw SystemError(call: call, errno: -result) }
    return result
}

extension SystemError: CustomStringConvertible {
    /// The kernel's words as Python prints them: `[Errno 98] Address already in use`.
    package var description: String { "[Errno \(errno)] \(words)" }

    /// The kernel's words alone.
    package var words: String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { room in
            let length = csys_error_describe(errno, room.baseAddress, room.count)
            return String(decoding: UnsafeRawBufferPointer(room).prefix(Int(length)), as: UTF8.self)
        }
    }

    // The numbers that callers decide by; they are the same on every Linux we build for.
    package static let noSuchFile: Int32 = 2
    package static let noSuchProcess: Int32 = 3
    package static let tryAgain: Int32 = 11
    package static let notPermitted: Int32 = 1
    package static let accessDenied: Int32 = 13
    package static let exists: Int32 = 17
    package static let invalidArgument: Int32 = 22
    package static let systemFileLimit: Int32 = 23
    package static let processFileLimit: Int32 = 24
    package static let badDescriptor: Int32 = 9
    package static let noChild: Int32 = 10
    package static let notSocket: Int32 = 88
    package static let addressInUse: Int32 = 98
    package static let addressNotAvailable: Int32 = 99
    package static let noSpace: Int32 = 28
    package static let connectionAborted: Int32 = 103
    package static let noBuffers: Int32 = 105
    package static let libraryMissing: Int32 = 79
}

extension SystemError {
    /// Whether the process, or the machine, has as many descriptors open as it may.
    package var isForWantOfDescriptors: Bool {
        errno == Self.processFileLimit || errno == Self.systemFileLimit
    }
}
