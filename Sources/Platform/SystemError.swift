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
