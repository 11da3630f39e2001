/// Reads chunked content in place: answers where the data stands, and checks all that is around it.
///
/// RFC 9112, section 7.1, to the letter: hexadecimal digits and nothing else for a size, extensions
/// by their grammar, CRLF and nothing else at the end of a line. Every line is bounded. Trailers
/// are bounded, checked and dropped: merging them into the fields would let a client say things
/// behind the back of the front end.
package struct ChunkedDecoder: Sendable {
    package enum Step: Equatable, Sendable {
        /// Data of the content at these offsets; `position` stands behind it.
        case data(Range<Int>)
        /// Bytes are missing; those from `position` on have to be kept.
        case more
        /// The content is complete; `position` stands behind its last byte.
        case end
    }

    private enum State: Sendable {
        case size
        case data
        case dataEnd
        case trailers
        case done
    }

    private let lineLimit: Int
    private let fieldLimit: Int
    private let sectionLimit: Int
    /// Digits of a chunk size, leading zeros counted.
    private let digitLimit: Int
    private var state = State.size
    /// Data bytes of the current chunk that were not handed out yet.
    private var remaining = 0
    /// Bytes of an incomplete line, counted from `position`, that hold no line feed.
    private var searched = 0
    private var trailerBytes = 0
    private var trailerFields = 0

    package init(limits: RequestLimits) {
        lineLimit = limits.limitRequestFieldSize
        fieldLimit = limits.limitRequestFields
        sectionLimit = limits.limitFieldBlock
        digitLimit = limits.isStrict ? 16 : Int.max
    }

    /// Whether the last byte of the content was read.
    package var isComplete: Bool { state == .done }

    /// What to hold against a peer that sends no more: the content is not complete.
    ///
    /// Nil when the end came where Gunicorn, too, just lets the connection go.
    package var refusalAtEndOfInput: Refusal? {
        state == .trailers ? .chunkTerminator(ByteRange()) : nil
    }

    /// Reads on from `position`, which is moved behind what was consumed.
    ///
    /// Between calls the bytes may move as long as `position` moves with them.
    package mutating func next(
        _ bytes: Span<UInt8>,
        position: inout Int
    ) throws(Refusal) -> Step {
        guard position >= 0, position <= bytes.count else { return .more }
        while true {
            switch state {
            case .size:
                guard let line = try wholeLine(bytes, &position) else { return .more }
                remaining = try chunkSize(bytes, line)
                state = remaining > 0 ? .data : .trailers
            case .data:
                let available = min(remaining, bytes.count &- position)
                guard available > 0 else { return .more }
                let start = position
                position &+= available
                remaining &-= available
                if remaining == 0 { state = .dataEnd }
                return .data(start..<position)
            case .dataEnd:
                guard bytes.count &- position >= 2 else { return .more }
                guard bytes[position] == Byte.carriageReturn,
                    bytes[position &+ 1] == Byte.lineFeed
                else {
                    throw .chunkTerminator(ByteRange(position, position &+ 2))
                }
                position &+= 2
                state = .size
            case .trailers:
                guard let line = try wholeLine(bytes, &position) else { return .more }
                if line.isEmpty { state = .done } else { try judgeTrailer(bytes, line) }
            case .done:
                return .end
            }
        }
    }

    /// The next line without its CRLF, or nil when its line feed has not arrived.
    private mutating func wholeLine(
        _ bytes: Span<UInt8>,
        _ position: inout Int
    ) throws(Refusal) -> Range<Int>? {
        let start = position
        let from = min(start &+ searched, bytes.count)
        guard let lineFeed = ByteScan.lineFeed(bytes, from: from) else {
            searched = bytes.count &- start
            try judgeLength(searched &+ 1)
            return nil
        }
        searched = 0
        try judgeLength(lineFeed &+ 1 &- start)
        guard lineFeed > start, bytes[lineFeed &- 1] == Byte.carriageReturn else {
            if state == .trailers { throw .bareLineFeedInFields }
            throw .chunkSize(ByteRange(start, lineFeed &+ 1))
        }
        position = lineFeed &+ 1
        return start..<lineFeed &- 1
    }

    private func judgeLength(_ length: Int) throws(Refusal) {
        if state == .trailers {
            guard length <= lineLimit else { throw .fieldSize }
            guard trailerBytes &+ length <= sectionLimit else { throw .trailerSize }
        } else {
            guard length <= lineLimit else { throw .chunkLineSize(limit: lineLimit) }
        }
    }

    /// The number a size line states, once its extensions are found well-formed.
    private func chunkSize(_ bytes: Span<UInt8>, _ line: Range<Int>) throws(Refusal) -> Int {
        let semicolon = ByteScan.first(
            Byte.semicolon,
            bytes,
            from: line.lowerBound,
            to: line.upperBound
        )
        var end = semicolon ?? line.upperBound
        if let semicolon {
            let extensions = semicolon..<line.upperBound
            for index in extensions where bytes[index] == Byte.carriageReturn {
                throw .bareReturnInChunkExtension
            }
            // Blanks may stand before the semicolon, and nowhere else around the size.
            while end > line.lowerBound, ByteClass.isBlank(bytes[end &- 1]) { end &-= 1 }
        }
        let digits = line.lowerBound..<end
        guard !digits.isEmpty, digits.count <= digitLimit else {
            throw .chunkSize(ByteRange(line.lowerBound, end))
        }
        var size = 0
        for index in digits {
            // A size that does not fit is refused before it can wrap into a smaller one.
            guard let digit = ByteClass.hexValue(bytes[index]), size &>> 58 == 0 else {
                throw .chunkSize(ByteRange(line.lowerBound, end))
            }
            size = size &<< 4 | Int(digit)
        }
        if let semicolon {
            guard ChunkExtensions.areWellFormed(bytes, semicolon..<line.upperBound) else {
                throw .chunkExtension
            }
        }
        return size
    }

    private mutating func judgeTrailer(
        _ bytes: Span<UInt8>,
        _ line: Range<Int>
    ) throws(Refusal) {
        trailerBytes &+= line.count &+ 2
        guard trailerFields < fieldLimit else { throw .fieldCount }
        trailerFields &+= 1
        try Trailer.judge(bytes, line)
    }
}

/// The extensions of a chunk (RFC 9112, section 7.1.1): checked, because what one server skips
/// another may read as data.
enum ChunkExtensions {
    /// Whether the bytes from the first semicolon on follow the grammar.
    static func areWellFormed(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        var index = range.lowerBound
        let end = range.upperBound
        while index < end {
            skipBlanks(bytes, &index, end)
            guard index < end, bytes[index] == Byte.semicolon else { return false }
            index &+= 1
            skipBlanks(bytes, &index, end)
            guard skipToken(bytes, &index, end) else { return false }
            var lookahead = index
            skipBlanks(bytes, &lookahead, end)
            guard lookahead < end, bytes[lookahead] == Byte.equals else { continue }
            index = lookahead &+ 1
            skipBlanks(bytes, &index, end)
            guard skipToken(bytes, &index, end) || skipQuoted(bytes, &index, end) else {
                return false
            }
        }
        return true
    }

    private static func skipBlanks(_ bytes: Span<UInt8>, _ index: inout Int, _ end: Int) {
        while index < end, ByteClass.isBlank(bytes[index]) { index &+= 1 }
    }

    private static func skipToken(_ bytes: Span<UInt8>, _ index: inout Int, _ end: Int) -> Bool {
        let start = index
        while index < end, ByteClass.isToken(bytes[index]) { index &+= 1 }
        return index > start
    }

    private static func skipQuoted(_ bytes: Span<UInt8>, _ index: inout Int, _ end: Int) -> Bool {
        guard index < end, bytes[index] == Byte.quote else { return false }
        index &+= 1
        while index < end {
            let byte = bytes[index]
            index &+= 1
            if byte == Byte.quote { return true }
            guard ByteClass.isFieldContent(byte) else { return false }
            guard byte == Byte.backslash else { continue }
            guard index < end, ByteClass.isFieldContent(bytes[index]) else { return false }
            index &+= 1
        }
        return false
    }
}

/// A field after the content: held to the same grammar as the others, and then forgotten.
enum Trailer {
    static func judge(_ bytes: Span<UInt8>, _ line: Range<Int>) throws(Refusal) {
        let start = line.lowerBound
        // Folding is not offered here, even where it is permitted in heads.
        guard !ByteClass.isBlank(bytes[start]) else { throw .folding(ByteRange(start, start)) }
        guard let colon = ByteScan.first(Byte.colon, bytes, from: start, to: line.upperBound),
            colon > start
        else {
            throw .fieldLine(ByteRange(start, line.upperBound))
        }
        let name = ByteRange(start, colon)
        for index in start..<colon where !ByteClass.isToken(bytes[index]) {
            throw .fieldName(name)
        }
        // They would change the routing or the framing (RFC 9110, section 6.5.1).
        let isForbidden =
            ByteScan.matches(bytes, start..<colon, "host")
            || ByteScan.matches(bytes, start..<colon, "content-length")
            || ByteScan.matches(bytes, start..<colon, "transfer-encoding")
            || ByteScan.matches(bytes, start..<colon, "trailer")
            || ByteScan.matches(bytes, start..<colon, "authorization")
            || ByteScan.matches(bytes, start..<colon, "te")
        guard !isForbidden else { throw .refusedFieldName(name) }
        for index in colon &+ 1..<line.upperBound where !ByteClass.isFieldContent(bytes[index]) {
            throw .fieldValue(name)
        }
    }
}
