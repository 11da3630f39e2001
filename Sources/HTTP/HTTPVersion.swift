/// The protocol version of a message, as its two digits (RFC 9112, section 2.3).
package struct HTTPVersion: Equatable, Comparable, Sendable {
    package var major: UInt8
    package var minor: UInt8

    package init(major: UInt8, minor: UInt8) {
        self.major = major
        self.minor = minor
    }

    package static let http10 = HTTPVersion(major: 1, minor: 0)
    package static let http11 = HTTPVersion(major: 1, minor: 1)

    package static func < (left: HTTPVersion, right: HTTPVersion) -> Bool {
        left.major == right.major ? left.minor < right.minor : left.major < right.major
    }
}
