import Engine
import Glibc
import HTTP
import Platform
import Testing

@testable import Serving

/// What happens to others while one call of the handler lasts.
///
/// The handler runs on the test's own thread, and the other clients are asked from inside of it:
/// only the guard can be serving them.
@Suite struct GuardTests {
    private static let get = "GET /quick HTTP/1.1\r\nHost: x\r\n\r\n"
    private static let slow = "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"

    /// A server with a guard, a client whose call lasts, and others beside it.
    private final class Guarded {
        let trial: Trial
        let keeper: Guard
        /// Who asks for what lasts.
        let slow: Client
        let others: [Client]
        var other: Client { others[0] }
        var answer: (Exchange) -> Void = { $0.reply("hello") }
        private(set) var calls: [String] = []
        private var meanwhile: () -> Void = {}

        init(_ options: ServingOptions = Trial.calm, others count: Int = 1) throws {
            let trial = try Trial(options)
            self.trial = trial
            keeper = try Guard(of: trial.server)
            slow = try trial.connect()
            others = try (0..<count).map { _ in try trial.connect() }
            trial.handler.body = { [unowned self] exchange in
                calls.append(exchange.targetText)
                if exchange.targetText == "/slow" {
                    // Once, and not kept: it may well keep us.
                    let body = meanwhile
                    meanwhile = {}
                    body()
                }
                answer(exchange)
            }
        }

        /// Asks for what lasts so long as the body runs.
        func whileItLasts(_ body: @escaping () -> Void) {
            meanwhile = body
            slow.send(GuardTests.slow)
        }

        deinit {
            keeper.stop()
        }
    }

    @Test func `a bad request is refused while the handler runs`() throws {
        let guarded = try Guarded()
        guarded.whileItLasts {
            guarded.other.send("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n")
            #expect(guarded.other.wait { $0.isEnded })
            #expect(guarded.other.text.hasPrefix("HTTP/1.1 400 "))
        }
        #expect(guarded.slow.response()?.text == "hello")
        #expect(guarded.calls == ["/slow"])
    }

    @Test func `a head that comes too late is refused while the handler runs`() throws {
        var options = ServingOptions()
        options.headSeconds = 1
        let guarded = try Guarded(options)
        guarded.whileItLasts {
            guarded.other.send("GET / HT")
            #expect(guarded.other.wait { $0.isEnded })
            #expect(guarded.other.text.hasPrefix("HTTP/1.1 408 "))
        }
        #expect(guarded.slow.response()?.text == "hello")
    }

    @Test func `requests that become complete wait, and are answered in their order`() throws {
        let guarded = try Guarded(others: 3)
        guarded.whileItLasts {
            for (index, other) in guarded.others.enumerated() {
                other.send("GET /\(index) HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(guarded.trial.waitForQueue(of: index + 1))
            }
        }
        for other in guarded.others {
            #expect(other.response()?.text == "hello")
        }
        #expect(guarded.calls == ["/slow", "/0", "/1", "/2"])
        #expect(guarded.other.ask(Self.get)?.text == "hello")
    }

    @Test func `a request that waited says for how long, and one that did not says nothing`() throws
    {
        let guarded = try Guarded()
        var waited: [UInt64] = []
        guarded.answer = { exchange in
            waited.append(exchange.queuedNanoseconds)
            exchange.reply("")
        }
        guarded.whileItLasts {
            guarded.other.send(Self.get)
            #expect(guarded.trial.waitForQueue(of: 1))
        }
        #expect(guarded.other.response()?.status == 200)
        #expect(waited.count == 2 && waited[0] == 0 && waited[1] > 0)
    }

    @Test func `a body is received while the handler runs`() throws {
        let guarded = try Guarded()
        guarded.answer = { $0.reply($0.content()) }
        guarded.whileItLasts {
            let head = "POST /up HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            guarded.other.send(head + "3\r\nab")
            guarded.other.send("c\r\n0\r\n\r\n" + Self.get)
            #expect(guarded.trial.waitForQueue(of: 1))
        }
        #expect(guarded.other.responses(2).map(\.text) == ["abc", ""])
    }

    @Test func `a large response is drained while the handler runs`() throws {
        let guarded = try Guarded()
        let content = pattern(3_000_000)
        guarded.answer = { $0.reply(content) }
        guarded.other.send(Self.get)
        guarded.trial.settle()
        guarded.whileItLasts {
            #expect(guarded.other.wait { $0.received.count > content.count })
        }
        #expect(guarded.other.response()?.body == content)
        #expect(guarded.slow.response()?.body == content)
    }

    @Test func `what the handler has sent arrives before it returns`() throws {
        let guarded = try Guarded()
        let content = pattern(3_000_000)
        guarded.answer = { exchange in
            exchange.start("200 OK", [("Content-Length", "\(content.count + 3)")])
            exchange.say(content)
            #expect(guarded.other.wait { $0.received.count > content.count })
            exchange.say(Array("end".utf8), isLast: true)
        }
        guarded.other.send(Self.get)
        #expect(guarded.other.response()?.body == content + Array("end".utf8))
        guarded.answer = { $0.reply("hello") }
        #expect(guarded.other.ask(Self.get)?.text == "hello")
    }

    @Test func `more requests than may wait are refused, and told when to come again`() throws {
        var options = ServingOptions()
        options.queueLimit = 1
        let guarded = try Guarded(options, others: 2)
        let second = guarded.others[1]
        guarded.whileItLasts {
            guarded.other.send(Self.get)
            #expect(guarded.trial.waitForQueue(of: 1))
            second.send(Self.get)
            #expect(second.wait { $0.isEnded })
            #expect(second.text.hasPrefix("HTTP/1.1 503 "))
            #expect(second.text.contains("\r\nRetry-After: 1\r\n"))
            #expect(second.text.contains("\r\nConnection: close\r\n"))
        }
        #expect(guarded.other.response()?.status == 200)
        #expect(guarded.calls == ["/slow", "/quick"])
    }

    @Test func `a request that waits too long is refused`() throws {
        var options = ServingOptions()
        options.queueSeconds = 1
        let guarded = try Guarded(options)
        guarded.whileItLasts {
            guarded.other.send(Self.get)
            #expect(guarded.other.wait { $0.isEnded })
            #expect(guarded.other.text.hasPrefix("HTTP/1.1 503 "))
        }
        #expect(guarded.slow.response()?.text == "hello")
        #expect(guarded.calls == ["/slow"])
        #expect(guarded.trial.server.ready.front.map { $0.phase != .ready } ?? true)
    }

    @Test func `a client that goes away while it is answered, or waits, leaves nothing`() throws {
        let guarded = try Guarded()
        guarded.whileItLasts {
            guarded.other.send(Self.get)
            #expect(guarded.trial.waitForQueue(of: 1))
            guarded.other.reset()
            guarded.slow.reset()
        }
        #expect(guarded.trial.turn { guarded.calls.count == 2 })
        #expect(guarded.trial.turn { guarded.trial.server.connectionCount == 0 })
    }

    @Test func `a drain answers what waits`() throws {
        let guarded = try Guarded()
        guarded.whileItLasts {
            guarded.other.send(Self.get)
            #expect(guarded.trial.waitForQueue(of: 1))
        }
        #expect(guarded.trial.turn { guarded.calls.count == 1 })
        guarded.trial.server.drain(takingQueued: true)
        #expect(guarded.slow.response()?.status == 200)
        #expect(guarded.other.response()?.value("Connection") == "close")
        #expect(guarded.trial.turn { guarded.trial.server.connectionCount == 0 })
    }
}

extension Client {
    /// Reads, without turning the server, until something holds; false when it never does.
    func wait(until isDone: (Client) -> Bool) -> Bool {
        let limit = Clock.monotonicNanoseconds() + Trial.patience
        while true {
            read()
            if isDone(self) { return true }
            guard Clock.monotonicNanoseconds() < limit, !isOver else { return false }
            var one = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            poll(&one, 1, 100)
        }
    }
}

extension Trial {
    /// Waits, from inside the handler, until so many requests wait for it.
    func waitForQueue(of count: Int) -> Bool {
        let limit = Clock.monotonicNanoseconds() + Self.patience
        let exchange = server.firstThread.exchange
        while Clock.monotonicNanoseconds() < limit {
            server.takeBaton(for: exchange)
            let found = server.ready.count
            server.letGoOfBaton()
            if found >= count { return true }
            sched_yield()
        }
        return false
    }
}
