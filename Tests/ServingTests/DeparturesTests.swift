import Platform
import Testing

@testable import Serving

/// When the responses of one turn leave: together at its end, unless something cannot wait.
@Suite struct DeparturesTests {
    private static let get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

    /// A server whose next turn finds a request of each of two clients, in this order.
    private final class Pair {
        let trial: Trial
        let first: Client
        let second: Client
        /// Done while the second is being answered.
        var meanwhile: () -> Void = {}
        private(set) var calls = 0

        init(answer: @escaping (Exchange) -> Void = { $0.reply("hello") }) throws {
            trial = try Trial()
            // As if there were a guard, without one that a slow machine would wake in between.
            trial.server.guardPost = WakeWord()
            first = try trial.connect()
            second = try trial.connect()
            trial.settle()
            trial.handler.body = { [unowned self] exchange in
                calls += 1
                if calls == 2 { meanwhile() }
                answer(exchange)
            }
        }

        func turn(_ request: String = get, behind other: String = get) {
            calls = 0
            first.send(request)
            second.send(other)
            trial.turnOnce(waiting: 1_000_000_000)
            #expect(calls >= 2)
        }
    }

    @Test func `responses of one turn leave when it ends`() throws {
        let pair = try Pair()
        for _ in 0..<3 {
            pair.meanwhile = {
                pair.first.read()
                #expect(pair.first.received == [])
            }
            pair.turn()
            for client in [pair.first, pair.second] {
                client.read()
                #expect(client.text.hasSuffix("\r\n\r\nhello"))
                client.forget()
            }
        }
    }

    @Test func `content leaves with others as soon as it is as long as was declared`() throws {
        let pair = try Pair { exchange in
            exchange.start("200 OK", [("Content-Length", "5")])
            exchange.say(Array("hello".utf8))
            exchange.finish()
        }
        pair.meanwhile = {
            pair.first.read()
            #expect(pair.first.received == [])
        }
        pair.turn()
        #expect(pair.first.response()?.text == "hello")
    }

    @Test func `a response that ends its connection leaves at once`() throws {
        let pair = try Pair()
        pair.meanwhile = {
            pair.first.read()
            #expect(pair.first.text.hasSuffix("hello"))
        }
        pair.turn("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        #expect(pair.first.read { $0.isEnded })
    }

    @Test func `a large response leaves at once`() throws {
        let content = pattern(Departures.responseAtMost + 1)
        let pair = try Pair { $0.reply(content) }
        pair.meanwhile = {
            pair.first.read()
            #expect(pair.first.received.suffix(content.count).elementsEqual(content))
        }
        pair.turn()
        #expect(pair.first.response()?.body == content)
    }

    @Test func `responses to requests sent in a row keep their order`() throws {
        var served = 0
        let pair = try Pair { exchange in
            served += 1
            exchange.reply("\(served)")
        }
        pair.turn(Self.get + Self.get + Self.get, behind: Self.get + Self.get)
        #expect(pair.first.responses(3).map(\.text) == ["1", "2", "3"])
        #expect(pair.second.responses(2).map(\.text) == ["4", "5"])
    }

    @Test func `the guard sends a response while the next call lasts`() throws {
        let pair = try Pair()
        let keeper = try Guard(of: pair.trial.server)
        defer { keeper.stop() }
        pair.meanwhile = {
            #expect(pair.first.wait { $0.text.hasSuffix("hello") })
        }
        pair.turn()
        #expect(pair.second.response()?.text == "hello")
    }

    @Test func `without a guard nothing waits`() throws {
        let pair = try Pair()
        pair.trial.server.guardPost = nil
        pair.meanwhile = {
            pair.first.read()
            #expect(pair.first.text.hasSuffix("hello"))
        }
        pair.turn()
    }

    @Test func `what the socket does not take is sent when it has room again`() throws {
        let content = pattern(Departures.responseAtMost - 1024)
        let pair = try Pair { $0.reply(content) }
        var asked = 0
        while asked < 1000, pair.trial.server.heldCount == 0 {
            asked += 1
            pair.turn()
            #expect(pair.second.response()?.body == content)
        }
        #expect(pair.trial.server.heldCount > 0)
        let answers = pair.first.responses(asked)
        #expect(answers.count == asked)
        #expect(answers.allSatisfy { $0.body == content })
        #expect(pair.trial.server.heldCount == 0)
        #expect(pair.first.ask(Self.get)?.body == content)
    }

    @Test func `a peer that leaves meanwhile takes nobody with it`() throws {
        let pair = try Pair()
        pair.meanwhile = { pair.first.reset() }
        pair.turn()
        #expect(pair.second.response()?.text == "hello")
        #expect(pair.trial.turn { pair.trial.server.connectionCount == 1 })
    }

    @Test func `a server that is closed has sent them`() throws {
        let pair = try Pair()
        pair.meanwhile = { pair.trial.server.closeAll() }
        pair.turn()
        #expect(pair.first.response()?.text == "hello")
        #expect(pair.trial.server.connectionCount == 0)
    }
}
