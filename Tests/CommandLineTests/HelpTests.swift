import Settings
import Testing

@testable import CommandLine

@Suite struct HelpTests {
    private func help(width: Int) -> [Substring] {
        let trial = Trial()
        trial.environment["COLUMNS"] = String(width)
        guard case .print(let text, false, 0) = trial.run("--help") else { return [] }
        return text.split(separator: "\n", omittingEmptySubsequences: false)
    }

    @Test func `the help begins as argparse's does and names every flag`() {
        let lines = help(width: 80)
        #expect(
            lines.prefix(7) == [
                "usage: gunicorn [OPTIONS] [APP_MODULE]", "", "options:",
                "  -h, --help            show this help message and exit",
                "  -v, --version         show program's version number and exit",
                "  -c CONFIG, --config CONFIG",
                "                        Python file, or python:MODULE, to read settings from.",
            ]
        )
        let text = lines.joined(separator: "\n")
        for flag in Registry.all.flatMap(\.flags) { #expect(text.contains(flag)) }
        #expect(text.contains("\n  --proxy-protocol [MODE]\n"))
        #expect(text.contains("\n  --proxy-allow-from PROXY_ALLOW_IPS\n"))
    }

    @Test(arguments: [40, 60, 80, 132])
    func `no line is longer than the terminal allows`(_ width: Int) {
        for line in help(width: width) where line.hasPrefix("      ") {
            #expect(line.count <= width - 2)
        }
    }

    @Test(arguments: [
        (12, "a Keep-Alive b", ["a Keep-Alive", "b"]),
        (8, "a Keep-Alive", ["a Keep-", "Alive"]),
        (8, "1-foo foo-1", ["1-foo", "foo-1"]),
        (6, "ab--cd-ef", ["ab--", "cd-ef"]),
        (4, "verylong", ["very", "long"]),
        (9, "comma-separated", ["comma-", "separated"]),
        (5, "", []),
    ])
    func `lines end where textwrap ends them`(_ width: Int, _ text: String, _ lines: [String]) {
        #expect(TextWrapping(width: width).lines(of: text) == lines)
    }

    @Test(arguments: [
        ("a  b\t'c d'", ["a", "b", "c d"]), ("", []), ("''", [""]), ("a\\ b", ["a b"]),
        ("\"a\\\"\\n\"x", ["a\"\\nx"]), ("a'b'\"c\"", ["abc"]), ("# a", ["#", "a"]),
    ])
    func `words are split as a shell splits them`(_ text: String, _ words: [String]) throws {
        #expect(try ShellWords.split(text) == words)
    }

    @Test func `a flaw is where the quote was opened`() {
        #expect(throws: ShellWords.Flaw(text: "No closing quotation", position: 2)) {
            try ShellWords.split("a \"b")
        }
        #expect(throws: ShellWords.Flaw(text: "No escaped character", position: 1)) {
            try ShellWords.split("a\\")
        }
    }
}
