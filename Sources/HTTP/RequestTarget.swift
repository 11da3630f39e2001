/// The request target: its four forms, and its path and query (RFC 9112, section 3.2).
///
/// The split follows Python's `urlsplit`, because that is what applications behind Gunicorn see:
/// the fragment ends path and query, an authority after `//` is no part of the path, and the host
/// an absolute form names is not used.
enum RequestTarget {
    /// Reads an origin form up to the byte that ends it; nil when the bytes run out.
    @inline(__always)
    static func readOriginForm(
        _ bytes: Span<UInt8>,
        from start: Int,
        _ head: inout RequestHead
    ) -> Int? {
        let mark = ByteScan.targetMark(bytes, from: start)
        guard mark < bytes.count else { return nil }
        head.path = ByteRange(start, mark)
        if bytes[mark] == Byte.question {
            return readQuery(bytes, from: mark &+ 1, &head)
        }
        if bytes[mark] == Byte.hash { return readFragment(bytes, from: mark &+ 1) }
        return mark
    }

    @inline(__always)
    private static func readQuery(
        _ bytes: Span<UInt8>,
        from start: Int,
        _ head: inout RequestHead
    ) -> Int? {
        var mark = ByteScan.targetMark(bytes, from: start)
        while mark < bytes.count, bytes[mark] == Byte.question {
            mark = ByteScan.targetMark(bytes, from: mark &+ 1)
        }
        guard mark < bytes.count else { return nil }
        head.query = ByteRange(start, mark)
        return bytes[mark] == Byte.hash ? readFragment(bytes, from: mark &+ 1) : mark
    }

    private static func readFragment(_ bytes: Span<UInt8>, from start: Int) -> Int? {
        var index = start
        while index < bytes.count, ByteClass.isTarget(bytes[index]) { index &+= 1 }
        return index < bytes.count ? index : nil
    }

    /// Reads any other form; nil when the bytes run out.
    @inline(never)
    static func readOtherForm(
        _ bytes: Span<UInt8>,
        from start: Int,
        _ head: inout RequestHead
    ) throws(Refusal) -> Int? {
        guard let end = readFragment(bytes, from: start) else { return nil }
        // A byte that may not follow a target makes the caller look for the fault.
        guard bytes[end] == Byte.space else { return end }
        guard isWellFormed(bytes, start..<end, method: head.methodKind) else {
            let lineFeed = ByteScan.lineFeed(bytes, from: end) ?? end
            throw .requestLine(ByteRange(Int(head.method.start), max(lineFeed &- 1, end)))
        }
        split(bytes, start..<end, &head)
        return end
    }

    /// Whether a target may be asked for with a method: the rules Gunicorn has, no more.
    static func isWellFormed(
        _ bytes: Span<UInt8>,
        _ target: Range<Int>,
        method: RequestMethod
    ) -> Bool {
        guard !target.isEmpty else { return false }
        for index in target where !ByteClass.isTarget(bytes[index]) { return false }
        let first = bytes[target.lowerBound]
        if first == Byte.slash { return true }
        if first == Byte.asterisk, target.count == 1 {
            return method == .options
        }
        guard method == .connect || containsAuthorityMark(bytes, target) else { return false }
        guard let authority = authority(bytes, target) else { return true }
        return authorityIsWellFormed(bytes, authority)
    }

    /// Whether `://` stands in the target.
    private static func containsAuthorityMark(_ bytes: Span<UInt8>, _ target: Range<Int>) -> Bool {
        var index = target.lowerBound
        while index &+ 2 < target.upperBound {
            if bytes[index] == Byte.colon, bytes[index &+ 1] == Byte.slash,
                bytes[index &+ 2] == Byte.slash
            {
                return true
            }
            index &+= 1
        }
        return false
    }

    /// The length of `scheme:` at the start of a target; zero when there is none.
    static func schemeLength(_ bytes: Span<UInt8>, _ target: Range<Int>) -> Int {
        let first = ByteClass.lowered(bytes[target.lowerBound])
        guard ByteClass.isLowerCase(first) else { return 0 }
        for index in target {
            let byte = bytes[index]
            if byte == Byte.colon { return index &- target.lowerBound &+ 1 }
            let isSchemeByte =
                ByteClass.isLowerCase(ByteClass.lowered(byte)) || ByteClass.isDigit(byte)
                || byte == 0x2b || byte == 0x2d || byte == 0x2e
            guard isSchemeByte else { return 0 }
        }
        return 0
    }

    /// What stands between `//` and the path, or nil.
    static func authority(_ bytes: Span<UInt8>, _ target: Range<Int>) -> Range<Int>? {
        let start = target.lowerBound &+ schemeLength(bytes, target)
        guard start > target.lowerBound, start &+ 1 < target.upperBound,
            bytes[start] == Byte.slash, bytes[start &+ 1] == Byte.slash
        else { return nil }
        var end = start &+ 2
        while end < target.upperBound, bytes[end] != Byte.slash, bytes[end] != Byte.question,
            bytes[end] != Byte.hash
        {
            end &+= 1
        }
        return start &+ 2..<end
    }

    /// Brackets have to pair, and to hold an IPv6 address or a later version's.
    private static func authorityIsWellFormed(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        let open = ByteScan.first(0x5b, bytes, from: range.lowerBound, to: range.upperBound)
        let close = ByteScan.first(0x5d, bytes, from: range.lowerBound, to: range.upperBound)
        guard let open else { return close == nil }
        guard close != nil else { return false }
        let end = ByteScan.first(0x5d, bytes, from: open, to: range.upperBound) ?? range.upperBound
        return isLiteral(bytes, open &+ 1..<max(end, open &+ 1))
    }

    /// Whether an IPv6 address, or what a later version has in its place, stands there.
    static func isLiteral(_ bytes: Span<UInt8>, _ literal: Range<Int>) -> Bool {
        if literal.count > 0, bytes[literal.lowerBound] == 0x76 {
            return isFutureLiteral(bytes, literal)
        }
        return IPAddress.parseV6(bytes, literal) != nil
    }

    /// `v`, hexadecimal digits, a dot, and something (RFC 3986, section 3.2.2).
    private static func isFutureLiteral(_ bytes: Span<UInt8>, _ literal: Range<Int>) -> Bool {
        var index = literal.lowerBound &+ 1
        while index < literal.upperBound, ByteClass.hexValue(bytes[index]) != nil { index &+= 1 }
        return index > literal.lowerBound &+ 1 && index &+ 1 < literal.upperBound
            && bytes[index] == 0x2e
    }

    /// Divides a well-formed target that is not in origin form.
    private static func split(
        _ bytes: Span<UInt8>,
        _ target: Range<Int>,
        _ head: inout RequestHead
    ) {
        let start =
            authority(bytes, target)?.upperBound
            ?? target.lowerBound &+ schemeLength(bytes, target)
        let end =
            ByteScan.first(Byte.hash, bytes, from: start, to: target.upperBound)
            ?? target.upperBound
        guard let question = ByteScan.first(Byte.question, bytes, from: start, to: end) else {
            head.path = ByteRange(start, end)
            return
        }
        head.path = ByteRange(start, question)
        head.query = ByteRange(question &+ 1, end)
    }
}
