import Engine
import Glibc
import Testing

@testable import Serving

@Suite struct DrainTests {
    private static let get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

    @Test func `connections above the limit wait until one ends`() throws {
        var options = ServingOptions()
        options.connectionsAtMost = 2
        let trial = try Trial(options)
        let clients = try (0..<3).map { _ in try trial.connect() }
        #expect(clients[0].ask(Self.get) != nil)
        #expect(clients[1].ask(Self.get) != nil)
        clients[2].send(Self.get)
        trial.settle()
        #expect(trial.server.connectionCount == 2)
        let before = trial.turns
        trial.turnOnce(waiting: 50_000_000)
        trial.settle()
        #expect(trial.turns - before == 1)
        clients[0].close()
        #expect(clients[2].response()?.status == 200)
        #expect(trial.server.connectionCount == 2)
    }

    @Test func `a drain waits a moment for idle connections and answers what comes`() throws {
        var options = ServingOptions()
        options.lingerSeconds = 1
        let trial = try Trial(options)
        let clients = try (0..<2).map { _ in try trial.connect() }
        for client in clients { #expect(client.ask(Self.get) != nil) }
        trial.server.drain(takingQueued: false)
        let last = clients[0].ask(Self.get)
        #expect(last?.status == 200 && last?.value("Connection") == "close")
        #expect(clients[0].read { $0.isEnded })
        clients[0].close()
        #expect(clients[1].read { $0.isEnded })
        #expect(trial.turn { trial.server.connectionCount == 0 })
    }

    @Test func `a drain lets a running upload end`() throws {
        let trial = try Trial { $0.reply($0.content()) }
        let client = try trial.connect()
        client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc")
        trial.settle()
        trial.server.drain(takingQueued: false)
        trial.settle()
        let response = client.ask("def")
        #expect(response?.text == "abcdef")
        #expect(response?.value("Connection") == "close")
        #expect(client.read { $0.isEnded })
    }

    @Test func `a drain lets a response that is on its way end`() throws {
        let trial = try Trial { $0.reply(pattern(4_000_000)) }
        let client = try trial.connect()
        client.send(Self.get)
        #expect(trial.turn { trial.server.requests == 1 })
        trial.server.drain(takingQueued: false)
        #expect(client.response()?.body == pattern(4_000_000))
        #expect(client.read { $0.isEnded })
        client.close()
        #expect(trial.turn { trial.server.connectionCount == 0 })
    }

    @Test func `a drain takes what is queued only where it is asked to`() throws {
        for takes in [true, false] {
            let trial = try Trial()
            let client = try trial.connect()
            client.send(Self.get)
            trial.server.drain(takingQueued: takes)
            trial.settle()
            client.read()
            #expect(client.text.hasPrefix("HTTP/1.1 200") == takes)
            #expect(client.text.contains("Connection: close") == takes)
        }
    }

    @Test func `a queued connection without a request does not hold up a drain`() throws {
        var options = ServingOptions()
        options.lingerSeconds = 1
        let trial = try Trial(options)
        let client = try trial.connect()
        trial.server.drain(takingQueued: true)
        let begun = trial.server.loop.now
        #expect(trial.server.connectionCount == 1)
        #expect(trial.turn { trial.server.connectionCount == 0 })
        #expect(trial.server.loop.now - begun < 2_000_000_000)
        _ = client
    }

    @Test func `all connections are closed at once, whatever they do`() throws {
        let trial = try Trial { $0.reply(pattern(4_000_000)) }
        let parts = [
            "", "GET", Self.get, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab",
        ]
        let clients = try parts.map { part in
            let client = try trial.connect()
            client.send(part)
            return client
        }
        trial.settle()
        #expect(trial.server.connectionCount == 4)
        trial.server.closeAll()
        #expect(trial.server.connectionCount == 0)
        for client in clients { #expect(client.read { $0.isOver }) }
        trial.settle()
        trial.server.closeAll()
    }

    @Test(arguments: [get, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nz"])
    func `a handler may close all connections, its own too, and go on`(_ request: String) throws {
        let trial = try Trial()
        let other = try trial.connect()
        trial.settle()
        var target = ""
        trial.handler.body = { exchange in
            exchange.start("200 OK", [("Content-Length", "100")])
            exchange.say([1])
            trial.server.closeAll()
            target = exchange.targetText
            exchange.say([2])
            exchange.finish()
        }
        let client = try trial.connect()
        client.send(request + request)
        #expect(client.read { $0.isOver })
        #expect(target == "/")
        #expect(trial.server.requests == 1)
        #expect(trial.server.connectionCount == 0)
        #expect(other.read { $0.isOver })
    }

    @Test func `after the last request of a budget no connection is kept`() throws {
        let trial = try Trial()
        trial.server.requestBudget = 3
        let client = try trial.connect()
        client.send(String(repeating: Self.get, count: 5))
        let responses = client.responses(3)
        #expect(responses.map { $0.value("Connection") } == ["keep-alive", "keep-alive", "close"])
        #expect(client.read { $0.isOver })
        #expect(trial.server.isSpent)
    }

    @Test func `a life of all kinds of connections leaves no descriptor open`() async {
        // In a process of its own: other tests open and close descriptors meanwhile.
        await #expect(processExitsWith: .success) {
            try Self.live()
            let before = OpenDescriptors.now
            for _ in 0..<3 { try Self.live() }
            let after = OpenDescriptors.now
            #expect(before == after)
            exit(before == after ? 0 : 1)
        }
    }

    private static func live() throws {
        var options = ServingOptions()
        options.bodyInMemoryAtMost = 100
        let trial = try Trial(options) { exchange in
            guard exchange.targetText == "/file" else {
                return exchange.reply(pattern(exchange.targetText == "/big" ? 3_000_000 : 10))
            }
            exchange.start("200 OK")
            let file = temporaryFile()
            ftruncate(file, 5_000_000)
            exchange.write(file: file, offset: 0, count: 5_000_000)
            exchange.finish()
        }
        let parts = [
            "", "GET", get, "NONSENSE\r\n\r\n", "GET /big HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /file HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/1.0\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\nab",
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nF0\r\nab",
        ]
        for (index, part) in (parts + parts + parts).enumerated() {
            let client = try trial.connect()
            client.send(part)
            trial.settle()
            client.read(atMost: 5000)
            switch index / parts.count {
            case 0: client.close()
            case 1: client.reset()
            default: break
            }
            trial.settle()
        }
        trial.end()
    }
}

/// What the descriptors of this process lead to.
private enum OpenDescriptors {
    /// Pipes are left out: they are the testing library's own.
    static var now: [String: Int] {
        var counts: [String: Int] = [:]
        for number in 0..<1024 where fcntl(Int32(number), F_GETFD) != -1 {
            var room = [CChar](repeating: 0, count: 512)
            let count = readlink("/proc/self/fd/\(number)", &room, room.count)
            let kind = String(
                decoding: room.prefix(max(0, count)).map(UInt8.init(bitPattern:)),
                as: UTF8.self
            )
            .prefix { $0 != ":" && $0 != "#" }
            if kind != "pipe" { counts[String(kind), default: 0] += 1 }
        }
        return counts
    }
}
