import Engine
import HTTP
package import Log
import Platform

/// Writes the access log's line of each answer.
package final class AccessRecorder: AccessSource {
    private let log: AccessLog
    /// What is asked first; nil logs every request.
    private let filter: AccessFilter?
    private var exchange: Exchange?
    private var decodedPath = ByteWriter(capacity: 256)
    private var foundVariable = ByteWriter(capacity: 64)

    /// A recorder whose lines go to a log.
    package init(log: AccessLog, filter: AccessFilter? = nil) {
        self.log = log
        self.filter = filter
    }

    /// Adds the line of an answer that took so long.
    package func record(_ exchange: Exchange, durationNanoseconds: UInt64) {
        if let filter, !filter.keeps(path: path(of: exchange), status: exchange.status) { return }
        var record = AccessRecord()
        record.method = exchange.bytes(of: exchange.head.method)
        record.target = exchange.bytes(of: exchange.head.target)
        record.query = exchange.bytes(of: exchange.head.query)
        record.path = path(of: exchange)
        record.versionMajor = exchange.head.version.major
        record.versionMinor = exchange.head.version.minor
        record.referer = value(of: exchange.head.refererField, exchange)
        record.userAgent = value(of: exchange.head.userAgentField, exchange)
        record.authorization = value(of: exchange.head.authorizationField, exchange)
        record.status = exchange.status
        record.bytesSent = exchange.contentSent
        record.durationNanoseconds = exchange.server.loop.now &- exchange.startedAt
        self.exchange = exchange
        withUnsafeTemporaryAllocation(
            of: CChar.self,
            capacity: exchange.clientTextCapacity
        ) { room in
            guard let start = room.baseAddress else { return }
            let count = exchange.client.write(into: start)
            record.remoteAddress = UnsafeRawBufferPointer(start: start, count: count)
            log.append(record, source: self)
        }
        self.exchange = nil
    }

    private func value(of index: Int, _ exchange: Exchange) -> UnsafeRawBufferPointer {
        index < 0 ? AccessRecord.absent : exchange.bytes(of: exchange.head.fields[index].value)
    }

    private func path(of exchange: Exchange) -> UnsafeRawBufferPointer {
        let path = exchange.bytes(of: exchange.head.path)
        guard path.contains(UInt8(ascii: "%")) else { return path }
        decodedPath.removeAll()
        let room = decodedPath.room(path.count)
        if let start = room.baseAddress {
            decodedPath.commit(PercentDecoding.decode(path, into: start))
        }
        return decodedPath.bytes
    }

    // MARK: What a format asks for by name

    package func requestField(_ name: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        guard let exchange else { return nil }
        for index in (0..<exchange.head.fields.count).reversed() {
            let field = exchange.head.fields[index]
            if FieldLine.isSame(exchange.bytes(of: field.name), name) {
                return exchange.bytes(of: field.value)
            }
        }
        return nil
    }

    package func responseField(_ name: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        exchange.flatMap { FieldLine.value(of: name, in: $0.fields.bytes) }
    }

    package func environmentValue(_ name: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        guard let exchange else { return nil }
        let found = exchange.variables.first { $0.name.elementsEqual(name) }
        guard let found else { return nil }
        foundVariable.removeAll()
        found.value.withUnsafeBytes { foundVariable.append($0) }
        return foundVariable.bytes
    }
}

/// Finds a field among serialised field lines.
enum FieldLine {
    /// Whether a name reads as another that is in lower case.
    static func isSame(_ name: UnsafeRawBufferPointer, _ lower: UnsafeRawBufferPointer) -> Bool {
        guard name.count == lower.count else { return false }
        for index in 0..<name.count {
            let byte = name[index]
            let isUpper = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
            if (isUpper ? byte | 0x20 : byte) != lower[index] { return false }
        }
        return true
    }

    /// The value of the last field of that name in `name: value\r\n` lines.
    static func value(
        of name: UnsafeRawBufferPointer,
        in lines: UnsafeRawBufferPointer
    ) -> UnsafeRawBufferPointer? {
        var found: UnsafeRawBufferPointer?
        var start = 0
        while start < lines.count,
            let end = lines[start...].firstIndex(of: UInt8(ascii: "\r")),
            let colon = lines[start..<end].firstIndex(of: UInt8(ascii: ":"))
        {
            if isSame(UnsafeRawBufferPointer(rebasing: lines[start..<colon]), name) {
                found = UnsafeRawBufferPointer(rebasing: lines[colon + 2..<end])
            }
            start = end + 2
        }
        return found
    }
}
