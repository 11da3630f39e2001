import Foundation
import Platform
import Testing

@testable import Log

private func encoded(_ bytes: [UInt8]) -> String {
    var buffer = LineBuffer(capacity: 1)
    buffer.appendJSON(fixed(bytes))
    return String(decoding: buffer.bytes, as: UTF8.self)
}

/// What another reader of JSON makes of it.
private func decoded(_ text: String) throws -> String? {
    try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed) as? String
}

private func object(_ data: Data) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
}

@Suite struct JSONEncodingTests {
    @Test(arguments: [
        ("plain / text", #""plain / text""#), ("", #""""#), ("a\"b\\c", #""a\"b\\c""#),
        ("a\r\nb\tc", #""a\r\nb\tc""#), ("\u{0}\u{1b}[31m\u{7f}", #""\u0000\u001b[31m\u007f""#),
        ("\u{85}\u{9f}", #""\u0085\u009f""#), ("\u{2028}\u{2029}", #""\u2028\u2029""#),
        ("é\u{a0}‧‪€😀\u{d7ff}\u{e000}\u{10ffff}", "\"é\u{a0}‧‪€😀\u{d7ff}\u{e000}\u{10ffff}\""),
    ])
    func `what needs an escape has one`(text: String, expected: String) throws {
        #expect(encoded(Array(text.utf8)) == expected)
        #expect(try decoded(expected) == text)
    }

    @Test func `bytes that are not UTF-8 are replaced one by one`() {
        let cases: [[UInt8]: Int] = [
            [0xFF]: 1, [0x80]: 1, [0xC3]: 1, [0xC0, 0xAF]: 2, [0xE2, 0x82]: 2,
            [0xE0, 0x80, 0xAF]: 3, [0xED, 0xA0, 0x80]: 3, [0xF0, 0x80, 0x80, 0x80]: 4,
            [0xF4, 0x90, 0x80, 0x80]: 4, [0xF5, 0x80, 0x80, 0x80]: 4, [0xF0, 0x9F, 0x98]: 3,
        ]
        for (bytes, count) in cases {
            let marks = String(repeating: "\u{FFFD}", count: count)
            #expect(encoded([0x61] + bytes + [0x62]) == "\"a\(marks)b\"", "\(bytes)")
            #expect(encoded(bytes) == "\"\(marks)\"", "\(bytes)")
        }
    }

    @Test func `any byte beside any other is one string on one line`() throws {
        let edges: [UInt8] = [
            0x00, 0x0A, 0x1F, 0x20, 0x22, 0x5C, 0x61, 0x7F, 0x80, 0x9F, 0xA0, 0xBF, 0xC2, 0xE0,
            0xE2, 0xED, 0xF0, 0xF4, 0xFF,
        ]
        var wrong: [[UInt8]] = []
        for byte in UInt8.min...UInt8.max {
            for edge in edges {
                for bytes in [[byte, edge], [edge, byte], [0xE2, 0x80, byte, edge]] {
                    let text = encoded(bytes)
                    let isHarmless = text.unicodeScalars.allSatisfy {
                        $0.properties.generalCategory != .control
                    }
                    let found = try decoded(text)
                    // What is UTF-8 comes back as it was.
                    let isSame = String(validating: bytes, as: UTF8.self).map { $0 == found }
                    if !isHarmless || found == nil || isSame == false { wrong.append(bytes) }
                }
            }
        }
        #expect(wrong.isEmpty)
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00."), (951_782_400, "2000-02-29T00:00:00."),
        (1_795_598_589, "2026-11-25T09:23:09."), (4_107_542_399, "2100-02-28T23:59:59."),
        (4_107_542_400, "2100-03-01T00:00:00."), (1_735_689_599, "2024-12-31T23:59:59."),
    ])
    func `moments are in UTC`(seconds: Int, expected: String) {
        var buffer = LineBuffer(capacity: 1)
        JSONStamp.append(secondsSinceEpoch: seconds, to: &buffer)
        #expect(String(decoding: buffer.bytes, as: UTF8.self) == expected)
    }
}

@Suite struct JSONErrorLogTests {
    private func said(_ record: LogRecord) throws -> [String: Any] {
        var buffer = LineBuffer(capacity: 1)
        var stamp = JSONStamp()
        JSONRecord.append(record, stamp: &stamp, to: &buffer)
        #expect(!buffer.bytes.contains(UInt8(ascii: "\n")))
        return try object(Data(buffer.bytes))
    }

    @Test func `a line has the fields that all have`() throws {
        let found = try said(LogRecord(level: .warning, message: "a\nb", failure: nil))
        #expect(found["severity_text"] as? String == "WARNING")
        #expect(found["severity_number"] as? Int == 13)
        #expect(found["otel.scope.name"] as? String == "gunicorn.error")
        #expect(found["process.pid"] as? Int == Int(ProcessInfo.processInfo.processIdentifier))
        #expect(found["body"] as? String == "a\nb")
        let stamp = try #require(found["timestamp"] as? String)
        #expect(stamp.wholeMatch(of: #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/#) != nil)
        #expect(found.count == 6)
    }

    @Test func `a traceback in the text becomes fields`() throws {
        let trace = """
            Traceback (most recent call last):
              File "a.py", line 1, in f
            KeyError: 'k'

            During handling of the above exception, another exception occurred:

            Traceback (most recent call last):
              File "b.py", line 2, in g
                raise ValueError("one: two\\nthree")
            pkg.Wrong: one: two
            three
            """
        let text = "Exception in worker process\n\(trace)"
        let found = try said(LogRecord(level: .error, message: text, failure: nil))
        #expect(found["body"] as? String == "Exception in worker process")
        #expect(found["exception.type"] as? String == "pkg.Wrong")
        #expect(found["exception.message"] as? String == "one: two\nthree")
        #expect(found["exception.stacktrace"] as? String == trace)
    }

    @Test func `an exception without words and one without an end are told as they are`() throws {
        let trace = "Traceback (most recent call last):\n  File \"a.py\", line 1\nKeyboardInterrupt"
        let found = try said(LogRecord(level: .error, message: trace, failure: nil))
        #expect(found["body"] as? String == "")
        #expect(found["exception.type"] as? String == "KeyboardInterrupt")
        #expect(found["exception.message"] as? String == "")
        let torn = "Traceback (most recent call last):\n  File"
        let rest = try said(LogRecord(level: .error, message: torn, failure: nil))
        #expect(rest["body"] as? String == torn)
        #expect(rest["exception.type"] == nil)
    }
}

@Suite struct JSONAccessLogTests {
    /// Answers each name with itself, except those that begin with `no`.
    private final class Echo: AccessSource {
        private func find(_ name: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
            name.starts(with: "no".utf8) ? nil : name
        }
        func requestField(_ name: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? { find(name) }
        func responseField(_ name: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? { find(name) }
        func environmentValue(_ name: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
            find(name)
        }
    }

    private func line(_ record: AccessRecord, format: String = "") throws -> [String: Any] {
        let format = try AccessFormat(format)
        var buffer = LineBuffer(capacity: 1)
        var stamp = AccessStamp()
        format.appendJSON(record, source: Echo(), stamp: &stamp, to: &buffer)
        #expect(!buffer.bytes.contains { $0 < 0x20 })
        return try object(Data(buffer.bytes))
    }

    @Test func `a request has the fields of OpenTelemetry`() throws {
        var record = AccessRecord()
        record.remoteAddress = fixed("::1")
        record.method = fixed("GET")
        record.target = fixed("/a%20b?x=\"1")
        record.path = fixed("/a b")
        record.query = fixed("x=\"1")
        record.referer = fixed("http://r/\"")
        record.userAgent = fixed([0x61, 0x0A, 0xFF])
        record.authorization = fixed("Basic YSI6eA==")
        record.status = 503
        record.bytesSent = 7
        record.durationNanoseconds = 2_001_234_567
        var found = try line(record, format: "%({X-A}i)s%({no}i)s%({X-B}o)s%({Q\"}e)s")
        found["timestamp"] = nil
        found["process.pid"] = nil
        let expected: [String: Any] = [
            "severity_text": "INFO", "severity_number": 9, "otel.scope.name": "gunicorn.access",
            "body": "GET /a%20b?x=\"1 HTTP/1.1", "http.request.method": "GET",
            "url.path": "/a%20b", "url.query": "x=\"1", "network.protocol.version": "1.1",
            "http.response.status_code": 503, "http.response.body.size": 7,
            "http.server.request.duration": 2.001234, "client.address": "::1",
            "user_agent.original": "a\n\u{FFFD}", "http.request.header.referer": ["http://r/\""],
            "user.name": "a\"", "http.request.header.x-a": ["x-a"],
            "http.response.header.x-b": ["x-b"], "wsgi.environ.q\"": "q\"",
        ]
        #expect(NSDictionary(dictionary: found) == NSDictionary(dictionary: expected))
    }

    @Test func `what is absent is left out`() throws {
        var record = AccessRecord()
        record.status = 400
        let found = try line(record)
        #expect(found["body"] as? String == "a request that was not understood")
        let expected: Set = [
            "timestamp", "severity_text", "severity_number", "otel.scope.name", "process.pid",
            "body", "http.response.status_code", "http.server.request.duration",
        ]
        #expect(Set(found.keys) == expected)
        record.method = fixed("GET")
        record.target = fixed("http://host/p")
        record.path = fixed("/p")
        #expect(try line(record)["url.path"] as? String == "/p")
    }
}

@Suite struct AccessFilterTests {
    private func keeps(_ filter: AccessFilter, _ path: String, _ status: Int) -> Bool {
        filter.keeps(path: fixed(path), status: status)
    }

    @Test func `the first rule that is about a request decides`() {
        let filter = AccessFilter([
            .init(pathPrefix: "/health", statuses: 200...299, share: 0),
            .init(pathPrefix: "/health", statuses: nil, share: 1),
            .init(pathPrefix: nil, statuses: 300...399, share: 0),
        ])
        #expect(!keeps(filter, "/health", 200))
        #expect(!keeps(filter, "/healthz/a", 299))
        #expect(keeps(filter, "/health", 503))
        #expect(keeps(filter, "/health", 304))
        #expect(!keeps(filter, "/heal", 304))
        #expect(keeps(filter, "/heal", 200))
        #expect(keeps(filter, "", 200))
    }

    @Test(arguments: [0.0, 0.1, 0.5, 1.0])
    func `a share of the requests is logged`(share: Double) {
        let rule = AccessFilter.Rule(pathPrefix: nil, statuses: nil, share: share)
        let filter = AccessFilter([rule], seed: 42)
        let kept = (0..<10_000).count { _ in keeps(filter, "/", 200) }
        #expect(abs(Double(kept) - share * 10_000) <= 200)
        #expect(share > 0 || kept == 0)
        #expect(share < 1 || kept == 10_000)
    }
}
