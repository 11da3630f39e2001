private import CSystem

/// What a descriptor is watched for, and what happened to it: epoll's bits.
package struct Interest: OptionSet, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// Bytes, a connection or the end of the stream have arrived.
    package static let readable = Interest(rawValue: CSYS_READABLE)
    /// The socket takes bytes again.
    package static let writable = Interest(rawValue: CSYS_WRITABLE)
    /// Reported unasked: the connection was reset.
    package static let failed = Interest(rawValue: CSYS_ERROR)
    /// Reported unasked: both sides have ended.
    package static let hangup = Interest(rawValue: CSYS_HANGUP)
    /// Of all processes that watch a shared listener, wake about one.
    package static let exclusive = Interest(rawValue: CSYS_EXCLUSIVE)
}
