import HTTP
import Testing

/// The pieces a response is made of.
@Suite struct ResponseTests {
    private func judge<Answer>(_ text: String, _ body: (UnsafeRawBufferPointer) -> Answer) -> Answer
    {
        Array(text.utf8).withUnsafeBytes(body)
    }

    @Test func `a writer grows, keeps its room and gives it back`() {
        var writer = ByteWriter(capacity: 1)
        for _ in 0..<1000 { writer.append("0123456789") }
        #expect(writer.count == 10_000)
        writer.truncate(to: 5)
        #expect(writer.text == "01234")
        writer.removeAll()
        #expect(writer.count == 0)
        writer.trim(above: 64)
        writer.append(0x61)
        #expect(writer.text == "a")
    }

    @Test(arguments: [
        (0, "0", "0"), (9, "9", "9"), (10, "10", "A"), (255, "255", "FF"), (4096, "4096", "1000"),
        (Int.max, "9223372036854775807", "7FFFFFFFFFFFFFFF"), (99, "99", "63"),
        (1_000_000, "1000000", "F4240"), (999_999_999_999, "999999999999", "E8D4A50FFF"),
    ])
    func `numbers are written in decimal and in hexadecimal`(
        _ number: Int,
        _ decimal: String,
        _ hexadecimal: String
    ) {
        var writer = ByteWriter(capacity: 16)
        writer.append(decimal: number)
        #expect(writer.text == decimal)
        writer.removeAll()
        writer.append(upperHex: number)
        #expect(writer.text == hexadecimal)
    }

    @Test func `a negative number has its sign`() {
        var writer = ByteWriter(capacity: 16)
        writer.append(decimal: -42)
        writer.append(0x20)
        writer.append(decimal: Int.min)
        #expect(writer.text == "-42 -9223372036854775808")
    }

    @Test(arguments: [
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
        (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"),
        (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
        (Int.max, "Fri, 31 Dec 9999 23:59:59 GMT"),
        (Int.min, "Mon, 01 Jan 0001 00:00:00 GMT"),
    ])
    func `a date is written as the RFC writes it`(_ seconds: Int, _ text: String) {
        var writer = ByteWriter(capacity: 32)
        HTTPDate(secondsSinceEpoch: seconds).write(into: &writer)
        #expect(writer.text == text)
    }

    @Test func `names of fields are tokens`() {
        for name in ["A", "Content-Type", "!#$%&'*+-.^_`|~09az"] {
            #expect(judge(name, ResponseField.isToken))
        }
        for name in ["", "a b", "a:", "a\r\nb", "é", "a\0", "(a)"] {
            #expect(!judge(name, ResponseField.isToken))
        }
    }

    @Test func `values of fields hold no control but the tab`() {
        for value in ["", "a", "a\tb", "é", "a long value with nothing in it that matters"] {
            #expect(judge(value, ResponseField.isFieldValue))
        }
        for position in 0..<20 {
            for control in ["\r", "\n", "\0", "\u{7f}", "\u{1f}", "\u{b}"] {
                let value = String(repeating: "a", count: position) + control + "bbbbbbbbbb"
                #expect(!judge(value, ResponseField.isFieldValue))
            }
            let tab = String(repeating: "a", count: position) + "\tbbbbbbbbbb"
            #expect(judge(tab, ResponseField.isFieldValue))
        }
    }

    @Test func `a status is three digits and perhaps a reason`() {
        #expect(judge("200 OK", ResponseField.isStatusLine) == 200)
        #expect(judge("404", ResponseField.isStatusLine) == 404)
        #expect(judge("204 ", ResponseField.isStatusLine) == 204)
        #expect(judge("599 a\tb é", ResponseField.isStatusLine) == 599)
        for status in ["", "20", "2000", "200OK", "abc OK", "200 O\r\nK", "+20 OK", " 200 OK"] {
            #expect(judge(status, ResponseField.isStatusLine) == nil)
        }
    }

    @Test func `fields that belong to the server are told apart`() {
        #expect(judge("CONTENT-length", ResponseField.kind) == .contentLength)
        #expect(judge("Connection", ResponseField.kind) == .connection)
        #expect(judge("upgrade", ResponseField.kind) == .upgrade)
        #expect(judge("Transfer-Encoding", ResponseField.kind) == .transferEncoding)
        #expect(judge("Server", ResponseField.kind) == .server)
        #expect(judge("date", ResponseField.kind) == .date)
        for name in ["TE", "Trailers", "keep-alive", "Proxy-Authenticate", "proxy-authorization"] {
            #expect(judge(name, ResponseField.kind) == .hopByHop)
        }
        for name in ["Trailer", "Content-Type", "Dates", "", "X-Server"] {
            #expect(judge(name, ResponseField.kind) == .other)
        }
    }

    @Test func `a content length of an application is digits`() {
        #expect(judge("12", ResponseField.contentLength) == 12)
        #expect(judge(" 12 ", ResponseField.contentLength) == 12)
        for value in ["", "-1", "+1", "1_0", "1 0", "12a", "99999999999999999999"] {
            #expect(judge(value, ResponseField.contentLength) == nil)
        }
    }

    @Test(arguments: [
        ("/a%20b", "/a b"), ("%2F%2f", "//"), ("%", "%"), ("%4", "%4"), ("%zz", "%zz"),
        ("%%41", "%A"), ("a%4", "a%4"), ("", ""), ("%41%42", "AB"), ("100%", "100%"),
    ])
    func `percent signs are decoded as Python decodes them`(_ source: String, _ text: String) {
        var output = [UInt8](repeating: 0, count: source.utf8.count + 1)
        let count = judge(source) { bytes in
            output.withUnsafeMutableBytes { room in
                room.baseAddress.map { PercentDecoding.decode(bytes, into: $0) } ?? 0
            }
        }
        #expect(String(decoding: output[..<count], as: UTF8.self) == text)
    }

    @Test func `an application's failure is answered as Gunicorn answers it`() {
        var writer = ByteWriter(capacity: 16)
        ErrorPage.write(status: 500, reason: "Internal Server Error", message: "", into: &writer)
        let page = """
            <html>
              <head>
                <title>Internal Server Error</title>
              </head>
              <body>
                <h1><p>Internal Server Error</p></h1>
            \u{20}\u{20}\u{20}\u{20}
              </body>
            </html>

            """
        let head = """
            HTTP/1.1 500 Internal Server Error\r
            Connection: close\r
            Content-Type: text/html\r
            Content-Length: \(page.utf8.count)\r
            \r

            """
        #expect(writer.text == head + page)
    }
}
