import Platform

/// What all objects of both logs begin with, and how fields follow each other.
///
/// The names are those of OpenTelemetry's data model for logs and of its semantic conventions;
/// docs/observability.md lists them.
enum JSONRecord {
    /// Who speaks, by the names of the two loggers of Python.
    enum Scope {
        case error
        case access

        fileprivate var name: StaticString {
            switch self {
            case .error: #""gunicorn.error""#
            case .access: #""gunicorn.access""#
            }
        }
    }

    /// Begins an object; `end` ends it.
    static func begin(
        _ scope: Scope,
        _ level: Level,
        stamp: inout JSONStamp,
        to line: inout LineBuffer
    ) {
        line.append(#"{"timestamp":""#)
        stamp.append(to: &line)
        line.append(#"","severity_text":""#)
        line.append(level.name)
        line.append(#"","severity_number":"#)
        line.append(decimal: severity(level))
        line.append(#","otel.scope.name":"#)
        line.append(scope.name)
        line.append(#","process.pid":"#)
        line.append(decimal: Int(CurrentProcess.pid))
    }

    static func end(_ line: inout LineBuffer) { line.append(UInt8(ascii: "}")) }

    /// OpenTelemetry's numbers for what Python calls by these names.
    private static func severity(_ level: Level) -> Int {
        switch level {
        case .debug: 5
        case .info: 9
        case .warning: 13
        case .error: 17
        case .critical: 21
        }
    }

    /// Appends what the error log says.
    static func append(
        _ record: LogRecord,
        stamp: inout JSONStamp,
        to line: inout LineBuffer
    ) {
        begin(.error, record.level, stamp: &stamp, to: &line)
        let told = ToldFailure(record)
        line.append(#","body":"#)
        line.appendJSON(told.body)
        if let failure = told.failure {
            line.append(#","exception.type":"#)
            line.appendJSON(failure.typeName)
            line.append(#","exception.message":"#)
            line.appendJSON(failure.message)
            line.append(#","exception.stacktrace":"#)
            line.appendJSON(failure.traceback)
        }
        end(&line)
    }
}

/// A message and the exception that it tells of, which may stand in its own text.
private struct ToldFailure {
    var body: String
    var failure: (typeName: String, message: String, traceback: String)?

    private static let beginning = "Traceback (most recent call last):"

    init(_ record: LogRecord) {
        body = record.message
        if let found = record.failure {
            failure = (found.typeName, found.message, found.traceback)
        } else {
            takeTraceback()
        }
    }

    /// Splits off what begins with Python's word for it, on a line of its own.
    private mutating func takeTraceback() {
        let lines = body.split(separator: "\n", omittingEmptySubsequences: false)
        guard let first = lines.firstIndex(where: { $0 == Self.beginning }),
            let last = lines.lastIndex(where: { $0 == Self.beginning })
        else { return }
        // The exception's own lines follow those of its frames, which are set in.
        let frames = lines[(last + 1)...]
        let end = frames.firstIndex { !$0.isEmpty && $0.first != " " }
        guard let line = end else { return }
        let words = lines[line...].joined(separator: "\n")
        let colon = words.firstIndex(of: ":") ?? words.endIndex
        let message = words[colon...].dropFirst().drop { $0 == " " }
        failure = (
            String(words[..<colon]), String(message), lines[first...].joined(separator: "\n")
        )
        body = lines[..<first].joined(separator: "\n")
    }
}

/// The time stamp of the objects: `2026-11-23T20:23:09.123456Z`; the seconds are written once each.
struct JSONStamp: ~Copyable {
    private var second = UInt64.max
    private var text = LineBuffer(capacity: 32)

    mutating func append(to line: inout LineBuffer) {
        let now = Clock.realtimeNanoseconds()
        let (current, rest) = now.quotientAndRemainder(dividingBy: Clock.nanosecondsPerSecond)
        if current != second {
            second = current
            text.removeAll()
            JSONStamp.append(secondsSinceEpoch: Int(current), to: &text)
        }
        line.append(text.bytes)
        line.append(decimal: Int(rest / 1000), digits: 6)
        line.append(UInt8(ascii: "Z"))
    }

    /// A moment in UTC, up to the point behind its seconds.
    static func append(secondsSinceEpoch seconds: Int, to line: inout LineBuffer) {
        let (days, clock) = seconds.quotientAndRemainder(dividingBy: 86_400)
        // Years that begin in March, in eras of 400 of them: the leap day is then the last of all.
        let shifted = days + 719_468
        let (era, dayOfEra) = shifted.quotientAndRemainder(dividingBy: 146_097)
        let leaps = dayOfEra / 1460 - dayOfEra / 36_524 + dayOfEra / 146_096
        let yearOfEra = (dayOfEra - leaps) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * month + 2) / 5 + 1
        let isNextYear = month >= 10
        line.append(decimal: yearOfEra + era * 400 + (isNextYear ? 1 : 0), digits: 4)
        line.append(UInt8(ascii: "-"))
        line.append(decimal: isNextYear ? month - 9 : month + 3, digits: 2)
        line.append(UInt8(ascii: "-"))
        line.append(decimal: day, digits: 2)
        line.append(UInt8(ascii: "T"))
        line.append(decimal: clock / 3600, digits: 2)
        line.append(UInt8(ascii: ":"))
        line.append(decimal: clock / 60 % 60, digits: 2)
        line.append(UInt8(ascii: ":"))
        line.append(decimal: clock % 60, digits: 2)
        line.append(UInt8(ascii: "."))
    }
}
