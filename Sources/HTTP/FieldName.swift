/// A table of the field names the parser recognises, found by their words of eight bytes.
///
/// A recognised name is known to be a token, so it needs no other check. The table is made with the
/// parser and searched by open addressing; a name costs one multiplication and two or three
/// comparisons of words.
struct FieldNameTable: Sendable {
    /// A name in lower case, as the words that cover it; words it does not reach are zero.
    private struct Entry: Sendable {
        var first: UInt64 = 0
        var second: UInt64 = 0
        var third: UInt64 = 0
        /// The last eight bytes of a name that is longer than eight.
        var last: UInt64 = 0
        var length: Int = 0
        var kind = FieldKind.other
    }

    private static var slotCount: Int { 256 }
    private static var longestName: Int { 25 }
    private var entries: [Entry]

    init() {
        entries = Array(repeating: Entry(), count: Self.slotCount)
        for kind in FieldKind.allCases where kind != .other { insert(kind) }
    }

    private mutating func insert(_ kind: FieldKind) {
        let length = kind.name.utf8CodeUnitCount
        precondition(length > 1 && length <= Self.longestName, "a name is as long as three words")
        var entry = Entry()
        entry.kind = kind
        entry.length = length
        entry.first = Self.word(kind.name, from: 0)
        if length > 8 { entry.last = Self.word(kind.name, from: length - 8) }
        if length > 16 { entry.second = Self.word(kind.name, from: 8) }
        if length > 24 { entry.third = Self.word(kind.name, from: 16) }
        var slot = Self.slot(entry.first, length)
        while entries[slot].length != 0 { slot = (slot + 1) % Self.slotCount }
        entries[slot] = entry
    }

    /// Up to eight bytes of a name from `start` on, as a load would see them.
    private static func word(_ name: StaticString, from start: Int) -> UInt64 {
        var word: UInt64 = 0
        let end = min(start + 8, name.utf8CodeUnitCount)
        for index in (start..<end).reversed() {
            word = unsafe word << 8 | UInt64(name.utf8Start[index])
        }
        return word
    }

    @inline(__always)
    private static func slot(_ first: UInt64, _ length: Int) -> Int {
        let hash = (first ^ UInt64(truncatingIfNeeded: length)) &* 0x9e37_79b9_7f4a_7c15
        return Int(truncatingIfNeeded: hash &>> 56)
    }

    /// Sets the bit 0x20 where the bit 0x40 is: only letters become letters by that.
    @inline(__always)
    private static func fold(_ word: UInt64) -> UInt64 {
        word | ((word & (ByteScan.ones &* 0x40)) &>> 1)
    }

    /// What a name is; `.other` when it is not one of ours.
    @inline(__always)
    func kind(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> FieldKind {
        let length = end &- start
        guard length >= 2, length <= Self.longestName else { return .other }
        guard start &+ 8 <= bytes.count else { return kindNearEnd(bytes, start, end) }
        var first = ByteScan.word(bytes, at: start)
        if length < 8 {
            let unused = UInt64(truncatingIfNeeded: 64 &- length &* 8)
            first = (first &<< unused) &>> unused
        }
        first = Self.fold(first)
        var slot = Self.slot(first, length)
        while entries[slot].length != 0 {
            if entries[slot].first == first, entries[slot].length == length,
                isRest(of: entries[slot], bytes, start, end)
            {
                return entries[slot].kind
            }
            slot = (slot &+ 1) & (Self.slotCount &- 1)
        }
        return .other
    }

    /// Whether a name that agrees in its first word agrees in the others.
    @inline(__always)
    private func isRest(of entry: Entry, _ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        let length = end &- start
        if length <= 8 { return true }
        guard Self.fold(ByteScan.word(bytes, at: end &- 8)) == entry.last else { return false }
        if length <= 16 { return true }
        guard Self.fold(ByteScan.word(bytes, at: start &+ 8)) == entry.second else { return false }
        if length <= 24 { return true }
        return Self.fold(ByteScan.word(bytes, at: start &+ 16)) == entry.third
    }

    /// At the end of the bytes there are no eight to load: only short names fit there.
    @inline(never)
    private func kindNearEnd(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> FieldKind {
        guard end &- start < 8, end <= bytes.count else { return .other }
        var first: UInt64 = 0
        for index in (start..<end).reversed() { first = first &<< 8 | UInt64(bytes[index]) }
        first = Self.fold(first)
        var slot = Self.slot(first, end &- start)
        while entries[slot].length != 0 {
            if entries[slot].first == first, entries[slot].length == end &- start {
                return entries[slot].kind
            }
            slot = (slot &+ 1) & (Self.slotCount &- 1)
        }
        return .other
    }
}
