/// Rewrites folded field values in place, for operators who permit them (RFC 9112, section 5.2).
///
/// The lines of a value are joined by one space, as Gunicorn joins them, and the bytes that become
/// free stay behind the value as blanks: the field is as long as before, so limits count the same,
/// and rewriting what was rewritten changes nothing.
enum ObsoleteFolding {
    /// Joins the folded fields in `start...`, which begins a field line.
    ///
    /// Answers where the first line begins about which nothing can be said yet, because the first
    /// byte of the line after it has not arrived.
    static func join(_ bytes: inout MutableSpan<UInt8>, from start: Int) -> Int {
        var line = start
        while let lineFeed = lineFeed(bytes, from: line) {
            if isReturn(bytes, before: lineFeed, in: line), lineFeed &- line == 1 {
                return lineFeed &+ 1
            }
            guard lineFeed &+ 1 < bytes.count else { return line }
            guard ByteClass.isBlank(bytes[lineFeed &+ 1]), line > start || !isBlankLed(bytes, line)
            else {
                line = lineFeed &+ 1
                continue
            }
            guard isReturn(bytes, before: lineFeed, in: line), hasColon(bytes, line, lineFeed)
            else {
                // Not ours to mend: the parser finds the fault.
                return bytes.count
            }
            guard let end = continuationEnd(bytes, from: lineFeed &+ 1) else { return line }
            guard end > 0 else { return bytes.count }
            rewrite(&bytes, line: line, from: lineFeed &- 1, to: end &- 2)
            line = end
        }
        return line
    }

    private static func lineFeed(_ bytes: borrowing MutableSpan<UInt8>, from start: Int) -> Int? {
        ByteScan.lineFeed(bytes.span, from: start)
    }

    private static func isReturn(
        _ bytes: borrowing MutableSpan<UInt8>,
        before lineFeed: Int,
        in line: Int
    ) -> Bool {
        lineFeed > line && bytes[lineFeed &- 1] == Byte.carriageReturn
    }

    private static func isBlankLed(_ bytes: borrowing MutableSpan<UInt8>, _ line: Int) -> Bool {
        ByteClass.isBlank(bytes[line])
    }

    private static func hasColon(
        _ bytes: borrowing MutableSpan<UInt8>,
        _ line: Int,
        _ end: Int
    ) -> Bool {
        ByteScan.first(Byte.colon, bytes.span, from: line, to: end) != nil
    }

    /// Where the last continuation line ends, behind its CRLF; nil when that cannot be known yet,
    /// and zero when a line does not end in CRLF.
    private static func continuationEnd(
        _ bytes: borrowing MutableSpan<UInt8>,
        from start: Int
    ) -> Int? {
        var line = start
        while true {
            guard let end = lineFeed(bytes, from: line) else { return nil }
            guard isReturn(bytes, before: end, in: line) else { return 0 }
            guard end &+ 1 < bytes.count else { return nil }
            guard ByteClass.isBlank(bytes[end &+ 1]) else { return end &+ 1 }
            line = end &+ 1
        }
    }

    /// Joins the lines in `start..<end`, which begins with the first CRLF and ends before the last.
    private static func rewrite(
        _ bytes: inout MutableSpan<UInt8>,
        line: Int,
        from start: Int,
        to end: Int
    ) {
        var floor = line
        var read = start
        var written = start
        while read < end {
            guard bytes[read] == Byte.carriageReturn, bytes[read &+ 1] == Byte.lineFeed else {
                bytes[written] = bytes[read]
                written &+= 1
                read &+= 1
                continue
            }
            // The blanks around a fold go, those inside a line stay.
            while written > floor, ByteClass.isBlank(bytes[written &- 1]) { written &-= 1 }
            read &+= 2
            while read < end, ByteClass.isBlank(bytes[read]) { read &+= 1 }
            bytes[written] = Byte.space
            written &+= 1
            floor = written
        }
        while written < end {
            bytes[written] = Byte.space
            written &+= 1
        }
    }
}

extension RequestParser {
    /// As the other `parse`, for limits that need the bytes changed: `permitObsoleteFolding` joins
    /// folded values and `casefoldMethod` upper-cases the method, in place.
    ///
    /// Given no such limits it does what the other one does, so it may always be called.
    package func parse(
        rewriting bytes: inout MutableSpan<UInt8>,
        from start: Int,
        progress: inout HeadProgress,
        peerIsTrusted: Bool,
        into head: inout RequestHead
    ) throws(Refusal) -> Bool {
        var decided = bytes.count
        var fields: Int?
        if limits.permitObsoleteFolding {
            fields = fieldStart(bytes.span, start, progress)
            if let fields {
                decided = ObsoleteFolding.join(&bytes, from: fields)
            }
        }
        let isComplete = try parse(
            bytes.span.extracting(first: decided),
            from: start,
            progress: &progress,
            peerIsTrusted: peerIsTrusted,
            into: &head
        )
        guard isComplete else {
            guard fields == nil || bytes.count &- decided < limits.limitRequestFieldSize else {
                throw .fieldSize
            }
            return false
        }
        if limits.casefoldMethod {
            for index in head.method.range { bytes[index] = ByteClass.raised(bytes[index]) }
        }
        return true
    }

    /// Where to look for folded fields; nil before the request line is complete.
    private func fieldStart(
        _ bytes: Span<UInt8>,
        _ start: Int,
        _ progress: HeadProgress
    ) -> Int? {
        if let line = progress.fieldLine { return start &+ line }
        guard start >= 0, start < bytes.count else { return nil }
        let isEmptyLine =
            start &+ 1 < bytes.count && bytes[start] == Byte.carriageReturn
            && bytes[start &+ 1] == Byte.lineFeed
        let line = isEmptyLine ? start &+ 2 : start
        return ByteScan.lineFeed(bytes, from: line).map { $0 &+ 1 }
    }
}
