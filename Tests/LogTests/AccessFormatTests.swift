import Foundation
import Platform
import RegexBuilder
import Testing

@testable import Log

/// Fields by name, as a connection would answer them.
private final class Fields: AccessSource {
    private let values: [String: [UInt8]]
    init(_ values: [String: String]) { self.values = values.mapValues { Array($0.utf8) } }
    private var last: [UInt8] = []

    private func find(_ prefix: String, _ name: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        guard let value = values[prefix + String(decoding: name, as: UTF8.self)] else { return nil }
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: value.count, alignment: 1)
        copy.copyBytes(from: value)
        return UnsafeRawBufferPointer(copy)
    }
    func requestField(_ name: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        find("i:", name)
    }
    func responseField(_ name: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        find("o:", name)
    }
    func environmentValue(_ name: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        find("e:", name)
    }
}

/// Bytes that stay where they are for the life of the test process.
func fixed(_ text: String) -> UnsafeRawBufferPointer { fixed(Array(text.utf8)) }

func fixed(_ bytes: [UInt8]) -> UnsafeRawBufferPointer {
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count + 1, alignment: 1)
    room.copyBytes(from: bytes)
    return UnsafeRawBufferPointer(rebasing: room[..<bytes.count])
}

private func sample() -> AccessRecord {
    var record = AccessRecord()
    record.remoteAddress = fixed("127.0.0.1")
    record.method = fixed("GET")
    record.target = fixed("/a%20b?x=1")
    record.path = fixed("/a b")
    record.query = fixed("x=1")
    record.referer = fixed("http://example.org/")
    record.userAgent = fixed("curl/7.88.1")
    record.status = 200
    record.bytesSent = 2
    record.durationNanoseconds = 1_271_999
    return record
}

private func line(
    _ format: String,
    _ record: AccessRecord = sample(),
    _ source: (any AccessSource)? = nil
) throws -> String {
    let format = try AccessFormat(format)
    var buffer = LineBuffer(capacity: 1)
    var stamp = AccessStamp()
    format.append(record, source: source, stamp: &stamp, to: &buffer)
    return String(decoding: buffer.bytes, as: UTF8.self)
}

@Suite struct AccessFormatTests {
    @Test func `the default format is the combined log format`() throws {
        let text = try line(AccessFormat.standard)
        let start = #/127\.0\.0\.1 - - /#
        let time = #/\[\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] /#
        let rest =
            #""GET /a%20b?x=1 HTTP/1.1" 200 2 "http://example.org/" "curl/7.88.1""#
        let pattern = Regex {
            start
            time
            rest
        }
        #expect(text.wholeMatch(of: pattern) != nil, "\(text)")
    }

    @Test func `each atom has its value`() throws {
        #expect(
            try line("%(h)s %(l)s %(m)s %(U)s %(q)s %(H)s") == "127.0.0.1 - GET /a b x=1 HTTP/1.1"
        )
        #expect(try line("%(s)s %(B)s %(b)s %(f)s") == "200 2 2 http://example.org/")
        #expect(try line("%(T)s %(M)s %(D)s %(L)s") == "0 1 1271 0.001271")
        #expect(try line("%(p)s") == "<\(ProcessInfo.processInfo.processIdentifier)>")
        #expect(try line("%(zz)s 100%% %(Z)s") == "- 100% -")
    }

    @Test func `absent values are dashes and empty ones are empty`() throws {
        var record = sample()
        record.referer = AccessRecord.absent
        record.userAgent = fixed("")
        record.remoteAddress = fixed("")
        record.bytesSent = nil
        #expect(try line("[%(h)s] %(f)s [%(a)s] %(b)s %(B)s", record) == "[] - [] - -")
    }

    @Test func `fields are found by their name in lower case`() throws {
        let source = Fields(["i:x-in": "two\"q", "o:x-out": "o", "e:remote_user": "joe"])
        let text = try line(
            "%({X-In}i)s %({X-OUT}o)s %({REMOTE_USER}e)s %({no}i)s",
            sample(),
            source
        )
        #expect(text == #"two\"q o joe -"#)
        #expect(try line("%({X-In}i)s") == "-")
    }

    @Test func `no byte of a peer can end the line or the quotation`() throws {
        var record = sample()
        record.userAgent = fixed("a\"b\nc\r\u{1b}[31m\u{7f}\t")
        #expect(try line("%(a)s", record) == #"a\"b\x0Ac\x0D\x1B[31m\x7F\x09"#)
    }

    @Test func `every byte is plain or escaped, wherever it stands`() throws {
        for byte in UInt8.min...UInt8.max {
            for position in [0, 3, 7, 8, 12] {
                var bytes = Array("abcdefghijklm".utf8)
                bytes[position] = byte
                var record = sample()
                record.userAgent = fixed(bytes)
                let text = try line("%(a)s", record)
                let isPrintable = byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"")
                #expect((text == String(decoding: bytes, as: UTF8.self)) == isPrintable)
                #expect(
                    text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
                )
            }
        }
    }

    @Test func `bytes beyond ASCII are Latin-1, as Python prints them`() throws {
        var record = sample()
        record.userAgent = fixed([0x63, 0xC3, 0xA9, 0xFF])
        #expect(try line("%(a)s", record) == "c\u{C3}\u{A9}\u{FF}")
        record.userAgent = fixed([0x85])
        #expect(try line("%(a)s", record) == #"\x85"#)
    }

    @Test(arguments: [
        ("Basic am9lOnB3", "joe"), ("basic   am9lOg==", "joe"), ("Basic am9l", "-"),
        ("Basic OnB3", "-"), ("BasicXYZ OnB3", "-"), ("Basic ????", "-"),
        ("Basic am/pZTpw", "-"), ("Bearer am9lOnB3", "-"), ("", "-"), ("Basic ", "-"),
        ("Basic YTo=", "a"), ("Basic YWI6eA==", "ab"), ("Basic YQpiOng=", #"a\x0Ab"#),
    ])
    func `the user is the one of basic credentials`(value: String, user: String) throws {
        var record = sample()
        record.authorization = fixed(value)
        #expect(try line("%(u)s", record) == user)
    }

    @Test func `widths and precisions are Python's`() throws {
        #expect(try line("[%(m)6s] [%(m)-6s] [%(r).3s]") == "[   GET] [GET   ] [GET]")
        #expect(try line("%(D)07d %(D)-7d| %(h) s") == "0001271 1271   | 127.0.0.1")
        #expect(try line("%(m)99999999999999999999s").count == 4096)
    }

    @Test(arguments: ["%x", "%(h)", "%(h", "100%", "%d", "%(h)x", "%"])
    func `a format that Python refuses is refused with a reason`(format: String) {
        #expect(throws: AccessFormatError.self) { try AccessFormat(format) }
    }
}
