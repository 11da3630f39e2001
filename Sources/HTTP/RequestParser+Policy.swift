// What a field means to the server, and which fields the application gets to see.

extension RequestParser {
    /// Acts upon what a field says to the server.
    @inline(__always)
    func judge(
        _ bytes: Span<UInt8>,
        _ field: RequestField,
        _ peerIsTrusted: Bool,
        _ head: inout RequestHead
    ) throws(Refusal) {
        // `.other` wraps around to the largest number.
        if field.kind.rawValue &- 1 < FieldKind.lastJudged.rawValue {
            try note(bytes, field, &head)
        }
        let isScheme = (limits.secureSchemeKinds &>> UInt64(field.kind.rawValue)) & 1 == 1
        if isScheme, peerIsTrusted { try judgeScheme(bytes, field, &head) }
    }

    /// Remembers where the fields stand that somebody will ask for, and what they say.
    private func note(
        _ bytes: Span<UInt8>,
        _ field: RequestField,
        _ head: inout RequestHead
    ) throws(Refusal) {
        let index = head.fields.count
        switch field.kind {
        case .host:
            guard head.hostField < 0 else { throw .fieldValue(field.name) }
            head.hostField = index
        case .contentType:
            guard head.contentTypeField < 0 else { throw .fieldValue(field.name) }
            head.contentTypeField = index
        case .contentLength:
            head.repeatsContentLength = head.contentLengthField >= 0
            head.contentLengthField = index
        case .transferEncoding:
            if head.transferEncodingField < 0 { head.transferEncodingField = index }
        case .connection:
            if head.connectionField < 0 { head.connectionField = index }
            head.connectionOptions.read(bytes, field.value.range)
        case .expect:
            guard ByteScan.matches(bytes, field.value.range, "100-continue") else {
                throw .expectation(field.value)
            }
            // HTTP/1.0 clients cannot mean it (RFC 9110, section 10.1.1).
            if head.version >= .http11 { head.expectsContinue = true }
        case .upgrade: head.upgradeField = index
        case .userAgent: head.userAgentField = index
        case .referer: head.refererField = index
        case .authorization: head.authorizationField = index
        default: break
        }
    }

    /// Whether a trusted proxy says that its client came over TLS.
    @inline(never)
    private func judgeScheme(
        _ bytes: Span<UInt8>,
        _ field: RequestField,
        _ head: inout RequestHead
    ) throws(Refusal) {
        let name = field.name.range
        for secure in limits.secureSchemeFields where Self.equalsRaised(bytes, name, secure.name) {
            let isSecure = Self.equals(bytes, field.value.range, secure.value)
            guard head.schemeIsSecure ?? isSecure == isSecure else { throw .contradictoryScheme }
            head.schemeIsSecure = isSecure
        }
    }

    /// Whether a field with an underscore in its name is kept.
    ///
    /// WSGI cannot tell `_` from `-`, so a client could pass off its field as a proxy's.
    @inline(never)
    func keepUnderscored(
        _ bytes: Span<UInt8>,
        _ field: RequestField,
        _ peerIsTrusted: Bool,
        _ head: inout RequestHead
    ) throws(Refusal) -> Bool {
        let name = field.name.range
        let isForwarder =
            peerIsTrusted
            && (limits.forwarderMayAll
                || limits.forwarderHeaders.contains { Self.equalsRaised(bytes, name, $0) })
        if !isForwarder {
            switch limits.headerMap {
            case .drop: return false
            case .refuse: throw .refusedFieldName(field.name)
            case .dangerous: break
            }
        }
        if ByteScan.matches(bytes, name, "script_name") { head.scriptName = field.value }
        return true
    }

    private static func equals(_ bytes: Span<UInt8>, _ range: Range<Int>, _ text: [UInt8]) -> Bool {
        guard range.count == text.count, range.upperBound <= bytes.count else { return false }
        var index = 0
        while index < text.count {
            guard bytes[range.lowerBound &+ index] == text[index] else { return false }
            index &+= 1
        }
        return true
    }

    /// Compares with a text in upper case, whatever the case of the bytes.
    private static func equalsRaised(
        _ bytes: Span<UInt8>,
        _ range: Range<Int>,
        _ text: [UInt8]
    ) -> Bool {
        guard range.count == text.count, range.upperBound <= bytes.count else { return false }
        var index = 0
        while index < text.count {
            let byte = ByteClass.raised(bytes[range.lowerBound &+ index])
            guard byte == text[index] else { return false }
            index &+= 1
        }
        return true
    }
}
