/// A run of bytes inside a buffer somebody else owns, as two offsets from the buffer's start.
///
/// 32 bits are enough because heads are bounded far below 2 GiB, and half the size keeps the table
/// of fields in fewer cache lines.
package struct ByteRange: Equatable, Sendable {
    package var start: Int32
    package var end: Int32

    /// An empty range at the start of the buffer.
    package init() {
        start = 0
        end = 0
    }

    /// Offsets that a parser has already kept below `Int32.max`.
    package init(_ start: Int, _ end: Int) {
        self.start = Int32(truncatingIfNeeded: start)
        self.end = Int32(truncatingIfNeeded: end)
    }

    package var count: Int { Int(end) &- Int(start) }
    package var isEmpty: Bool { end <= start }

    /// The same run in the standard library's words.
    package var range: Range<Int> { Int(start)..<max(Int(start), Int(end)) }
}
