import Engine
import HTTP
import Testing

@testable import Serving

@Suite struct RefusalTests {
    @Test(
        arguments: [
            ("NONSENSE\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nBad Name: x\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n", 400),
            ("GET /\(String(repeating: "a", count: 5000)) HTTP/1.1\r\n\r\n", 414),
            ("GET / HTTP/1.1\r\nA: \(String(repeating: "a", count: 9000))\r\n\r\n", 431),
            ("GET / HTTP/1.1\r\n\(String(repeating: "A: b\r\n", count: 101))\r\n", 431),
            ("GET / HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\n\r\n", 417),
            ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: zip\r\n\r\n", 501),
            ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc", 400),
        ]
    )
    func `a bad request is answered with its status and the connection ends`(
        _ request: String,
        _ status: Int
    ) throws {
        let trial = try Trial()
        let good = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
        for lead in ["", good] {
            let client = try trial.connect()
            client.send(lead + request + good)
            let responses = client.responses(lead.isEmpty ? 1 : 2)
            #expect(responses.last?.status == status)
            #expect(responses.last?.value("Connection") == "close")
            #expect(client.read { $0.isEnded })
            #expect(client.received.isEmpty)
            client.close()
        }
        #expect(trial.turn { trial.server.connectionCount == 0 })
        #expect(trial.server.requests == 1)
    }

    /// Looks at all that an access log would.
    private final class Observer: ExchangeObserver {
        private(set) var seen: [String] = []

        func answered(_ exchange: Exchange) {
            seen.append("\(exchange.status) \(exchange.methodText) \(exchange.targetText)")
        }
    }

    @Test func `an observer sees of a refused request nothing that was another's`() throws {
        let trial = try Trial()
        let observer = Observer()
        trial.server.observer = observer
        let client = try trial.connect()
        #expect(client.ask("DELETE /secret HTTP/1.1\r\nHost: x\r\n\r\n")?.status == 200)
        let other = try trial.connect()
        #expect(other.ask("N\r\n\r\n")?.status == 400)
        #expect(observer.seen == ["200 DELETE /secret", "400  "])
    }

    @Test func `a bad chunk behind good ones is named, wherever the body was cut`() throws {
        let trial = try Trial()
        let bytes = Array(
            """
            GET / HTTP/1.1\r\nHost: x\r\n\r\nPOST / HTTP/1.1\r\nHost: x\r\n\
            Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\nfffz\r\n
            """.utf8
        )
        for cut in 0...bytes.count {
            let client = try trial.connect()
            client.send(bytes[..<cut])
            trial.settle()
            client.send(bytes[cut...])
            let responses = client.responses(2)
            #expect(responses.map(\.status) == [200, 400])
            #expect(responses.last?.text.contains("fffz") == true, "cut at \(cut)")
            client.close()
            trial.settle()
        }
    }

    @Test func `a trailer that never ends where the peer does is refused`() throws {
        let trial = try Trial()
        let client = try trial.connect()
        client.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n")
        client.endSending()
        #expect(client.response()?.status == 400)
    }

    @Test(arguments: ["G", "GET / HTTP/1.1\r\nHost: x\r\n"])
    func `a head that is late is answered with 408`(_ part: String) throws {
        var options = ServingOptions()
        options.headSeconds = 1
        let trial = try Trial(options)
        let client = try trial.connect()
        client.send(part)
        let begun = trial.server.loop.now
        #expect(client.response()?.status == 408)
        #expect(trial.server.loop.now - begun < 1_500_000_000)
        #expect(client.read { $0.isEnded })
    }

    @Test func `bytes that trickle in do not put off the head's deadline`() throws {
        var options = ServingOptions()
        options.headSeconds = 1
        let trial = try Trial(options)
        let client = try trial.connect()
        client.send("GET / HTTP/1.1\r\n")
        let begun = trial.server.loop.now
        #expect(
            trial.turn {
                client.send("A: b\r\n")
                client.read()
                return client.isOver || !client.received.isEmpty
            }
        )
        #expect(client.text.hasPrefix("HTTP/1.1 4"))
        #expect(trial.server.loop.now - begun < 1_500_000_000)
    }

    @Test func `a body that stands still is answered with 408`() throws {
        var options = ServingOptions()
        options.bodySeconds = 1
        let trial = try Trial(options)
        let client = try trial.connect()
        client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
        #expect(client.response()?.status == 408)
        #expect(client.read { $0.isEnded })
    }

    @Test func `a connection that says nothing is closed without a word`() throws {
        var options = ServingOptions()
        options.headSeconds = 1
        let trial = try Trial(options)
        let client = try trial.connect()
        #expect(client.read { $0.isEnded })
        #expect(client.received.isEmpty)
        #expect(trial.server.connectionCount == 0)
    }

    @Test func `a refused sender that goes on is read for a while, then dropped`() throws {
        let trial = try Trial()
        let client = try trial.connect()
        client.send("NONSENSE\r\n\r\n")
        #expect(client.response()?.status == 400)
        #expect(client.read { $0.isEnded })
        let junk = pattern(10_000)
        var sent = 0
        #expect(
            trial.turn {
                sent += client.send(junk)
                return trial.server.connectionCount == 0
            }
        )
        #expect(sent < 1_000_000)
    }
}
