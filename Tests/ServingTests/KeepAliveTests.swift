import Engine
import Platform
import Testing

@testable import Serving

@Suite struct KeepAliveTests {
    private static let get = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"

    @Test(arguments: [false, true])
    func `one connection serves many requests`(_ overTCP: Bool) throws {
        let trial = try Trial(overTCP: overTCP) { $0.reply("for \($0.targetText)") }
        let client = try trial.connect()
        for number in 0..<50 {
            let response = client.ask("GET /\(number) HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(response?.text == "for /\(number)")
            #expect(response?.value("Connection") == "keep-alive")
        }
        #expect(trial.server.connectionCount == 1)
        #expect(trial.server.requests == 50)
    }

    @Test func `pipelined requests are answered in order, bodies between them or not`() throws {
        let trial = try Trial { $0.reply("\($0.targetText)=") }
        let client = try trial.connect()
        let mixed = (0..<90).map { number in
            switch number % 3 {
            case 0: "GET /\(number) HTTP/1.1\r\nHost: x\r\n\r\n"
            case 1: "POST /\(number) HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
            default:
                "POST /\(number) HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "1\r\na\r\n2;x=y\r\nbc\r\n0\r\n\r\n"
            }
        }
        client.send(mixed.joined())
        let responses = client.responses(90)
        #expect(responses.map(\.text) == (0..<90).map { "/\($0)=" })
    }

    /// Requests of all framings, right behind one another, and what each has to be answered with.
    private static let sequence: [(request: String, answer: String)] = [
        ("GET /1 HTTP/1.1\r\nHost: x\r\n\r\n", "GET /1 "),
        ("POST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nGET /", "POST /2 GET /"),
        ("POST /3 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", "POST /3 "),
        (
            "PUT /4 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "3\r\nabc\r\nA;q=\"z\"\r\n0123456789\r\n0\r\nX-T: 1\r\n\r\n",
            "PUT /4 abc0123456789"
        ),
        ("DELETE /5 HTTP/1.1\r\nHost: x\r\n\r\n", "DELETE /5 "),
    ]

    @Test func `cut at any byte the requests are the same`() throws {
        let trial = try Trial { exchange in
            let content = String(decoding: exchange.content(), as: UTF8.self)
            exchange.reply("\(exchange.methodText) \(exchange.targetText) \(content)")
        }
        let bytes = Array(Self.sequence.map(\.request).joined().utf8)
        let expected = Self.sequence.map(\.answer)
        for cut in 0...bytes.count {
            let client = try trial.connect()
            client.send(bytes[..<cut])
            trial.settle()
            client.send(bytes[cut...])
            #expect(client.responses(expected.count).map(\.text) == expected, "cut at \(cut)")
            client.close()
            trial.settle()
        }
        #expect(trial.server.connectionCount == 0)
    }

    @Test(arguments: [1, 2, 7])
    func `a slow sender gets the same answers`(_ step: Int) throws {
        let trial = try Trial { exchange in
            let content = String(decoding: exchange.content(), as: UTF8.self)
            exchange.reply("\(exchange.methodText) \(exchange.targetText) \(content)")
        }
        let bytes = Array(Self.sequence.map(\.request).joined().utf8)
        let client = try trial.connect()
        for start in stride(from: 0, to: bytes.count, by: step) {
            client.send(bytes[start...].prefix(step))
            trial.settle()
        }
        #expect(client.responses(5).map(\.text) == Self.sequence.map(\.answer))
    }

    @Test func `a request of HTTP 1.0 ends its connection unless it asks otherwise`() throws {
        let trial = try Trial { $0.reply("x") }
        let client = try trial.connect()
        let kept = client.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        #expect(kept?.value("Connection") == "keep-alive")
        let last = client.ask("GET / HTTP/1.0\r\n\r\n")
        #expect(last?.value("Connection") == "close")
        #expect(client.read { $0.isEnded })
        client.close()
        #expect(trial.turn { trial.server.connectionCount == 0 })
    }

    @Test func `a request that asks for close is the last`() throws {
        let trial = try Trial()
        let client = try trial.connect()
        let response = client.ask("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        #expect(response?.value("Connection") == "close")
        #expect(client.read { $0.isEnded })
    }

    @Test func `a peer that sent all it wants to is answered`() throws {
        let trial = try Trial()
        let client = try trial.connect()
        client.send(Self.get + Self.get)
        client.endSending()
        #expect(client.responses(2).map(\.text) == ["hello", "hello"])
        #expect(client.read { $0.isEnded })
        #expect(trial.server.connectionCount == 0)
    }

    @Test func `a peer that ends in the middle is let go without a word`() throws {
        let trial = try Trial()
        for part in [
            "", "GET", "GET / HTTP/1.1\r\nHost: x\r\n",
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc",
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab",
        ] {
            let client = try trial.connect()
            client.send(part)
            client.endSending()
            #expect(client.read { $0.isEnded })
            #expect(client.received.isEmpty)
        }
        #expect(trial.server.connectionCount == 0)
        #expect(trial.server.requests == 0)
    }

    @Test(arguments: [false, true])
    func `a peer that resets at any moment costs nothing but its connection`(_ overTCP: Bool) throws
    {
        let trial = try Trial(overTCP: overTCP) { exchange in
            exchange.reply(pattern(exchange.targetText == "/big" ? 3_000_000 : 10))
        }
        let request =
            "POST /big HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nabcd"
            + "GET /big HTTP/1.1\r\nHost: x\r\n\r\n"
        let bytes = Array(request.utf8)
        for cut in 0...bytes.count {
            let client = try trial.connect()
            client.send(bytes[..<cut])
            if cut % 2 == 0 { trial.settle() }
            if cut % 3 == 0 { client.read(atMost: 1000) }
            client.reset()
            trial.turn { trial.server.connectionCount == 0 }
        }
        trial.settle()
        #expect(trial.server.connectionCount == 0)
        let client = try trial.connect()
        #expect(client.ask(Self.get)?.body.count == 10)
    }

    @Test func `an idle connection is closed when its time is over`() throws {
        var options = ServingOptions()
        options.keepAliveSeconds = 1
        let trial = try Trial(options)
        let client = try trial.connect()
        #expect(client.ask(Self.get) != nil)
        let begun = trial.server.loop.now
        #expect(client.read { $0.isEnded })
        let seconds = Double(trial.server.loop.now - begun) / 1e9
        #expect(seconds > 0.9 && seconds < 1.5)
    }

    @Test func `without keep alive each response is the last`() throws {
        var options = ServingOptions()
        options.keepAliveSeconds = 0
        let trial = try Trial(options)
        let client = try trial.connect()
        #expect(client.ask(Self.get)?.value("Connection") == "close")
        // We end first, and wait for the peer to end as well.
        #expect(client.read { $0.isEnded })
        #expect(trial.server.connectionCount == 1)
        client.close()
        #expect(trial.turn { trial.server.connectionCount == 0 })
    }

    @Test func `a slow application does not use up the time its connection may be idle`() throws {
        var options = ServingOptions()
        options.keepAliveSeconds = 1
        let trial = try Trial(options) { exchange in
            let end = Clock.monotonicNanoseconds() + 1_300_000_000
            while Clock.monotonicNanoseconds() < end {}
            exchange.reply("late")
        }
        let client = try trial.connect()
        let other = try trial.connect()
        trial.settle()
        #expect(client.ask(Self.get)?.text == "late")
        trial.settle()
        client.read()
        #expect(!client.isOver && !other.isOver)
        #expect(client.ask(Self.get)?.text == "late")
    }

    @Test func `idle connections cost no turns`() throws {
        let trial = try Trial()
        for _ in 0..<20 {
            let client = try trial.connect()
            #expect(client.ask(Self.get) != nil)
        }
        let before = trial.turns
        let begun = trial.server.loop.now
        while trial.server.loop.now < begun + 1_000_000_000 {
            trial.turnOnce(waiting: 1_000_000_000)
        }
        #expect(trial.turns - before <= 3)
    }
}
