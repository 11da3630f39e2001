package import Platform

/// The error log: what happens to the server, in the lines that people's log rules know.
///
/// `[2026-11-23 20:23:09 +0000] [27881] [INFO] Booting worker with pid: 27881`. Each record is one
/// write of whole lines; a record of several lines (a traceback) follows as it is.
package final class Logger: @unchecked Sendable {
    /// What is less grave is not written; set while starting and reloading only.
    package private(set) var level: Level
    /// Where lines go and which; a reload keeps the former one, to go back to it.
    package private(set) var output: LogOutput
    /// Who says the lines instead, where the operator brought a logger along.
    package private(set) var relay: (any LogRelay)?
    private let waiting = WaitingRecords()
    /// Told of each line that waits for `sayWaiting`, where all of them have to.
    private var announceWaiting: (@Sendable () -> Void)?
    private let standardStreams = StandardStreams()

    /// How long a line waits for a reader who is slow before it counts as lost.
    private static let patienceMilliseconds: Int32 = 100
    private var lost = 0
    /// The last record was cut short: what follows starts on a line of its own.
    private var isTorn = false

    package init(
        level: Level,
        target: LogTarget,
        owner: Identity? = nil
    ) throws(UnwritableLog) {
        self.level = level
        output = LogOutput(level: level, sink: try Sink(target, owner: owner))
    }

    /// Starts with an output, which may take the standard streams of the process along.
    package init(_ output: LogOutput) throws(UnwritableLog) {
        self.output = output
        level = output.level
        try standardStreams.follow(output)
    }

    /// Takes another level and target; when the target is not writable all stays.
    package func configure(
        level: Level,
        target: LogTarget,
        owner: Identity? = nil
    ) throws(UnwritableLog) {
        try use(try LogOutput(level: level, target: target, owner: owner, former: output))
    }

    /// Takes an output that was opened before, or goes back to a former one.
    package func use(_ output: LogOutput) throws(UnwritableLog) {
        try standardStreams.follow(output)
        self.output = output
        level = relay?.threshold ?? output.level
    }

    /// Takes another level, until an output is taken into use; a relay keeps its own.
    package func follow(_ level: Level) {
        if relay == nil { self.level = level }
    }

    /// Hands every line on from here on; nil writes them natively again.
    package func hand(to relay: (any LogRelay)?) {
        self.relay = relay
        level = relay?.threshold ?? output.level
    }

    /// Opens the file again, after it was renamed (USR1).
    package func reopen() throws(UnwritableLog) {
        try output.sink.reopen()
        try standardStreams.follow(output)
        relay?.reopen()
    }

    /// The descriptor lines go to.
    package var descriptor: Int32 { output.sink.descriptor }

    package func isEnabled(_ level: Level) -> Bool { level >= self.level }

    package func critical(_ message: @autoclosure () -> String) { log(.critical, message()) }
    package func error(_ message: @autoclosure () -> String) { log(.error, message()) }
    package func warning(_ message: @autoclosure () -> String) { log(.warning, message()) }
    package func info(_ message: @autoclosure () -> String) { log(.info, message()) }
    package func debug(_ message: @autoclosure () -> String) { log(.debug, message()) }

    /// Says it, and where it went wrong.
    package func error(_ message: @autoclosure () -> String, _ failure: any LoggedFailure) {
        guard isEnabled(.error) else { return }
        say(LogRecord(level: .error, message: message(), failure: failure))
    }

    package func log(_ level: Level, _ message: @autoclosure () -> String) {
        guard isEnabled(level) else { return }
        guard relay == nil else {
            return say(LogRecord(level: level, message: message(), failure: nil))
        }
        write(LogRecord(level: level, message: message(), failure: nil))
    }

    private func say(_ record: LogRecord) {
        guard let relay else { return write(record) }
        if let announceWaiting {
            waiting.append(record)
            return announceWaiting()
        }
        guard relay.isReachable else { return waiting.append(record) }
        sayWaiting()
        if !relay.deliver(record) { write(record) }
    }

    /// Has every line for a relay wait for `sayWaiting` from here on, and announces each; nil says
    /// them at once again.
    package func deferLines(_ announce: (@Sendable () -> Void)?) {
        announceWaiting = announce
    }

    /// Says what other threads could not.
    ///
    /// Called now and then by the one that can reach the relay.
    package func sayWaiting() {
        guard let relay else { return }
        let (records, lost) = waiting.takeAll()
        if lost > 0 { write(.loss(of: lost, "nobody took them")) }
        for record in records where !relay.deliver(record) { write(record) }
    }

    /// Where entries go that are no lines; nil where all are.
    package var journal: Journal? { output.journal }

    private func write(_ record: LogRecord) {
        if let journal = output.journal, enter(record.level, record.text, into: journal) { return }
        var line = LineBuffer(capacity: 256)
        if isTorn { line.append(UInt8(ascii: "\n")) }
        if lost > 0 {
            append(.loss(of: lost, "nobody read them"), to: &line)
        }
        append(record, to: &line)
        // Who was slow once is not waited for again: a stuck reader costs one pause, not one each.
        let patience = lost > 0 ? 0 : Logger.patienceMilliseconds
        let done = output.sink.write(line.bytes, patienceMilliseconds: patience)
        if done > 0 { isTorn = done < line.count }
        lost = done == line.count ? 0 : lost + 1
    }

    /// False where the journal cannot be reached: the line is written then.
    private func enter(_ level: Level, _ message: String, into journal: Journal) -> Bool {
        var message = message
        return message.withUTF8 { bytes in
            let entry = journal.entry(.init(level), UnsafeRawBufferPointer(bytes))
            return journal.send(entry) != .unreachable
        }
    }

    private func append(_ record: LogRecord, to line: inout LineBuffer) {
        switch output.form {
        case .text:
            appendHead(record.level, to: &line)
            line.append(record.text)
        case .json:
            var stamp = JSONStamp()
            JSONRecord.append(record, stamp: &stamp, to: &line)
        }
        line.append(UInt8(ascii: "\n"))
    }

    /// How lines are written.
    package var form: LogForm { output.form }

    private func appendHead(_ level: Level, to line: inout LineBuffer) {
        line.append(UInt8(ascii: "["))
        let now = CalendarTime(secondsSinceEpoch: Clock.realtimeSeconds())
        TimeStamp.appendError(now, to: &line)
        line.append("] [")
        line.append(decimal: Int(CurrentProcess.pid))
        line.append("] [")
        line.append(level.name)
        line.append("] ")
    }
}
