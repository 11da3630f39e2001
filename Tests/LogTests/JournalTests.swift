import Foundation
import Platform
import Testing

@testable import Log

/// A journal of the test's own: a socket that reads entries as systemd's does.
private final class FakeJournal {
    let directory = TemporaryDirectory()
    var path: String { directory.path + "/socket" }
    private let socket: Int32

    init() throws {
        socket = Foundation.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = Array((directory.path + "/socket").utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0)
    }

    deinit { close(socket) }

    /// The fields of the next entry, nil where none has arrived.
    func next() -> [String: String]? {
        var room = [UInt8](repeating: 0, count: 1 << 18)
        let count = recv(socket, &room, room.count, Int32(MSG_DONTWAIT))
        guard count >= 0 else { return nil }
        var fields: [String: String] = [:]
        var rest = room[..<count]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            let line = rest[..<end]
            rest = rest[(end + 1)...]
            if let equals = line.firstIndex(of: UInt8(ascii: "=")) {
                let value = String(decoding: line[(equals + 1)...], as: UTF8.self)
                fields[String(decoding: line[..<equals], as: UTF8.self)] = value
            } else {
                let size = rest.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
                let value = rest.dropFirst(8).prefix(size)
                fields[String(decoding: line, as: UTF8.self)] = String(
                    decoding: value,
                    as: UTF8.self
                )
                rest = rest.dropFirst(8 + size + 1)
            }
        }
        return fields
    }

    func journal() throws -> Journal { try Journal(at: path, identifier: "gunicorn") }
}

@Suite struct JournalTests {
    private func log(_ fake: FakeJournal) throws -> Logger {
        var output = try LogOutput(
            level: .debug,
            target: .file(path: fake.directory.path + "/e")
        )
        output.journal = try fake.journal()
        return try Logger(output)
    }

    @Test(arguments: [
        (Level.debug, "7"), (.info, "6"), (.warning, "4"), (.error, "3"), (.critical, "2"),
    ])
    func `an entry has the message alone, and its grade`(_ level: Level, _ priority: String) throws
    {
        let fake = try FakeJournal()
        let log = try log(fake)
        log.log(level, "Hang up: Master")
        #expect(
            fake.next() == [
                "MESSAGE": "Hang up: Master", "PRIORITY": priority,
                "SYSLOG_IDENTIFIER": "gunicorn",
            ]
        )
        #expect(fake.directory.text("e").isEmpty)
    }

    @Test func `an entry of a worker has its number`() throws {
        let fake = try FakeJournal()
        let log = try log(fake)
        log.journal?.speak(asWorker: 7)
        log.info("Booting worker with pid: 1")
        #expect(fake.next()?["SWIFTCORN_WORKER"] == "7")
    }

    @Test func `a message of several lines is one entry`() throws {
        let fake = try FakeJournal()
        let log = try log(fake)
        log.error("Exception\nTraceback:\n  PRIORITY=0\nKeyError: 1")
        let entry = fake.next()
        #expect(entry?["MESSAGE"] == "Exception\nTraceback:\n  PRIORITY=0\nKeyError: 1")
        #expect(entry?["PRIORITY"] == "3")
        #expect(fake.next() == nil)
    }

    @Test func `a message is cut where it is longer than an entry may be`() throws {
        let fake = try FakeJournal()
        let log = try log(fake)
        log.error(String(repeating: "x", count: 10 * JournalEntry.longestMessage))
        #expect(fake.next()?["MESSAGE"]?.utf8.count == JournalEntry.longestMessage)
    }

    @Test func `what a stuck journal does not take is counted, and told of when it does`() throws {
        let fake = try FakeJournal()
        let log = try log(fake)
        for number in 0..<100_000 where log.journal?.lostEntries == 0 { log.info("\(number)") }
        let lost = try #require(log.journal?.lostEntries)
        #expect(lost == 1)
        log.info("lost too")
        #expect(log.journal?.lostEntries == 2)
        while fake.next() != nil {}
        log.info("taken")
        let told = fake.next()
        #expect(told?["MESSAGE"] == "2 log entries were lost: the journal did not take them")
        #expect(told?["PRIORITY"] == "4")
        #expect(fake.next()?["MESSAGE"] == "taken")
        #expect(log.journal?.lostEntries == 0)
    }

    @Test func `where there is no journal the line is written as always`() throws {
        let directory = TemporaryDirectory()
        var output = try LogOutput(level: .info, target: .file(path: directory.path + "/e"))
        output.journal = try Journal(at: directory.path + "/nobody", identifier: "gunicorn")
        try Logger(output).info("Hang up: Master")
        #expect(directory.text("e").hasSuffix("] [INFO] Hang up: Master\n"))
    }

    @Test func `a request has its line and its fields, whatever is in them`() throws {
        let fake = try FakeJournal()
        let path = fake.directory.path + "/a"
        let log = try AccessLog(
            format: try AccessFormat("%(m)s %(s)s"),
            target: .file(path: path),
            journal: try fake.journal()
        )
        let target = Array("/a\nPRIORITY=0".utf8)
        let method = Array("GET".utf8)
        target.withUnsafeBytes { target in
            method.withUnsafeBytes { method in
                var record = AccessRecord()
                record.method = method
                record.target = target
                record.status = 404
                record.bytesSent = 12
                record.durationNanoseconds = 1_234_567
                log.append(record)
            }
        }
        log.flush()
        #expect(
            fake.next() == [
                "MESSAGE": "GET 404", "PRIORITY": "6", "SYSLOG_IDENTIFIER": "gunicorn",
                "SWIFTCORN_METHOD": "GET", "SWIFTCORN_TARGET": "/a\nPRIORITY=0",
                "SWIFTCORN_STATUS": "404", "SWIFTCORN_BYTES": "12",
                "SWIFTCORN_DURATION_USEC": "1234",
            ]
        )
        #expect(fake.directory.text("a").isEmpty)
        #expect(log.pendingBytes == 0)
    }
}
