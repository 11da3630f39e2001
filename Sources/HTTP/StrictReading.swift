/// What `http_strict` asks of a head beyond Gunicorn's rules; docs/http.md lists it.
///
/// It runs once, behind the empty line, so the reading of a head pays one test for it.
enum StrictReading {
    static func judge(_ bytes: Span<UInt8>, _ head: inout RequestHead) throws(Refusal) {
        try judgeTarget(bytes, head)
        try judgeHost(bytes, head)
        // A later 1.x is read as the highest one that is spoken here, and answered in it
        // (RFC 9110, section 2.5).
        if head.version.major == 1, head.version.minor > 1 { head.version = .http11 }
    }

    /// RFC 9112, section 3.2: a target has no fragment, and its form fits its method.
    private static func judgeTarget(
        _ bytes: Span<UInt8>,
        _ head: borrowing RequestHead
    ) throws(Refusal) {
        let target = head.target.range
        // `HTTP/1.1` and one space follow the target of every line that was read.
        let line = Refusal.requestLine(ByteRange(Int(head.method.start), target.upperBound &+ 9))
        guard
            ByteScan.first(Byte.hash, bytes, from: target.lowerBound, to: target.upperBound) == nil
        else { throw line }
        if head.isConnect {
            guard let parts = Authority(bytes, target), !parts.host.isEmpty,
                let port = parts.port, port > 0
            else { throw line }
            return
        }
        let first = bytes[target.lowerBound]
        guard first != Byte.slash, first != Byte.asterisk else { return }
        guard isWebURI(bytes, target) else { throw line }
    }

    /// Whether an absolute form is of the web, with a host and without a user's name
    /// (RFC 9110, sections 4.2.1 and 4.2.4).
    private static func isWebURI(_ bytes: Span<UInt8>, _ target: Range<Int>) -> Bool {
        let length = RequestTarget.schemeLength(bytes, target)
        let scheme = target.lowerBound..<target.lowerBound &+ length
        guard ByteScan.matches(bytes, scheme, "http:") || ByteScan.matches(bytes, scheme, "https:"),
            let range = RequestTarget.authority(bytes, target),
            let authority = Authority(bytes, range)
        else { return false }
        return !authority.host.isEmpty
    }

    /// RFC 9112, section 3.2: one Host, well-formed, and the one that the target names.
    private static func judgeHost(
        _ bytes: Span<UInt8>,
        _ head: borrowing RequestHead
    ) throws(Refusal) {
        guard head.hostField >= 0 else {
            guard head.version < .http11 else { throw .missingHost }
            return
        }
        let host = head.fields[head.hostField]
        guard Authority(bytes, host.value.range) != nil else { throw .fieldValue(host.name) }
        let target = head.target.range
        let named = head.isConnect ? target : RequestTarget.authority(bytes, target)
        guard let named, bytes[target.lowerBound] != Byte.slash else { return }
        guard isSame(bytes, named, host.value.range) else { throw .fieldValue(host.name) }
    }

    private static func isSame(_ bytes: Span<UInt8>, _ one: Range<Int>, _ other: Range<Int>) -> Bool
    {
        guard one.count == other.count else { return false }
        for index in 0..<one.count {
            let left = ByteClass.lowered(bytes[one.lowerBound &+ index])
            guard left == ByteClass.lowered(bytes[other.lowerBound &+ index]) else { return false }
        }
        return true
    }
}

/// `host[:port]` as the Host field and two forms of the target have it (RFC 3986, section 3.2).
struct Authority: Equatable {
    var host: Range<Int>
    /// Nil where none is given; one that is given is at most 65535.
    var port: Int?

    /// Nil where the bytes do not follow the grammar; an empty host is a host.
    init?(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        guard range.upperBound <= bytes.count else { return nil }
        var index = range.lowerBound
        if index < range.upperBound, bytes[index] == 0x5b {
            guard let end = ByteScan.first(0x5d, bytes, from: index, to: range.upperBound),
                RequestTarget.isLiteral(bytes, index &+ 1..<end)
            else { return nil }
            index = end &+ 1
        } else {
            guard Self.skipName(bytes, &index, range.upperBound) else { return nil }
        }
        host = range.lowerBound..<index
        guard index < range.upperBound else { return }
        guard bytes[index] == Byte.colon else { return nil }
        let digits = index &+ 1..<range.upperBound
        guard !digits.isEmpty else { return }
        guard let number = BodyFraming.decimal(bytes, digits), number <= 65535 else { return nil }
        port = number
    }

    /// Moves behind a registered name; false where a percent sign encodes nothing.
    private static func skipName(_ bytes: Span<UInt8>, _ index: inout Int, _ end: Int) -> Bool {
        while index < end, bytes[index] != Byte.colon {
            if bytes[index] == Byte.percent {
                guard end &- index > 2, ByteClass.hexValue(bytes[index &+ 1]) != nil,
                    ByteClass.hexValue(bytes[index &+ 2]) != nil
                else { return false }
                index &+= 3
                continue
            }
            guard ByteClass.isNameOfHost(bytes[index]) else { return false }
            index &+= 1
        }
        return true
    }
}

extension ByteClass {
    /// The letters, digits and ``-._~!$&'()*+,;=`` of a registered name (RFC 3986, section 3.2.2).
    static func isNameOfHost(_ byte: UInt8) -> Bool {
        if isDigit(byte) || isLowerCase(lowered(byte)) { return true }
        switch byte {
        case 0x2d, 0x2e, 0x5f, 0x7e, 0x21, 0x24, 0x26...0x2c, 0x3b, 0x3d: return true
        default: return false
        }
    }
}
