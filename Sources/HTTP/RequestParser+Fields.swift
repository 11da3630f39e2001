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
            guard let end = Self.valueEnd(bytes, from: colon &+ 1) else {
                return try noValue(bytes, line, colon)
            }
            var name = ByteRange(line, colon)
            var kind = names.kind(bytes, line, colon)
            var isUnderscored = false
            if kind == .other {
                kind = try judgeName(bytes, &name, &isUnderscored)
            }
            guard bytes[end] == Byte.carriageReturn else { throw .fieldValue(name) }
            guard end &+ 1 < bytes.count else { return false }
            guard bytes[end &+ 1] == Byte.lineFeed else { throw .fieldValue(name) }
            let next = end &+ 2
            guard next &- line <= limits.limitRequestFieldSize else { throw .fieldSize }
            guard next &- reading.block <= limits.limitFieldBlock else { throw .fieldBlock }
            let value = Self.trimmed(bytes, colon &+ 1, end)
            let field = RequestField(name: name, value: value, kind: kind)
            if try keep(bytes, field, isUnderscored, reading.peerIsTrusted, &head) {
                head.fields.append(field)
                room &-= 1
            }
            line = next
        }
        reading.line = line
        return false
    }

    /// The name a folded line goes on with.
    private func lastName(_ head: borrowing RequestHead) -> ByteRange {
        head.fields.isEmpty ? ByteRange() : head.fields[head.fields.count &- 1].name
    }

    /// Where the value meets the first byte it may not hold; nil when the bytes run out.
    @inline(__always)
    private static func valueEnd(_ bytes: Span<UInt8>, from start: Int) -> Int? {
        var index = ByteScan.control(bytes, from: start)
        while index < bytes.count, bytes[index] == Byte.tab {
            index = ByteScan.control(bytes, from: index &+ 1)
        }
        return index < bytes.count ? index : nil
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

    /// No end of the value: incomplete, unless the colon belongs to a later line than the name.
    @inline(never)
    private func noValue(
        _ bytes: Span<UInt8>,
        _ line: Int,
        _ colon: Int
    ) throws(Refusal) -> Bool {
        guard let lineFeed = ByteScan.first(Byte.lineFeed, bytes, from: line, to: colon) else {
            return false
        }
        throw Self.lineFault(bytes, line, lineFeed)
    }

    /// Names the fault of a line without a usable colon.
    static func lineFault(_ bytes: Span<UInt8>, _ line: Int, _ lineFeed: Int) -> Refusal {
        guard lineFeed > line, bytes[lineFeed &- 1] == Byte.carriageReturn else {
            return .bareLineFeedInFields
        }
        return .fieldLine(ByteRange(line, lineFeed &- 1))
    }

    /// Judges a name that was not recognised, and takes the blanks off its end where permitted.
    @inline(never)
    private func judgeName(
        _ bytes: Span<UInt8>,
        _ name: inout ByteRange,
        _ isUnderscored: inout Bool
    ) throws(Refusal) -> FieldKind {
        let start = Int(name.start)
        let colon = Int(name.end)
        var end = colon
        let isStripped =
            limits.stripHeaderSpaces && end > start && ByteClass.isBlank(bytes[end &- 1])
        if isStripped {
            while end > start, ByteClass.isBlank(bytes[end &- 1]) { end &-= 1 }
            name = ByteRange(start, end)
        }
        var index = start
        while index < end {
            let byte = bytes[index]
            guard ByteClass.isToken(byte) else { break }
            if byte == Byte.underscore { isUnderscored = true }
            index &+= 1
        }
        if index == end, end > start {
            return isStripped ? names.kind(bytes, start, end) : .other
        }
        if let lineFeed = ByteScan.first(Byte.lineFeed, bytes, from: start, to: colon) {
            throw Self.lineFault(bytes, start, lineFeed)
        }
        guard colon > start else {
            let lineFeed = ByteScan.lineFeed(bytes, from: colon) ?? colon
            throw Self.lineFault(bytes, start, lineFeed)
        }
        throw .fieldName(name)
    }
}
