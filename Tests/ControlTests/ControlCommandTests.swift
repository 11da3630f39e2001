import Control
import Testing

@Suite struct ControlCommandTests {
    private func command(_ line: String) throws -> ControlCommand {
        try ControlCommand(words: line.split(separator: " ").map(String.init))
    }

    private func request(_ text: String) -> ControlRequest? { ControlRequest(Array(text.utf8)) }

    @Test(arguments: [
        ("show all", ControlCommand.show(.all)), ("SHOW Workers", .show(.workers)),
        ("worker add", .addWorkers(1)), ("worker add 3", .addWorkers(3)),
        ("worker remove -5", .removeWorkers(1)), ("worker kill 12", .killWorker(pid: 12)),
        ("worker add 99999999999999999999", .addWorkers(Int.max)),
        ("dirty add 2", .resizeDirty), ("reload", .reload), ("reopen", .reopen),
        ("shutdown", .shutDown(mode: "graceful")), ("shutdown quick", .shutDown(mode: "quick")),
        ("drain", .shutDown(mode: "graceful")), ("help", .help), ("status", .status),
        ("health", .health), ("scale 4", .scale(4)), ("log-level DEBUG", .setLevel("debug")),
    ])
    func `words are a command`(line: String, wanted: ControlCommand) throws {
        #expect(try command(line) == wanted)
    }

    @Test(arguments: [
        ("", "Empty command"), ("dance", "Unknown command: dance"),
        ("show", "Missing show target (all|workers|dirty|config|stats|listeners)"),
        ("show x", "Unknown show target: x"), ("worker", "Missing worker action (add|remove|kill)"),
        ("worker x", "Unknown worker action: x"),
        ("worker kill", "Missing PID for worker kill"),
        ("worker add x", "invalid literal for int() with base 10: 'x'"),
        ("dirty", "Missing dirty action (add|remove)"), ("scale", "Missing number of workers"),
        ("scale 0", "There has to be one worker at least"),
        ("log-level", "Missing level (debug|info|warning|error|critical)"),
        ("log-level loud", "Unknown level: loud (debug|info|warning|error|critical)"),
    ])
    func `what is no command is refused in a sentence`(line: String, sentence: String) {
        #expect(throws: ControlCommand.Flaw(sentence)) { try command(line) }
    }

    @Test func `a request has an id, a command and arguments of any kind`() throws {
        let found = try #require(
            request(#"{"id": "x", "command": "worker", "args": ["add", 2, true]}"#)
        )
        #expect(found.id == .text("x"))
        #expect(found.command == "worker")
        #expect(found.arguments == ["add", "2", "True"])
        #expect(request("{}")?.id == .number("0"))
        #expect(request("{}")?.command.isEmpty == true)
    }

    @Test(arguments: [
        "[]", "1", #"{"command": 1}"#, #"{"args": "x"}"#, #"{"args": [[]]}"#, #"{"args": {}}"#,
    ])
    func `what is no request is not answered`(text: String) {
        #expect(request(text) == nil)
    }
}
