/// Decides where the content of a request ends: the one place where smuggling could begin.
///
/// RFC 9112, section 6.3, read strictly: whatever a front end could read in another way is refused.
enum BodyFraming {
    static func decide(
        _ bytes: Span<UInt8>,
        _ head: inout RequestHead,
        isStrict: Bool
    ) throws(Refusal) {
        guard !head.repeatsContentLength else { throw .framing(.contentLength) }
        guard head.transferEncodingField < 0 else {
            try readTransferCodings(bytes, &head, isStrict)
            // A 1.0 client cannot have meant it, and a length beside it is a trap.
            guard head.version >= .http11 else { throw .framing(.transferEncoding) }
            guard head.contentLengthField < 0 else { throw .framing(.contentLength) }
            head.framing = .chunked
            return
        }
        guard head.contentLengthField >= 0 else {
            head.framing = .none
            return
        }
        let value = head.fields[head.contentLengthField].value
        guard let length = decimal(bytes, value.range) else { throw .framing(.contentLength) }
        head.framing = .length(length)
    }

    /// Digits and nothing else: no sign, no blank, no list, nothing that overflows.
    static func decimal(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
        guard !range.isEmpty, range.upperBound <= bytes.count else { return nil }
        var number = 0
        var index = range.lowerBound
        while index < range.upperBound {
            let digit = bytes[index] &- 0x30
            guard digit < 10 else { return nil }
            let (product, tooLarge) = number.multipliedReportingOverflow(by: 10)
            let (sum, overflow) = product.addingReportingOverflow(Int(digit))
            guard !tooLarge, !overflow else { return nil }
            number = sum
            index &+= 1
        }
        return number
    }

    /// The codings of all Transfer-Encoding fields together; chunked has to be the last, once.
    @inline(never)
    private static func readTransferCodings(
        _ bytes: Span<UInt8>,
        _ head: inout RequestHead,
        _ isStrict: Bool
    ) throws(Refusal) {
        var isChunked = false
        var index = head.transferEncodingField
        while index < head.fields.count {
            let field = head.fields[index]
            index &+= 1
            guard field.kind == .transferEncoding else { continue }
            var list = ListMembers(field.value.range)
            while let coding = list.next(bytes) {
                switch transferCoding(bytes, coding) {
                // What is not decoded is not understood (RFC 9112, section 6.1).
                case .identity where isStrict, .compression where isStrict:
                    throw .transferCoding(field.value)
                case .chunked where !isChunked: isChunked = true
                case .identity where !isChunked: break
                case .compression where !isChunked:
                    // Handed on as it is: nobody here could say where the next request starts
                    // if the application stopped in the middle of it.
                    head.codingForcesClose = true
                case .unknown: throw .transferCoding(field.value)
                case .chunked, .identity, .compression: throw .framing(.transferEncoding)
                }
            }
        }
        guard isChunked else { throw .framing(.transferEncoding) }
    }

    private enum TransferCoding {
        case chunked
        case identity
        case compression
        case unknown
    }

    private static func transferCoding(
        _ bytes: Span<UInt8>,
        _ name: Range<Int>
    ) -> TransferCoding {
        if ByteScan.matches(bytes, name, "chunked") { return .chunked }
        if ByteScan.matches(bytes, name, "identity") { return .identity }
        let isCompression =
            ByteScan.matches(bytes, name, "gzip") || ByteScan.matches(bytes, name, "deflate")
            || ByteScan.matches(bytes, name, "compress")
        return isCompression ? .compression : .unknown
    }
}

/// Walks through a comma-separated list (RFC 9110, section 5.6.1).
struct ListMembers {
    private var rest: Range<Int>
    private var isAtEnd = false

    init(_ value: Range<Int>) {
        rest = value
    }

    /// The next member without the blanks around it; empty members are members.
    mutating func next(_ bytes: Span<UInt8>) -> Range<Int>? {
        guard !isAtEnd else { return nil }
        let comma = ByteScan.first(
            Byte.comma,
            bytes,
            from: rest.lowerBound,
            to: rest.upperBound
        )
        let end = comma ?? rest.upperBound
        let member = rest.lowerBound..<end
        if comma == nil { isAtEnd = true } else { rest = end &+ 1..<rest.upperBound }
        return ByteScan.trimmed(bytes, member)
    }
}
