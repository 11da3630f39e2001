import Glibc
import HTTP
import Platform
import Testing

@testable import Serving

/// Large objects whose readers are slow, with a thread that brings them to files.
@Suite struct SpoolWriterTests {
    private static let get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    private static let size = 1_500_000

    /// A server that answers with one object that is lent, beside which memory holds nothing.
    private final class Library {
        let trial: Trial
        let keeper: Guard
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 1)
        private(set) var taken = 0
        var beforeLast: (Exchange) -> Void = { _ in }

        /// So many bytes on their way to files, and no one is let in.
        static let tooMuch = 64 * 5000 + 1

        init() throws {
            var options = Trial.calm
            options.responseInMemoryAtMost = 5000
            trial = try Trial(options)
            keeper = try Guard(of: trial.server)
            piece.copyBytes(from: pattern(size))
            trial.handler.body = { [unowned self] exchange in
                if exchange.targetText == "/small" { return exchange.reply("small") }
                exchange.start("200 OK", [("Content-Length", "\(SpoolWriterTests.size)")])
                beforeLast(exchange)
                let bytes = UnsafeRawBufferPointer(piece)
                let owner = ResponseOwner(bitPattern: 8)
                if exchange.write(bytes, owner: owner, isLast: true) { taken += 1 }
            }
        }

        var isEmpty: Bool {
            trial.server.depositedCount == 0 && trial.server.heldCount == 0
                && trial.handler.released.count == taken
        }

        deinit {
            keeper.stop()
            trial.end()
            piece.deallocate()
        }
    }

    @Test func `every reader gets all of it, and every owner is let go of`() throws {
        let library = try Library()
        let clients = try (0..<8).map { _ in try library.trial.connect(receiveBuffer: 4096) }
        for client in clients { client.send(Self.get) }
        #expect(library.trial.turn { library.trial.server.requests == 8 })
        #expect(library.taken == 8)
        for client in clients {
            #expect(client.response().map { $0.body == Array(library.piece) } == true)
        }
        #expect(library.trial.turn { library.isEmpty })
        #expect(clients[0].ask(Self.get).map { $0.body == Array(library.piece) } == true)
    }

    @Test func `what is in its file needs no memory`() throws {
        let library = try Library()
        let clients = try (0..<8).map { _ in try library.trial.connect(receiveBuffer: 4096) }
        for client in clients { client.send(Self.get) }
        #expect(library.trial.turn { library.trial.server.requests == 8 && library.isEmpty })
        #expect(clients.allSatisfy { $0.received.isEmpty })
        for client in clients {
            #expect(client.response().map { $0.body == Array(library.piece) } == true)
        }
    }

    @Test func `who goes away while it is written leaves nothing`() throws {
        let library = try Library()
        for round in 1...40 {
            let client = try library.trial.connect(receiveBuffer: 4096)
            client.send(Self.get)
            #expect(library.trial.turn { library.trial.server.requests == round })
            client.reset()
        }
        #expect(library.taken == 40)
        #expect(library.trial.turn { library.isEmpty && library.trial.server.connectionCount == 0 })
    }

    @Test func `nobody new is let in while too much is on its way`() throws {
        let library = try Library()
        let trial = library.trial
        let known = try trial.connect()
        #expect(known.ask(Self.get)?.status == 200)
        #expect(trial.turn { library.isEmpty })
        trial.server.deposited(Library.tooMuch)
        // The kernel may have woken nobody else for the first.
        _ = try trial.connect()
        #expect(trial.turn { trial.server.connectionCount == 2 })
        let second = try trial.connect()
        second.send("BAD\r\n\r\n")
        trial.settle()
        #expect(known.ask("BAD\r\n\r\n")?.status == 400)
        #expect(second.received.isEmpty)
        trial.server.deposited(-Library.tooMuch)
        #expect(second.response()?.status == 400)
    }

    @Test func `whose responses were small is answered while too much is on its way`() throws {
        let library = try Library()
        let trial = library.trial
        let small = "GET /small HTTP/1.1\r\nHost: x\r\n\r\n"
        let known = try trial.connect()
        #expect(known.ask(small)?.text == "small")
        trial.server.deposited(Library.tooMuch)
        let fresh = try trial.connect()
        fresh.send(small)
        #expect(trial.turn { trial.server.ready.count == 1 })
        let turns = trial.turns
        for _ in 0..<3 { #expect(known.ask(small)?.text == "small") }
        // Who waits is waited for, not looked at again and again.
        #expect(trial.turns - turns < 100)
        #expect(fresh.received.isEmpty)
        trial.server.deposited(-Library.tooMuch)
        #expect(fresh.response()?.text == "small")
    }

    @Test func `an application waits where twice as much is on its way`() throws {
        let library = try Library()
        let server = library.trial.server
        var waits = 0
        library.beforeLast = { exchange in
            server.takeBaton(for: exchange)
            server.deposited(2 * Library.tooMuch)
            server.letGoOfBaton()
            library.trial.handler.whileWaiting = { [unowned library] in
                waits += 1
                server.takeBaton(for: exchange)
                if waits == 1 { server.deposited(-2 * Library.tooMuch) }
                server.letGoOfBaton()
                library.beforeLast = { _ in }
            }
        }
        let client = try library.trial.connect()
        #expect(client.ask(Self.get)?.body.count == Self.size)
        #expect(waits > 0)
        #expect(library.trial.turn { library.isEmpty })
    }
}
