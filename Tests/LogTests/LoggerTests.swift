import Foundation
import Glibc
import Platform
import Testing

@testable import Log

/// A directory that is gone when the test is over.
final class TemporaryDirectory {
    let path: String
    init() {
        path = NSTemporaryDirectory() + "swiftcorn-log-\(UUID().uuidString)"
        try? FileManager.default.createDirectory(
            atPath: path,
            withIntermediateDirectories: true
        )
    }
    deinit { try? FileManager.default.removeItem(atPath: path) }
    func text(_ name: String) -> String {
        (try? String(contentsOfFile: path + "/" + name, encoding: .utf8)) ?? "no file \(name)"
    }
}

@Suite struct LoggerTests {
    @Test func `a line has the time, the process and the level`() throws {
        let directory = TemporaryDirectory()
        let log = try Logger(level: .info, target: .file(path: directory.path + "/e"))
        log.info("Booting worker with pid: 7")
        log.debug("nobody sees this")
        log.critical("WORKER TIMEOUT (pid:7)")
        let pid = ProcessInfo.processInfo.processIdentifier
        let lines = directory.text("e").split(separator: "\n")
        #expect(lines.count == 2)
        let head = #/\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}\] /#
        #expect(lines[0].prefixMatch(of: head) != nil)
        #expect(lines[0].hasSuffix("] [\(pid)] [INFO] Booting worker with pid: 7"))
        #expect(lines[1].hasSuffix("] [\(pid)] [CRITICAL] WORKER TIMEOUT (pid:7)"))
    }

    @Test func `a traceback follows its line as it is`() throws {
        let directory = TemporaryDirectory()
        let log = try Logger(level: .info, target: .file(path: directory.path + "/e"))
        log.error("Exception in worker process\nTraceback (most recent call last):\nKeyError: 1")
        #expect(
            directory.text("e").hasSuffix("\nTraceback (most recent call last):\nKeyError: 1\n")
        )
    }

    @Test func `a renamed file is left when the log is reopened`() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/e"
        let log = try Logger(level: .info, target: .file(path: path))
        log.info("one")
        try FileManager.default.moveItem(atPath: path, toPath: path + ".1")
        log.info("two")
        try log.reopen()
        log.info("three")
        #expect(directory.text("e.1").contains("two"))
        #expect(directory.text("e").hasSuffix("] three\n"))
    }

    @Test func `a log that cannot be reopened goes on where it was`() throws {
        let directory = TemporaryDirectory()
        let folder = directory.path + "/d"
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: false
        )
        let log = try Logger(level: .info, target: .file(path: folder + "/e"))
        try FileManager.default.moveItem(atPath: folder, toPath: directory.path + "/x")
        #expect(throws: UnwritableLog.self) { try log.reopen() }
        log.info("still here")
        #expect(directory.text("x/e").contains("still here"))
    }

    @Test func `an output can be prepared, used and given up`() throws {
        let directory = TemporaryDirectory()
        let log = try Logger(level: .info, target: .file(path: directory.path + "/e"))
        let former = log.output
        let next = try LogOutput(
            level: .error,
            target: .file(path: directory.path + "/f"),
            former: former
        )
        log.info("one")
        try log.use(next)
        log.info("not grave enough")
        log.error("two")
        try log.use(former)
        log.info("three")
        #expect(directory.text("e").split(separator: "\n").count == 2)
        #expect(directory.text("f").hasSuffix("] two\n"))
    }

    @Test func `an unwritable file is refused in Gunicorn's words`() {
        #expect {
            try Logger(level: .info, target: .file(path: "/nosuch/x"))
        } throws: { error in
            "\(error)"
                == "Error: '/nosuch/x' isn't writable "
                + "[FileNotFoundError(2, 'No such file or directory')]"
        }
    }

    @Test func `a reader who does not read delays nobody and hears what it missed`() throws {
        let pipe = try Platform.Pipe()
        // As a log collector's pipe is: whoever writes too much to it would block.
        Descriptor.setNonBlocking(pipe.writeEnd, false)
        let log = try Logger(level: .info, target: .descriptor(pipe.writeEnd))
        let text = String(repeating: "x", count: 4000)
        for _ in 0..<20 { log.info(text) }
        var room = [UInt8](repeating: 0, count: 1 << 20)
        _ = read(pipe.readEnd, &room, room.count)
        log.info("after")
        let count = read(pipe.readEnd, &room, room.count)
        let rest = String(decoding: room.prefix(max(0, count)), as: UTF8.self)
        #expect(rest.contains("log lines were lost: nobody read them\n"))
        #expect(rest.hasSuffix("after\n"))
        Descriptor.close(pipe.readEnd)
        Descriptor.close(pipe.writeEnd)
    }
}

@Suite struct OverlongRecordTests {
    @Test func `a record longer than a pipe takes at once delays nobody either`() throws {
        let pipe = try Platform.Pipe()
        // As a log collector's pipe is: whoever writes too much to it would block.
        Descriptor.setNonBlocking(pipe.writeEnd, false)
        let log = try Logger(level: .info, target: .descriptor(pipe.writeEnd))
        log.info(String(repeating: "x", count: 300_000))
        var room = [UInt8](repeating: 0, count: 1 << 20)
        let first = read(pipe.readEnd, &room, room.count)
        #expect(first > 0 && first < 300_000)
        log.info("after")
        let count = read(pipe.readEnd, &room, room.count)
        let rest = String(decoding: room.prefix(max(0, count)), as: UTF8.self)
        #expect(rest.hasPrefix("\n["), "what was cut short ends before the next line")
        #expect(rest.hasSuffix("] after\n"))
        Descriptor.close(pipe.readEnd)
        Descriptor.close(pipe.writeEnd)
    }
}

@Suite struct AccessLogTests {
    @Test func `lines leave together when the turn ends`() throws {
        let directory = TemporaryDirectory()
        let format = try AccessFormat("%(m)s %(s)s")
        let log = try AccessLog(format: format, target: .file(path: directory.path + "/a"))
        var record = AccessRecord()
        record.method = fixed("GET")
        log.append(record)
        log.append(record)
        #expect(directory.text("a").isEmpty)
        log.flush()
        #expect(directory.text("a") == "GET 200\nGET 200\n")
    }

    @Test func `a full buffer does not wait for the end of the turn`() throws {
        let directory = TemporaryDirectory()
        let format = try AccessFormat("%(U)s")
        let log = try AccessLog(format: format, target: .file(path: directory.path + "/a"))
        var record = AccessRecord()
        record.path = fixed(String(repeating: "p", count: 5000))
        for _ in 0..<20 { log.append(record) }
        #expect(directory.text("a").utf8.count >= AccessLog.flushThreshold)
        log.flush()
        #expect(directory.text("a").split(separator: "\n").count == 20)
    }

    @Test func `what a stuck reader does not take is kept, bounded and counted`() throws {
        let pipe = try Platform.Pipe()
        // As a log collector's pipe is: whoever writes too much to it would block.
        Descriptor.setNonBlocking(pipe.writeEnd, false)
        let format = try AccessFormat("%(U)s")
        let log = try AccessLog(format: format, target: .descriptor(pipe.writeEnd))
        var record = AccessRecord()
        record.path = fixed(String(repeating: "p", count: 999))
        for _ in 0..<2000 { log.append(record) }
        log.flush()
        #expect(log.lostRecords > 0)
        var room = [UInt8](repeating: 0, count: 1 << 16)
        var total = 0
        while true {
            let count = read(pipe.readEnd, &room, room.count)
            guard count > 0 else { break }
            #expect(room[count - 1] == UInt8(ascii: "\n"), "only whole lines leave")
            total += count
            log.flush()
        }
        #expect(total / 1000 + log.lostRecords == 2000)
        Descriptor.close(pipe.readEnd)
        Descriptor.close(pipe.writeEnd)
    }

    @Test func `a record costs well under a microsecond`() throws {
        let format = try AccessFormat(AccessFormat.standard)
        let log = try AccessLog(format: format, target: .file(path: "/dev/null"))
        var record = AccessRecord()
        record.remoteAddress = fixed("127.0.0.1")
        record.method = fixed("GET")
        record.target = fixed("/some/path?with=query")
        record.userAgent = fixed(
            "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115"
        )
        record.bytesSent = 1234
        let rounds = 100_000
        let start = Self.ownNanoseconds()
        for _ in 0..<rounds { log.append(record) }
        let each = (Self.ownNanoseconds() - start) / UInt64(rounds)
        // A debug build is ten times slower; the bound only catches a change of kind.
        #expect(each < 20_000, "\(each) ns")
        print("access record: \(each) ns")
    }

    /// What this thread has had of a processor: how busy the machine is does not change it.
    private static func ownNanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * Clock.nanosecondsPerSecond + UInt64(time.tv_nsec)
    }
}
