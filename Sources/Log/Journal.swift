package import Platform
import Synchronization

/// The journal of systemd, spoken to in its own protocol: one datagram is one entry, with fields.
///
/// An entry that the journal does not take at once is counted as lost and told of later; nobody
/// waits for it. One that cannot be delivered at all is the caller's to write as a line instead.
package final class Journal: Sendable {
    /// Where systemd's journal listens.
    package static let standardPath = "/run/systemd/journal/socket"

    /// What became of an entry.
    enum Outcome: Equatable {
        case delivered
        case lost
        case unreachable
    }

    /// Whom entries are from, where the process names are several: what `journalctl -t` asks for.
    package let identifier: String
    private let path: String
    private let socket: LocalDatagrams
    private let lost = Atomic(0)
    /// The number of the worker that this process is; 0 in the arbiter and the monitor.
    private let workerNumber = Atomic(0)

    package init(at path: String = standardPath, identifier: String) throws(SystemError) {
        self.path = path
        self.identifier = identifier
        socket = try LocalDatagrams.shared.get()
    }

    /// Whether systemd has connected a stream to the journal.
    package static func takes(_ descriptor: Int32, variable: String?) -> Bool {
        variable.map { LocalDatagrams.isStream(descriptor, $0) } ?? false
    }

    /// From here on entries are from that worker.
    package func speak(asWorker number: Int) { workerNumber.store(number, ordering: .relaxed) }

    /// An entry with the fields that all of ours have.
    func entry(
        _ priority: JournalEntry.Priority,
        _ message: UnsafeRawBufferPointer
    )
        -> JournalEntry
    {
        var entry = JournalEntry()
        entry.add("MESSAGE", message, atMost: JournalEntry.longestMessage)
        entry.add("PRIORITY", decimal: priority.rawValue)
        entry.add("SYSLOG_IDENTIFIER", identifier)
        let worker = workerNumber.load(ordering: .relaxed)
        if worker > 0 { entry.add("SWIFTCORN_WORKER", decimal: worker) }
        return entry
    }

    func send(_ entry: borrowing JournalEntry) -> Outcome {
        let missing = lost.load(ordering: .relaxed)
        if missing > 0, tellOfLoss(missing) == .busy { return count() }
        switch socket.send(entry.bytes, to: path) {
        case .delivered: return .delivered
        case .busy: return count()
        case .failed: return .unreachable
        }
    }

    /// Entries that nobody has been told of yet.
    var lostEntries: Int { lost.load(ordering: .relaxed) }

    private func count() -> Outcome {
        lost.add(1, ordering: .relaxed)
        return .lost
    }

    private func tellOfLoss(_ count: Int) -> LocalDatagrams.Outcome {
        var text = "\(count) log entries were lost: the journal did not take them"
        let outcome = text.withUTF8 { bytes in
            let notice = entry(.warning, UnsafeRawBufferPointer(bytes))
            return socket.send(notice.bytes, to: path)
        }
        if outcome == .delivered { lost.subtract(count, ordering: .relaxed) }
        return outcome
    }
}

/// One entry as the journal reads it: `NAME=value` lines, and values of several lines with their
/// length before them.
struct JournalEntry: ~Copyable {
    /// The journal's grades, which are those of syslog.
    enum Priority: Int {
        case critical = 2
        case error = 3
        case warning = 4
        case info = 6
        case debug = 7

        init(_ level: Level) {
            switch level {
            case .critical: self = .critical
            case .error: self = .error
            case .warning: self = .warning
            case .info: self = .info
            case .debug: self = .debug
            }
        }
    }

    /// A datagram has to fit into the socket's buffer, of which the kernel gives some 200 KiB.
    static let longestMessage = 48 * 1024
    /// What a client has sent is never longer than this in a field of its own.
    static let longestField = 4 * 1024

    private var buffer = LineBuffer(capacity: 512)

    var bytes: UnsafeRawBufferPointer { buffer.bytes }

    mutating func add(_ name: StaticString, _ text: String) {
        var text = text
        text.withUTF8 { add(name, UnsafeRawBufferPointer($0)) }
    }

    mutating func add(_ name: StaticString, decimal: Int) {
        buffer.append(name)
        buffer.append(UInt8(ascii: "="))
        buffer.append(decimal: decimal)
        buffer.append(UInt8(ascii: "\n"))
    }

    /// Adds a field, cut where it is longer than it may be.
    mutating func add(
        _ name: StaticString,
        _ value: UnsafeRawBufferPointer,
        atMost longest: Int = longestField
    ) {
        let value = UnsafeRawBufferPointer(rebasing: value.prefix(longest))
        buffer.append(name)
        if value.contains(UInt8(ascii: "\n")) {
            buffer.append(UInt8(ascii: "\n"))
            withUnsafeBytes(of: UInt64(value.count).littleEndian) { buffer.append($0) }
        } else {
            buffer.append(UInt8(ascii: "="))
        }
        buffer.append(value)
        buffer.append(UInt8(ascii: "\n"))
    }

    /// Adds what a client may or may not have sent.
    mutating func addIfThere(_ name: StaticString, _ value: UnsafeRawBufferPointer) {
        if value.baseAddress != nil, value.count > 0 { add(name, value) }
    }

    /// Adds what is known of one answered request.
    mutating func add(_ record: borrowing AccessRecord) {
        addIfThere("SWIFTCORN_REMOTE_ADDRESS", record.remoteAddress)
        addIfThere("SWIFTCORN_METHOD", record.method)
        addIfThere("SWIFTCORN_TARGET", record.target)
        addIfThere("SWIFTCORN_REFERER", record.referer)
        addIfThere("SWIFTCORN_USER_AGENT", record.userAgent)
        add("SWIFTCORN_STATUS", decimal: record.status)
        if let sent = record.bytesSent { add("SWIFTCORN_BYTES", decimal: sent) }
        let microseconds = record.durationNanoseconds / 1000
        add("SWIFTCORN_DURATION_USEC", decimal: Int(truncatingIfNeeded: microseconds))
    }
}
