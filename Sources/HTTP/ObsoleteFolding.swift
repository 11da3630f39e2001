/// Rewrites folded field values in place, for operators who permit them (RFC 9112, section 5.2).
///
/// The lines of a value are joined by one space, as Gunicorn joins them, and the bytes that become
/// free stay behind the value as blanks: the field is as long as before, so limits count the same,
/// and rewriting what was rewritten changes nothing.
enum ObsoleteFolding {
    /// What can be said of the field lines that are there.
    struct Verdict {
        /// Where the first line begins about which nothing can be said yet, because the first byte
        /// of the line after it has not arrived.
        var decided: Int
        /// What is wrong with the lines from there on, should the lines before be right.
        var fault: Refusal?
    }

    /// Joins the folded fields from `start`, which begins a field line.
    static func join(_ bytes: inout MutableSpan<UInt8>, from start: Int, limit: Int) -> Verdict {
        var line = start
        while let lineFeed = lineFeed(bytes, from: line) {
            if lineFeed &- line == 1, bytes[line] == Byte.carriageReturn {
                return Verdict(decided: lineFeed &+ 1)
            }
            guard lineFeed &+ 1 < bytes.count else { break }
            // A blank at the very beginning continues nothing, and what has no colon or no CRLF is
            // not ours to mend: the parser finds the fault.
            guard ByteClass.isBlank(bytes[lineFeed &+ 1]) else {
                line = lineFeed &+ 1
                continue
            }
            guard isReturn(bytes, before: lineFeed, in: line), hasColon(bytes, line, lineFeed),
                !ByteClass.isBlank(bytes[line])
            else { return Verdict(decided: bytes.count) }
            switch continuationEnd(bytes, from: lineFeed &+ 1) {
            case .at(let end):
                rewrite(&bytes, line: line, from: lineFeed &- 1, to: end &- 2)
                line = end
            case .bareLineFeed(let end):
                let isTooLong = end &+ 1 &- line > limit
                return Verdict(decided: line, fault: isTooLong ? .fieldSize : .bareLineFeedInFields)
            case .notYet:
                return waiting(bytes, line, limit)
            }
        }
        return waiting(bytes, line, limit)
    }

    /// The field that begins at `line` is not complete; it may be too long already.
    private static func waiting(
        _ bytes: borrowing MutableSpan<UInt8>,
        _ line: Int,
        _ limit: Int
    ) -> Verdict {
        guard line < bytes.count else { return Verdict(decided: line) }
        let missing = bytes[bytes.count &- 1] == Byte.lineFeed ? 0 : 1
        let isTooLong = bytes.count &- line &+ missing > limit
        return Verdict(decided: line, fault: isTooLong ? .fieldSize : nil)
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

    private static func hasColon(
        _ bytes: borrowing MutableSpan<UInt8>,
        _ line: Int,
        _ end: Int
    ) -> Bool {
        ByteScan.first(Byte.colon, bytes.span, from: line, to: end) != nil
    }

    private enum ContinuationEnd {
        /// Behind the CRLF of the last line that continues the value.
        case at(Int)
        /// A line that continues the value ends in a line feed alone, at this index.
        case bareLineFeed(Int)
        case notYet
    }

    private static func continuationEnd(
        _ bytes: borrowing MutableSpan<UInt8>,
        from start: Int
    ) -> ContinuationEnd {
        var line = start
        while true {
            guard let end = lineFeed(bytes, from: line) else { return .notYet }
            guard isReturn(bytes, before: end, in: line) else { return .bareLineFeed(end) }
            guard end &+ 1 < bytes.count else { return .notYet }
            guard ByteClass.isBlank(bytes[end &+ 1]) else { return .at(end &+ 1) }
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
        var verdict = ObsoleteFolding.Verdict(decided: bytes.count)
        if limits.permitObsoleteFolding, let fields = fieldStart(bytes.span, start, progress) {
            verdict = ObsoleteFolding.join(
                &bytes,
                from: fields,
                limit: limits.limitRequestFieldSize
            )
        }
        let isComplete = try parse(
            bytes.span.extracting(first: verdict.decided),
            from: start,
            progress: &progress,
            peerIsTrusted: peerIsTrusted,
            into: &head
        )
        guard isComplete else {
            if let fault = verdict.fault { throw fault }
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
