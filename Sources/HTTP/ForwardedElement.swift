/// The members of a Forwarded field: `for=192.0.2.1;proto=https, for="[2001:db8::1]:80"`
/// (RFC 7239, section 4).
enum ForwardedElement {
    /// The members of one line, without empty ones; nil where a quotation is not closed.
    static func members(_ bytes: Span<UInt8>, _ line: Range<Int>) -> [Range<Int>]? {
        var members: [Range<Int>] = []
        var start = line.lowerBound
        var index = start
        while true {
            guard let end = next(Byte.comma, bytes, index, line.upperBound) else { return nil }
            let member = ByteScan.trimmed(bytes, start..<end)
            if !member.isEmpty { members.append(member) }
            guard end < line.upperBound else { return members }
            start = end &+ 1
            index = start
        }
    }

    /// Where the value of the member's one `for` stands, without quotation marks.
    ///
    /// Nil where there is none, or two, or where any parameter is not well-formed.
    static func node(_ bytes: Span<UInt8>, _ member: Range<Int>) -> Range<Int>? {
        var found: Range<Int>?
        var start = member.lowerBound
        while start <= member.upperBound {
            guard let end = next(Byte.semicolon, bytes, start, member.upperBound) else {
                return nil
            }
            let pair = ByteScan.trimmed(bytes, start..<end)
            start = end &+ 1
            if pair.isEmpty { continue }
            guard
                let equals = ByteScan.first(
                    Byte.equals,
                    bytes,
                    from: pair.lowerBound,
                    to: pair.upperBound
                ), isToken(bytes, pair.lowerBound..<equals),
                let value = value(bytes, equals &+ 1..<pair.upperBound)
            else { return nil }
            guard ByteScan.matches(bytes, pair.lowerBound..<equals, "for") else { continue }
            guard found == nil else { return nil }
            found = value
        }
        return found
    }

    /// Where `byte` stands outside of quotations, or `end`; nil where one is not closed.
    private static func next(
        _ byte: UInt8,
        _ bytes: Span<UInt8>,
        _ start: Int,
        _ end: Int
    ) -> Int? {
        var index = start
        var isQuoted = false
        while index < end {
            switch bytes[index] {
            case Byte.quote: isQuoted.toggle()
            case Byte.backslash where isQuoted: index &+= 1
            case byte where !isQuoted: return index
            default: break
            }
            index &+= 1
        }
        return isQuoted || index > end ? nil : end
    }

    private static func isToken(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        for index in range where !ByteClass.isToken(bytes[index]) { return false }
        return !range.isEmpty
    }

    /// What a value says; one that is quoted has nothing around its quotation marks.
    private static func value(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Range<Int>? {
        guard !range.isEmpty else { return nil }
        guard bytes[range.lowerBound] == Byte.quote else {
            // Many proxies write ports and brackets without the quotation marks they need.
            for index in range {
                let byte = bytes[index]
                let isNode = byte == Byte.colon || byte == 0x5b || byte == 0x5d
                guard isNode || ByteClass.isToken(byte) else { return nil }
            }
            return range
        }
        let content = range.lowerBound &+ 1..<max(range.upperBound &- 1, range.lowerBound &+ 1)
        var index = content.lowerBound
        while index < range.upperBound, bytes[index] != Byte.quote {
            index &+= bytes[index] == Byte.backslash ? 2 : 1
        }
        return index == content.upperBound && index < range.upperBound ? content : nil
    }
}
