import HTTP
import Testing

/// What is said of a client that goes away in the middle of a head.
@Suite struct PrematureEndTests {
    private func shown(_ text: String) -> String {
        let line = PrematureEnd.text(Array(text.utf8).span)
        let words = "Ignored premature client disconnection. No more data after: "
        #expect(line.hasPrefix(words))
        return String(line.dropFirst(words.count))
    }

    @Test func `an unfinished request line is shown`() {
        #expect(shown("GET / HT") == "b'GET / HT'")
        #expect(shown("") == "b''")
        #expect(shown("\r") == #"b'\r'"#)
    }

    @Test func `behind a whole request line the rest is shown`() {
        #expect(shown("GET / HTTP/1.1\r\nHost: x\r\nA") == #"b'Host: x\r\nA'"#)
        #expect(shown("GET / HTTP/1.1\r\n") == "b''")
    }

    @Test func `nothing in it forges a line of the log`() {
        #expect(shown("a\n\u{1b}[0m'\u{e9}") == #"b"a\n\x1b[0m'\xc3\xa9""#)
    }

    @Test func `of much only the beginning is shown`() {
        #expect(shown(String(repeating: "x", count: 5000)).count == 1024 + 3)
    }
}
