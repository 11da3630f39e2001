/// What is said of a client that goes away in the middle of a request's head.
package enum PrematureEnd {
    /// So much of what it sent is shown at most.
    private static let shownAtMost = 1024

    /// The line for the log: it shows what came last, behind the request line where that is whole.
    package static func text(_ bytes: Span<UInt8>) -> String {
        var start = 0
        for index in bytes.indices.dropLast()
        where bytes[index] == Byte.carriageReturn && bytes[index + 1] == Byte.lineFeed {
            start = index + 2
            break
        }
        let end = min(bytes.count, start + shownAtMost)
        var text = ByteWriter(capacity: 256)
        PythonText(isUTF8: true).write(
            "Ignored premature client disconnection. No more data after: b",
            bytes,
            ByteRange(start, end),
            isBytes: true,
            &text
        )
        return unsafe String(decoding: text.bytes, as: UTF8.self)
    }
}
