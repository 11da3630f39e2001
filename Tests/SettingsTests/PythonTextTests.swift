import Settings
import Testing

@Suite struct PythonTextTests {
    @Test(arguments: [
        ("a", "'a'"), ("it's", "\"it's\""), ("'\"", "'\\'\"'"), ("\u{1}\n\\", "'\\x01\\n\\\\'"),
        ("\u{E9}", "'\u{E9}'"), ("\u{200B}", "'\\u200b'"),
    ])
    func `text is quoted as repr quotes it`(_ text: String, _ quoted: String) {
        #expect(pythonRepr(text) == quoted)
    }

    @Test func `integers are read as int reads them`() {
        #expect(Int(python: " +1_0 ") == 10)
        #expect(Int(python: "007") == 7)
        for text in ["", "_1", "1_", "1__0", "+-1", "0x1", "1.0", "a"] {
            #expect(Int(python: text) == nil, "\(text)")
        }
        #expect(Int(python: "0x1F", base: 0) == 31)
        #expect(Int(python: "-0b11", base: 0) == -3)
        #expect(Int(python: "00", base: 0) == 0)
        #expect(Int(python: "007", base: 0) == nil)
    }

    @Test func `values are written as str writes them`() {
        let table = SettingValue.table([TableEntry("A", "b")])
        #expect(table.pythonText { _ in "" } == "{'A': 'b'}")
        #expect(SettingValue.list(["a", "b"]).pythonText { _ in "" } == "['a', 'b']")
        #expect(SettingValue.object(3).pythonText { "<\($0)>" } == "<3>")
    }
}
