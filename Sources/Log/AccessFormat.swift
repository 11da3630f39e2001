import Platform

/// A format Python's `%` operator could not apply to the atoms either.
package struct AccessFormatError: Error, Equatable, CustomStringConvertible {
    package let format: String
    package let reason: String
    package var description: String { "Invalid access log format '\(format)': \(reason)" }
}

/// The access log's format, compiled once: literal text and atoms in a row.
///
/// Appending a record walks the pieces and copies bytes; it makes no array and no string. Names,
/// widths and literal text live in one piece of memory for the life of the process.
package struct AccessFormat: @unchecked Sendable {
    /// Gunicorn's default.
    package static let standard =
        #"%(h)s %(l)s %(u)s %(t)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s""#

    /// What stands at one place of the line.
    enum Atom: UInt8 {
        case literal
        case remoteAddress
        case user
        case time
        case requestLine
        case method
        case path
        case query
        case version
        case status
        case bytes
        case referer
        case userAgent
        case seconds
        case milliseconds
        case microseconds
        case decimalSeconds
        case process
        case requestField
        case responseField
        case environmentValue
        case unknown
    }

    /// One piece; without references, so that walking over them counts none.
    struct Piece {
        var atom: Atom
        /// The literal's or the name's place in `text`.
        var start = 0
        var count = 0
        /// Width, precision and flags, or nil for the plain `%(x)s`.
        var shape: Shape?
    }

    /// `%(x)-10.3s`: how a value is cut and padded.
    struct Shape: Equatable {
        var isLeftAligned = false
        var isZeroFilled = false
        var width = 0
        var precision: Int?
    }

    let pieces: UnsafeBufferPointer<Piece>
    let text: UnsafeRawBufferPointer

    /// The variables of the environ that the format asks for, `%({x}e)s`, in lower case.
    package var variables: [[UInt8]] {
        pieces.filter { $0.atom == .environmentValue }.map { Array(name($0)) }
    }

    /// Compiles a format; the memory is never given back, because a format lives as long as its
    /// process and may still be read while a reload takes the next one.
    package init(_ format: String) throws(AccessFormatError) {
        var compiler = AccessFormatCompiler(format)
        try compiler.run()
        let room = UnsafeMutableBufferPointer<Piece>.allocate(capacity: compiler.pieces.count)
        _ = room.initialize(from: compiler.pieces)
        pieces = UnsafeBufferPointer(room)
        let bytes = UnsafeMutableRawBufferPointer.allocate(
            byteCount: compiler.text.count,
            alignment: 1
        )
        bytes.copyBytes(from: compiler.text)
        text = UnsafeRawBufferPointer(bytes)
    }
}

extension AccessFormat {
    /// Appends one line's text, without the line feed.
    ///
    /// Double quotes are escaped as Gunicorn does it; control bytes become `\xHH`, so that no peer
    /// can forge a line; bytes from 0x80 on are Latin-1 and become UTF-8, as Python prints them.
    package func append(
        _ record: borrowing AccessRecord,
        source: (any AccessSource)?,
        stamp: inout AccessStamp,
        to line: inout LineBuffer
    ) {
        for index in pieces.indices {
            let piece = pieces[index]
            let start = line.count
            append(piece, record, source, &stamp, &line)
            if let shape = piece.shape { line.apply(shape, from: start) }
        }
    }

    @inline(__always)
    private func name(_ piece: Piece) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: text[piece.start..<piece.start + piece.count])
    }

    private func append(
        _ piece: Piece,
        _ record: borrowing AccessRecord,
        _ source: (any AccessSource)?,
        _ stamp: inout AccessStamp,
        _ line: inout LineBuffer
    ) {
        switch piece.atom {
        case .literal: line.append(name(piece))
        case .remoteAddress: line.appendEscaped(orDash: record.remoteAddress)
        case .user: line.appendUser(of: record.authorization)
        case .time: stamp.append(to: &line)
        case .requestLine:
            line.appendEscaped(record.method)
            line.append(UInt8(ascii: " "))
            line.appendEscaped(record.target)
            line.append(UInt8(ascii: " "))
            line.appendVersion(record)
        case .method: line.appendEscaped(record.method)
        case .path: line.appendEscaped(record.path)
        case .query: line.appendEscaped(record.query)
        case .version: line.appendVersion(record)
        case .status: line.append(decimal: record.status)
        case .bytes:
            if let count = record.bytesSent {
                line.append(decimal: count)
            } else {
                line.append(UInt8(ascii: "-"))
            }
        case .referer: line.appendEscaped(orDash: record.referer)
        case .userAgent: line.appendEscaped(orDash: record.userAgent)
        case .seconds, .milliseconds, .microseconds, .decimalSeconds:
            appendDuration(piece.atom, record.durationNanoseconds, &line)
        case .process:
            line.append(UInt8(ascii: "<"))
            line.append(decimal: Int(CurrentProcess.pid))
            line.append(UInt8(ascii: ">"))
        case .requestField: line.appendEscaped(orDash: source?.requestField(name(piece)))
        case .responseField: line.appendEscaped(orDash: source?.responseField(name(piece)))
        case .environmentValue:
            line.appendEscaped(orDash: source?.environmentValue(name(piece)))
        case .unknown: line.append(UInt8(ascii: "-"))
        }
    }

    private func appendDuration(_ atom: Atom, _ nanoseconds: UInt64, _ line: inout LineBuffer) {
        let microseconds = Int(truncatingIfNeeded: nanoseconds / 1000)
        switch atom {
        case .seconds: line.append(decimal: microseconds / 1_000_000)
        case .milliseconds: line.append(decimal: microseconds / 1000)
        case .microseconds: line.append(decimal: microseconds)
        default:
            line.append(decimal: microseconds / 1_000_000)
            line.append(UInt8(ascii: "."))
            line.append(decimal: microseconds % 1_000_000, digits: 6)
        }
    }
}

/// The time stamp of the access log, written once a second.
package struct AccessStamp: ~Copyable {
    private var second = Int.min
    private var text = LineBuffer(capacity: 64)
    /// That of the objects, which are in UTC and more exact.
    var json = JSONStamp()

    package init() {}

    mutating func append(to line: inout LineBuffer) {
        let now = Clock.realtimeSeconds()
        if now != second {
            second = now
            text.removeAll()
            TimeStamp.appendAccess(CalendarTime(secondsSinceEpoch: now), to: &text)
        }
        line.append(text.bytes)
    }
}
