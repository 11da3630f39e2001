// The field lines (RFC 9112, section 5).

extension RequestParser {
    /// Reads field lines up to the empty line; false when the bytes run out before it.
    ///
    /// This loop is where the time of a request goes. A name is ended by the first colon, and one
    /// that is recognised needs no other check; only unknown names are examined byte by byte.
    @inline(__always)
    func readFields(
        _ bytes: Span<UInt8>,
        _ reading: inout HeadReading,
        _ head: inout RequestHead
    ) throws(Refusal) -> Bool {
        var line = reading.line
        var room = limits.limitRequestFields &- reading.fieldsBefore
        while line < bytes.count {
            reading.line = line
            let first = bytes[line]
            if first <= Byte.space {
                if first == Byte.carriageReturn {
                    guard line &+ 1 < bytes.count else { return false }
                    if bytes[line &+ 1] == Byte.lineFeed {
                        head.end = line &+ 2
                        return true
                    }
                }
                if ByteClass.isBlank(first), line > reading.block {
                    throw .folding(lastName(head))
                }
            }
            guard room > 0 else { throw .fieldCount }
            // It may stand in a later line; the name then has a line feed in it and is refused.
            let colon = ByteScan.colon(bytes, from: line)
            guard colon < bytes.count else { return try noColon(bytes, line) }
            var end = ByteScan.control(bytes, from: colon &+ 1)
            if !ByteScan.isLineEnd(bytes, at: end) {
                guard let later = laterEnd(bytes, end) else {
                    return try noEnd(bytes, line, colon)
                }
                end = later
            }
            let next = end &+ 2
            let kind = names.kind(bytes, line, colon)
            var field = RequestField(
                name: ByteRange(line, colon),
                value: Self.trimmed(bytes, colon &+ 1, end),
                kind: kind
            )
            let isUnderscored = kind == .other ? try judgeName(bytes, &field) : false
            guard next &- line <= limits.limitRequestFieldSize else { throw .fieldSize }
            guard next &- reading.block <= limits.limitFieldBlock else { throw .fieldBlock }
            line = next
            try judge(bytes, field, reading.peerIsTrusted, &head)
            if isUnderscored {
                guard try keepUnderscored(bytes, field, reading.peerIsTrusted, &head) else {
                    continue
                }
            }
            head.fields.append(field)
            room &-= 1
        }
        reading.line = line
        return false
    }

    /// The name a folded line goes on with.
    private func lastName(_ head: borrowing RequestHead) -> ByteRange {
        head.fields.isEmpty ? ByteRange() : head.fields[head.fields.count &- 1].name
    }

    /// Where the value ends that has a control in it at `index`; nil when it does not end well.
    @inline(never)
    private func laterEnd(_ bytes: Span<UInt8>, _ index: Int) -> Int? {
        var index = index
        while index < bytes.count, bytes[index] == Byte.tab {
            index = ByteScan.control(bytes, from: index &+ 1)
        }
        return ByteScan.isLineEnd(bytes, at: index) ? index : nil
    }

    @inline(__always)
    private static func trimmed(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> ByteRange {
        var start = start
        var end = end
        while start < end, ByteClass.isBlank(bytes[start]) { start &+= 1 }
        while end > start, ByteClass.isBlank(bytes[end &- 1]) { end &-= 1 }
        return ByteRange(start, end)
    }

    /// No colon up to the end of the bytes: incomplete, unless the line is complete.
    @inline(never)
    private func noColon(_ bytes: Span<UInt8>, _ line: Int) throws(Refusal) -> Bool {
        guard let lineFeed = ByteScan.lineFeed(bytes, from: line) else { return false }
        throw Self.lineFault(bytes, line, lineFeed)
    }

    /// No CRLF where the value ends: incomplete, unless the line is complete and bad.
    @inline(never)
    private func noEnd(_ bytes: Span<UInt8>, _ line: Int, _ colon: Int) throws(Refusal) -> Bool {
        guard ByteScan.lineFeed(bytes, from: line) != nil else { return false }
        let name = ByteRange(line, colon)
        var field = RequestField(name: name, value: ByteRange(), kind: .other)
        _ = try judgeName(bytes, &field)
        throw .fieldValue(field.name)
    }

    /// Names the fault of a line without a usable colon.
    private static func lineFault(_ bytes: Span<UInt8>, _ line: Int, _ lineFeed: Int) -> Refusal {
        guard lineFeed > line, bytes[lineFeed &- 1] == Byte.carriageReturn else {
            return .bareLineFeedInFields
        }
        return .fieldLine(ByteRange(line, lineFeed &- 1))
    }

    /// Judges a name that was not recognised; true when it has an underscore.
    ///
    /// Where it is permitted, blanks are taken off its end, which may make it a name we know.
    @inline(never)
    private func judgeName(
        _ bytes: Span<UInt8>,
        _ field: inout RequestField
    ) throws(Refusal) -> Bool {
        let start = Int(field.name.start)
        let colon = Int(field.name.end)
        var end = colon
        if limits.stripHeaderSpaces, end > start, ByteClass.isBlank(bytes[end &- 1]) {
            while end > start, ByteClass.isBlank(bytes[end &- 1]) { end &-= 1 }
            field.name = ByteRange(start, end)
            field.kind = names.kind(bytes, start, end)
        }
        var isUnderscored = false
        var index = start
        while index < end {
            let byte = bytes[index]
            guard ByteClass.isToken(byte) else { break }
            if byte == Byte.underscore { isUnderscored = true }
            index &+= 1
        }
        if index == end, end > start { return isUnderscored }
        if let lineFeed = ByteScan.first(Byte.lineFeed, bytes, from: start, to: colon) {
            throw Self.lineFault(bytes, start, lineFeed)
        }
        guard colon > start else {
            let lineFeed = ByteScan.lineFeed(bytes, from: colon) ?? colon
            throw Self.lineFault(bytes, start, lineFeed)
        }
        throw .fieldName(field.name)
    }
}
