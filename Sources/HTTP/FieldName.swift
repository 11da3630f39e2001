/// Recognises field names by their length and their words of eight bytes, lower-cased.
///
/// A recognised name is known to be a token, so it needs no other check.
enum FieldName {
    /// What a name is; `.other` when it is not one of ours.
    @inline(__always)
    static func kind(_ bytes: Span<UInt8>, _ name: Range<Int>) -> FieldKind {
        let start = name.lowerBound
        let length = name.count
        guard length >= 2, length <= 25, start &+ 8 <= bytes.count else {
            return shortBufferKind(bytes, name)
        }
        let words = FieldNameWords(
            first: fold(ByteScan.word(bytes, at: start)),
            second: length > 16 ? fold(ByteScan.word(bytes, at: start &+ 8)) : 0,
            third: length > 24 ? fold(ByteScan.word(bytes, at: start &+ 16)) : 0,
            last: length > 8 ? fold(ByteScan.word(bytes, at: name.upperBound &- 8)) : 0
        )
        return words.kind(length: length)
    }

    /// Near the end of the buffer eight bytes cannot be loaded at once.
    @inline(never)
    private static func shortBufferKind(_ bytes: Span<UInt8>, _ name: Range<Int>) -> FieldKind {
        guard name.count >= 2, name.count < 8, name.upperBound <= bytes.count else { return .other }
        var first: UInt64 = 0
        for index in name.reversed() { first = first &<< 8 | UInt64(bytes[index]) }
        return FieldNameWords(first: fold(first), second: 0, third: 0, last: 0)
            .kind(length: name.count)
    }

    /// Sets the bit 0x20 where the bit 0x40 is: only letters become letters by that.
    @inline(__always)
    private static func fold(_ word: UInt64) -> UInt64 {
        word | ((word & (ByteScan.ones &* 0x40)) &>> 1)
    }
}

/// A name as words: three from its start, and the eight bytes that end it; they may overlap.
private struct FieldNameWords {
    let first: UInt64
    let second: UInt64
    let third: UInt64
    let last: UInt64

    /// The names sorted by length; the compiler turns each into immediate operands.
    @inline(__always)
    func kind(length: Int) -> FieldKind {
        switch length {
        case 2: pick(.transferOptions)
        case 3: pick(.doNotTrack, .via)
        case 4: pick(.host, .date)
        case 5: pick(.range)
        case 6: pick(.accept, .cookie, .origin, .expect, .pragma)
        case 7: pick(.referer, .upgrade, .trailer)
        case 8: pick(.priority, .ifRange, .ifMatch)
        case 9: pick(.clientHints, .realIP, .forwarded)
        case 10: pick(.connection, .userAgent, .keepAlive)
        case 11: pick(.traceParent)
        case 12: pick(.contentType, .requestID)
        case 13: pick(.cacheControl, .ifNoneMatch, .authorization)
        case 14:
            pick(
                .contentLength,
                .fetchSite,
                .fetchMode,
                .fetchDestination,
                .fetchUser,
                .acceptCharset
            )
        case 15: pick(.acceptEncoding, .acceptLanguage, .forwardedFor, .forwardedSSL)
        case 16:
            pick(
                .clientHintsMobile,
                .forwardedHost,
                .forwardedPort,
                .requestedWith,
                .contentEncoding
            )
        case 17: pick(.transferEncoding, .forwardedProto, .ifModifiedSince)
        case 18: pick(.clientHintsPlatform)
        case 20: pick(.forwardedProtocol)
        case 25: pick(.upgradeInsecureRequests)
        default: .other
        }
    }

    /// The first of the kinds whose name this is.
    @inline(__always)
    private func pick(
        _ one: FieldKind,
        _ two: FieldKind = .other,
        _ three: FieldKind = .other,
        _ four: FieldKind = .other,
        _ five: FieldKind = .other,
        _ six: FieldKind = .other
    ) -> FieldKind {
        if reads(one) { return one }
        if two != .other, reads(two) { return two }
        if three != .other, reads(three) { return three }
        if four != .other, reads(four) { return four }
        if five != .other, reads(five) { return five }
        if six != .other, reads(six) { return six }
        return .other
    }

    /// Whether the name, known to be as long as that of `kind`, is that of `kind`.
    @inline(__always)
    private func reads(_ kind: FieldKind) -> Bool {
        let text = kind.name
        let length = text.utf8CodeUnitCount
        if length <= 8 {
            let unused = UInt64(8 &- length) &* 8
            return first &<< unused == Self.word(text, 0, length) &<< unused
        }
        guard first == Self.word(text, 0, 8), last == Self.word(text, length &- 8, 8) else {
            return false
        }
        if length > 16, second != Self.word(text, 8, 8) { return false }
        return length <= 24 || third == Self.word(text, 16, 8)
    }

    /// A literal's bytes as a word; a constant once compiled.
    @inline(__always)
    private static func word(_ text: StaticString, _ start: Int, _ count: Int) -> UInt64 {
        var word: UInt64 = 0
        var index = count
        while index > 0 {
            index &-= 1
            word = unsafe word &<< 8 | UInt64(text.utf8Start[start &+ index])
        }
        return word
    }
}
