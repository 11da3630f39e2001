/// How messages stand in the stream of a control socket: four bytes of length, the most
/// significant first, and as many bytes of JSON.
package enum ControlFrame {
    /// Bytes before each message.
    package static let headBytes = 4
    /// The longest message that is taken; a request has a few words.
    package static let longestRequest = 65_536

    /// What stands at the beginning of the bytes that have arrived.
    package enum Outcome: Equatable, Sendable {
        /// Not all of it is there yet.
        case more
        /// A whole message, in these bytes.
        case message(Range<Int>)
        /// It announces more than anybody has to say.
        case tooLong
    }

    /// Looks for a message at the beginning.
    package static func first(in bytes: [UInt8]) -> Outcome {
        guard bytes.count >= headBytes else { return .more }
        let length = bytes[..<headBytes].reduce(0) { $0 << 8 | Int($1) }
        guard length <= longestRequest else { return .tooLong }
        guard bytes.count - headBytes >= length else { return .more }
        return .message(headBytes..<headBytes + length)
    }

    /// A message with its length before it.
    package static func framed(_ text: String) -> [UInt8] {
        let content = text.utf8
        precondition(content.count <= Int(UInt32.max), "an answer longer than can be said")
        let length = UInt32(content.count)
        return stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: length >> $0) }
            + content
    }
}
