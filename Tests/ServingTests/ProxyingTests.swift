import Engine
import HTTP
import Testing

@testable import Serving

/// The PROXY header over the life of a connection.
@Suite struct ProxyingTests {
    private static let line = "PROXY TCP4 192.0.2.1 198.51.100.2 5 80\r\n"
    private static let request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

    private func trial(_ change: (inout ServingOptions) -> Void = { _ in }) throws -> Trial {
        var options = ServingOptions()
        options.proxyMode = .either
        change(&options)
        return try Trial(options) { $0.reply("\($0.client.text) \($0.client.port)") }
    }

    @Test func `the header speaks for every request of its connection`() throws {
        let trial = try trial()
        let client = try trial.connect()
        client.send(Self.line + Self.request + Self.request)
        let answers = client.responses(2).map(\.text)
        #expect(answers == ["192.0.2.1 5", "192.0.2.1 5"])
        #expect(client.ask(Self.line)?.status == 400)
    }

    @Test func `a peer that may not send one is refused`() throws {
        let trial = try trial { $0.mayProxy = { _ in false } }
        let client = try trial.connect()
        #expect(client.ask(Self.line)?.status == 403)
        #expect(trial.server.requests == 0)
    }

    @Test func `a header that is late is answered with 408`() throws {
        let trial = try trial { $0.headSeconds = 1 }
        let client = try trial.connect()
        client.send("PROXY TCP4 ")
        let begun = trial.server.loop.now
        #expect(client.response()?.status == 408)
        #expect(trial.server.loop.now - begun < 1_500_000_000)
    }

    @Test func `a header that trickles in does not put off its deadline`() throws {
        let trial = try trial { $0.headSeconds = 1 }
        let client = try trial.connect()
        let late = Array(Self.line.utf8.dropLast(2))
        var sent = 0
        let begun = trial.server.loop.now
        #expect(
            trial.turn {
                let due = Int((trial.server.loop.now - begun) / 50_000_000) + 1
                if due > sent, sent < late.count {
                    client.send(late[sent..<sent + 1])
                    sent += 1
                }
                client.read()
                return client.isOver || !client.received.isEmpty
            }
        )
        #expect(client.text.hasPrefix("HTTP/1.1 408 "))
        #expect(trial.server.loop.now - begun < 1_500_000_000)
    }

    @Test func `the longest header fits where heads are short`() throws {
        let trial = try trial {
            $0.limits = RequestLimits(
                limitRequestLine: 20,
                limitRequestFields: 1,
                limitRequestFieldSize: 20
            )
        }
        let client = try trial.connect()
        var header: [UInt8] = [
            13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10, 0x21, 0x11, 0xff, 0xff,
        ]
        header += [192, 0, 2, 1, 198, 51, 100, 2, 0, 5, 0, 80]
        header += [UInt8](repeating: 0, count: 65_535 - 12)
        #expect(client.sendAll(header + Array(Self.request.utf8)))
        let answer = client.response()?.text
        #expect(answer == "192.0.2.1 5")
    }
}
