/// Searches that look at eight bytes at a time, in one 64-bit register.
///
/// The tests per byte are exact for the first match and may report false ones behind it, because a
/// borrow runs upwards; only the lowest match is ever used. Loads are little-endian: the first byte
/// of the text is the lowest of the word.
enum ByteScan {
    /// One in each byte.
    @inline(__always) static var ones: UInt64 { 0x0101_0101_0101_0101 }
    /// The top bit of each byte.
    @inline(__always) static var tops: UInt64 { 0x8080_8080_8080_8080 }

    /// The eight bytes at `offset`.
    ///
    /// The caller has made sure that `offset &+ 8 <= bytes.count`.
    @inline(__always)
    static func word(_ bytes: Span<UInt8>, at offset: Int) -> UInt64 {
        unsafe UInt64(
            littleEndian: bytes.bytes.unsafeLoadUnaligned(
                fromUncheckedByteOffset: offset,
                as: UInt64.self
            )
        )
    }

    /// Whether CRLF stands at `offset`.
    @inline(__always)
    static func isLineEnd(_ bytes: Span<UInt8>, at offset: Int) -> Bool {
        guard offset &+ 2 <= bytes.count else { return false }
        let pair = unsafe bytes.bytes.unsafeLoadUnaligned(
            fromUncheckedByteOffset: offset,
            as: UInt16.self
        )
        return UInt16(littleEndian: pair) == 0x0a0d
    }

    /// Marks the bytes equal to `byte`.
    @inline(__always)
    static func equal(_ word: UInt64, _ byte: UInt8) -> UInt64 {
        let difference = word ^ (ones &* UInt64(byte))
        return (difference &- ones) & ~difference & tops
    }

    /// Marks the bytes below `bound`, which is 128 at most.
    @inline(__always)
    static func below(_ word: UInt64, _ bound: UInt8) -> UInt64 {
        (word &- (ones &* UInt64(bound))) & ~word & tops
    }

    /// How many bytes stand before the first marked one.
    @inline(__always)
    static func offset(of marks: UInt64) -> Int { marks.trailingZeroBitCount &>> 3 }

    /// The first byte at or after `start` that is a control (tab included), or `bytes.count`.
    ///
    /// Most of a head is values, so this search is most of the work. (Two words a turn were tried
    /// and gain nothing; the comparisons of SIMD16 are compiled byte by byte.)
    @inline(__always)
    static func control(_ bytes: Span<UInt8>, from start: Int) -> Int {
        var index = start
        while index &+ 8 <= bytes.count {
            let word = word(bytes, at: index)
            let marks = below(word, 0x20) | equal(word, 0x7f)
            if marks != 0 { return index &+ offset(of: marks) }
            index &+= 8
        }
        while index < bytes.count, bytes[index] >= 0x20, bytes[index] != 0x7f { index &+= 1 }
        return index
    }

    /// The first byte that ends or divides a target: `?`, `#`, or one that may not be in it.
    @inline(__always)
    static func targetMark(_ bytes: Span<UInt8>, from start: Int) -> Int {
        var index = start
        while index &+ 8 <= bytes.count {
            let word = word(bytes, at: index)
            // A carry out of 0xff can only mark a byte behind one that is marked itself.
            let outside = below(word, 0x21) | (((word &+ ones) | word) & tops)
            let marks = outside | equal(word, Byte.question) | equal(word, Byte.hash)
            if marks != 0 { return index &+ offset(of: marks) }
            index &+= 8
        }
        while index < bytes.count {
            let byte = bytes[index]
            guard ByteClass.isTarget(byte), byte != Byte.question, byte != Byte.hash else { break }
            index &+= 1
        }
        return index
    }

    /// The first colon at or after `start`, or `bytes.count`.
    @inline(__always)
    static func colon(_ bytes: Span<UInt8>, from start: Int) -> Int {
        var index = start
        while index &+ 8 <= bytes.count {
            let marks = equal(word(bytes, at: index), Byte.colon)
            if marks != 0 { return index &+ offset(of: marks) }
            index &+= 8
        }
        while index < bytes.count, bytes[index] != Byte.colon { index &+= 1 }
        return index
    }

    /// The first `byte` in `start..<end`, or nil.
    static func first(
        _ byte: UInt8,
        _ bytes: Span<UInt8>,
        from start: Int,
        to end: Int
    ) -> Int? {
        var index = max(start, 0)
        let end = min(end, bytes.count)
        while index &+ 8 <= end {
            let marks = equal(word(bytes, at: index), byte)
            if marks != 0 { return index &+ offset(of: marks) }
            index &+= 8
        }
        while index < end {
            if bytes[index] == byte { return index }
            index &+= 1
        }
        return nil
    }

    /// The first line feed at or after `start`, or nil.
    static func lineFeed(_ bytes: Span<UInt8>, from start: Int) -> Int? {
        first(Byte.lineFeed, bytes, from: start, to: bytes.count)
    }

    /// Whether `range` reads as `text`, which is lower-case, whatever its own case.
    static func matches(_ bytes: Span<UInt8>, _ range: Range<Int>, _ text: StaticString) -> Bool {
        guard range.count == text.utf8CodeUnitCount, range.upperBound <= bytes.count else {
            return false
        }
        var index = 0
        while index < range.count {
            let wanted = unsafe text.utf8Start[index]
            guard ByteClass.lowered(bytes[range.lowerBound &+ index]) == wanted else {
                return false
            }
            index &+= 1
        }
        return true
    }

    /// `range` without the blanks at both ends.
    static func trimmed(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
        var start = range.lowerBound
        var end = range.upperBound
        while start < end, ByteClass.isBlank(bytes[start]) { start &+= 1 }
        while end > start, ByteClass.isBlank(bytes[end &- 1]) { end &-= 1 }
        return start..<end
    }
}
