import Control
import Testing

@Suite struct JSONReaderTests {
    private func read(_ text: String) -> JSONValue? { try? JSONReader.read(Array(text.utf8)) }

    @Test func `a request is read as it was written`() {
        let value = read(#" {"id": 1, "command": "show", "args": ["a", 2, true, null]} "#)
        #expect(value?["id"] == .number("1"))
        #expect(value?["command"] == .text("show"))
        #expect(value?["args"] == .list([.text("a"), .number("2"), .flag(true), .null]))
    }

    @Test func `of two members of one name the last counts`() {
        #expect(read(#"{"a": 1, "a": 2}"#)?["a"] == .number("2"))
    }

    @Test(arguments: [
        (#""\u00e9\ud83d\ude00\n\/""#, "é😀\n/"), (#""\ud83d""#, "\u{fffd}"), (#""""#, ""),
    ])
    func `escapes are characters`(text: String, wanted: String) {
        #expect(read(text) == .text(wanted))
    }

    @Test(arguments: ["0", "-1", "12.50", "1e9", "1E-9", "-0.5e+3"])
    func `numbers are kept as they are written`(text: String) {
        #expect(read(text) == .number(text))
    }

    @Test(arguments: [
        "", " ", "{", "[1,]", "{\"a\"}", "{\"a\":}", "{a:1}", "tru", "nul", "01", "1.", "1e", "-",
        "\"", "\"\\x\"", "\"\\u12\"", "\"\n\"", "1 2", "[1}", "NaN", "+1", "'a'",
    ])
    func `what is no JSON is refused`(text: String) {
        #expect(read(text) == nil)
    }

    @Test func `bytes that are no text are refused`() {
        #expect(throws: JSONReader.Flaw.self) { try JSONReader.read([0x22, 0xff, 0x22]) }
    }

    @Test func `nesting has a limit, also where it never ends`() {
        let deep = String(repeating: "[", count: JSONReader.deepest)
        let end = String(repeating: "]", count: JSONReader.deepest)
        #expect(read(deep + end) != nil)
        #expect(read("[" + deep + end + "]") == nil)
        #expect(read(String(repeating: "[", count: 60_000)) == nil)
        #expect(read(String(repeating: "{\"a\":", count: 10_000)) == nil)
    }

    @Test func `no mutilation of a request does harm`() {
        let whole = Array(#"{"id":[1,{"x":"\u0041"}],"command":"show all","args":[1.5e3]}"#.utf8)
        for position in whole.indices {
            _ = ControlRequest(Array(whole[..<position]))
            for byte: UInt8 in [0x00, 0x22, 0x2c, 0x5b, 0x5c, 0x5d, 0x7b, 0x7d, 0x80, 0xff] {
                var other = whole
                other[position] = byte
                if let request = ControlRequest(other) { #expect(request.command.count < 100) }
            }
        }
    }
}
