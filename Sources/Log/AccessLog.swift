package import Platform

/// The access log of one worker: lines gather in a buffer and leave together, once a turn.
///
/// Not for several threads at once: whoever turns the worker's loop owns it.
package final class AccessLog {
    private let format: AccessFormat
    private let form: LogForm
    private let sink: Sink
    private var lines = LineBuffer(capacity: 16 * 1024)
    private var stamp = AccessStamp()
    /// Who takes the lines instead, one at a time and with the request's fields.
    private let journal: Journal?

    /// What is gathered before the turn ends is written when it is this much.
    package static let flushThreshold = 64 * 1024
    /// What nobody reads is kept up to here, then counted as lost.
    package static let longestBacklog = 1024 * 1024

    /// Records that were given up because nobody read them.
    package private(set) var lostRecords = 0

    package init(
        format: AccessFormat,
        form: LogForm = .text,
        target: LogTarget,
        owner: Identity? = nil,
        journal: Journal? = nil
    ) throws(UnwritableLog) {
        self.format = format
        self.form = form
        self.journal = journal
        sink = try Sink(target, owner: owner)
    }

    /// Makes sure, before any worker is forked, that a log can be written, and gives its file to
    /// the owner.
    package static func check(_ target: LogTarget, owner: Identity? = nil) throws(UnwritableLog) {
        _ = try Sink(target, owner: owner)
    }

    /// Bytes of lines that are not written yet.
    package var pendingBytes: Int { lines.count }

    /// Adds one line.
    package func append(_ record: borrowing AccessRecord, source: (any AccessSource)? = nil) {
        if lines.count >= AccessLog.longestBacklog {
            lostRecords += 1
            return
        }
        let start = lines.count
        // The journal has the fields beside the line.
        if form == .json && journal == nil {
            format.appendJSON(record, source: source, stamp: &stamp, to: &lines)
        } else {
            format.append(record, source: source, stamp: &stamp, to: &lines)
        }
        if let journal, enter(from: start, record, into: journal) { return }
        lines.append(UInt8(ascii: "\n"))
        if lines.count >= AccessLog.flushThreshold { flush() }
    }

    /// Hands the line that begins there to the journal; false where that cannot be reached.
    private func enter(
        from start: Int,
        _ record: borrowing AccessRecord,
        into journal: Journal
    ) -> Bool {
        let line = UnsafeRawBufferPointer(rebasing: lines.bytes[start...])
        var entry = journal.entry(.info, line)
        entry.add(record)
        let outcome = journal.send(entry)
        if outcome == .lost { lostRecords += 1 }
        if outcome != .unreachable { lines.truncate(to: start) }
        return outcome != .unreachable
    }

    /// Writes what was gathered.
    ///
    /// A reader who is slow is not waited for: the rest stays.
    package func flush() {
        guard lines.count > 0 else { return }
        let done = sink.write(lines.bytes, patienceMilliseconds: 0)
        if done == lines.count {
            lines.removeAll()
        } else {
            lines.removeFirst(done)
        }
    }

    /// Opens the file again, after it was renamed (USR1).
    package func reopen() throws(UnwritableLog) {
        flush()
        try sink.reopen()
    }
}
