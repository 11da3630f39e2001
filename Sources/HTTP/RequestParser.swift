/// Reads the head of a request in place, in one pass, without allocating.
///
/// It has three answers: a complete head, a wish for more bytes, or a `Refusal`. Whatever way the
/// bytes were cut on their way here the answer is the same, because a line is judged only when its
/// line feed is there or when it has grown beyond its bound, and lines are judged in order.
package struct RequestParser: Sendable {
    package let limits: RequestLimits
    let names = FieldNameTable()

    package init(limits: RequestLimits) {
        self.limits = limits
    }

    /// True when the head is complete and `head` describes it; false when bytes are missing.
    ///
    /// `progress` belongs to the connection and is renewed for every request; `head` may be shared
    /// by all connections of a thread, since nothing in it outlives a false answer. The bytes may
    /// move between calls as long as `start` moves with them.
    package func parse(
        _ bytes: Span<UInt8>,
        from start: Int,
        progress: inout HeadProgress,
        peerIsTrusted: Bool,
        into head: inout RequestHead
    ) throws(Refusal) -> Bool {
        // Offsets are 32 bits wide; no limit lets a head come near that.
        let bytes = bytes.extracting(first: Int(Int32.max))
        guard start >= 0, start < bytes.count else { return false }
        var reading = HeadReading(start: start, peerIsTrusted: peerIsTrusted)
        if progress.isStarted, start &+ Int(progress.scanned) <= bytes.count {
            guard try resume(bytes, reading, &progress, &head) else { return false }
        }
        head.reset()
        guard try readLines(bytes, &reading, &head) else {
            progress.note(reading, head, scanned: bytes.count)
            return false
        }
        if limits.isStrict { try StrictReading.judge(bytes, &head) }
        try BodyFraming.decide(bytes, &head, isStrict: limits.isStrict)
        Persistence.decide(&head)
        return true
    }

    /// Goes on with a head that was incomplete: false when it still is.
    ///
    /// True means that its end, or an error, has come in sight; the head is then read again from
    /// its first byte. So every byte is looked at a bounded number of times however slowly it came,
    /// and errors are found by one path.
    private func resume(
        _ bytes: Span<UInt8>,
        _ beginning: HeadReading,
        _ progress: inout HeadProgress,
        _ head: inout RequestHead
    ) throws(Refusal) -> Bool {
        var reading = beginning
        head.reset()
        progress.restore(&reading, &head)
        let scanned = reading.start &+ Int(progress.scanned)
        guard ByteScan.lineFeed(bytes, from: scanned) != nil else {
            try judgeUnfinishedLine(bytes, reading)
            progress.scanned = Int32(truncatingIfNeeded: bytes.count &- reading.start)
            return false
        }
        do throws(Refusal) {
            if try readLines(bytes, &reading, &head) { return true }
        } catch {
            return true
        }
        progress.note(reading, head, scanned: bytes.count)
        return false
    }

    /// Reads lines up to the empty one; false when the bytes run out before it.
    private func readLines(
        _ bytes: Span<UInt8>,
        _ reading: inout HeadReading,
        _ head: inout RequestHead
    ) throws(Refusal) -> Bool {
        do throws(Refusal) {
            if reading.isAtRequestLine {
                guard try readRequestLine(bytes, &reading, &head) else {
                    try judgeUnfinishedLine(bytes, reading)
                    return false
                }
            }
            if try readFields(bytes, &reading, &head) { return true }
            try judgeUnfinishedLine(bytes, reading)
            return false
        } catch {
            guard let lineFeed = ByteScan.lineFeed(bytes, from: reading.line) else {
                try judgeUnfinishedLine(bytes, reading)
                return false
            }
            try judgeLength(reading, lineFeed: lineFeed)
            throw error
        }
    }

    /// Refuses a line whose line feed stands at `lineFeed` when it is too long.
    ///
    /// Length goes before any other fault in the same line: an endless line has to be refused
    /// before its end is known, and the answer must not depend on how the bytes were cut.
    private func judgeLength(_ reading: HeadReading, lineFeed: Int) throws(Refusal) {
        let length = lineFeed &+ 1 &- reading.line
        if reading.isAtRequestLine {
            // The limit speaks of the line without its CRLF.
            guard length &- 2 <= limits.limitRequestLine else {
                throw .requestLineSize(length &- 2, limit: limits.limitRequestLine)
            }
            return
        }
        guard length <= limits.limitRequestFieldSize else { throw .fieldSize }
        guard lineFeed &+ 1 &- reading.block <= limits.limitFieldBlock else { throw .fieldBlock }
    }

    /// Refuses a line that is too long already, though its end has not arrived.
    private func judgeUnfinishedLine(
        _ bytes: Span<UInt8>,
        _ reading: HeadReading
    ) throws(Refusal) {
        try judgeLength(reading, lineFeed: bytes.count)
    }
}

/// Where the reading of a head stands.
struct HeadReading {
    /// The head's first byte.
    let start: Int
    let peerIsTrusted: Bool
    /// The first byte of the first line that was not read completely.
    var line: Int
    /// The first byte of the block of fields; -1 while the request line is not complete.
    var block = -1
    /// Fields kept by earlier readings of the same head.
    var fieldsBefore = 0

    init(start: Int, peerIsTrusted: Bool) {
        self.start = start
        self.line = start
        self.peerIsTrusted = peerIsTrusted
    }

    var isAtRequestLine: Bool { block < 0 }
}

/// How far an incomplete head was read: what a connection keeps while it waits for more.
///
/// All offsets count from the head's first byte, so the buffer may move.
package struct HeadProgress: Sendable {
    /// Bytes already searched for a line feed; zero when nothing was read yet.
    fileprivate(set) var scanned: Int32 = 0
    private var line: Int32 = 0
    private var block: Int32 = -1
    private var keptFields: Int32 = 0
    private var sawHost = false
    private var sawContentType = false
    private var schemeIsSecure: Bool?

    package init() {}

    /// Whether part of a head has been read.
    package var isStarted: Bool { scanned > 0 }

    /// Where the first unfinished field line begins, counted from the head; nil before the fields.
    var fieldLine: Int? { block < 0 ? nil : Int(line) }

    fileprivate mutating func note(
        _ reading: HeadReading,
        _ head: borrowing RequestHead,
        scanned end: Int
    ) {
        scanned = Int32(truncatingIfNeeded: end &- reading.start)
        line = Int32(truncatingIfNeeded: reading.line &- reading.start)
        block =
            reading.isAtRequestLine ? -1 : Int32(truncatingIfNeeded: reading.block &- reading.start)
        keptFields = Int32(truncatingIfNeeded: reading.fieldsBefore &+ head.fields.count)
        sawHost = head.hostField >= 0
        sawContentType = head.contentTypeField >= 0
        schemeIsSecure = head.schemeIsSecure
    }

    fileprivate func restore(_ reading: inout HeadReading, _ head: inout RequestHead) {
        reading.line = reading.start &+ Int(line)
        reading.block = block < 0 ? -1 : reading.start &+ Int(block)
        reading.fieldsBefore = Int(keptFields)
        head.hostField = sawHost ? 0 : -1
        head.contentTypeField = sawContentType ? 0 : -1
        head.schemeIsSecure = schemeIsSecure
    }
}
