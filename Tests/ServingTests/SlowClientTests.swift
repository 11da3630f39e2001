import Engine
import Glibc
import HTTP
import Platform
import Testing

@testable import Serving

/// What clients cost that are slow, or too many, or want too much.
@Suite struct SlowClientTests {
    private static let get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

    private func post(_ count: Int) -> String {
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: \(count)\r\n\r\n"
    }

    // MARK: Bodies

    @Test func `a body that trickles in below the rate is answered with 408`() throws {
        var options = ServingOptions()
        options.bodySeconds = 1
        options.bodyBytesPerSecond = 1_000_000
        let trial = try Trial(options)
        let client = try trial.connect()
        client.send(post(1 << 30))
        #expect(
            trial.turn {
                client.send("x")
                client.read()
                return !client.received.isEmpty
            }
        )
        #expect(client.text.hasPrefix("HTTP/1.1 408 "))
        #expect(client.read { $0.isEnded })
        #expect(trial.server.requests == 0)
    }

    @Test func `a body that is fast enough may take longer than its timeout`() throws {
        var options = ServingOptions()
        options.bodySeconds = 1
        options.bodyBytesPerSecond = 10
        let trial = try Trial(options) { $0.reply("\($0.content().count)") }
        let client = try trial.connect()
        client.send(post(2500))
        let begun = trial.server.loop.now
        var sent: UInt64 = 0
        #expect(
            trial.turn {
                // A byte for each millisecond that has gone by.
                let due = min(2500, (trial.server.loop.now - begun) / 1_000_000)
                while sent < due { sent += UInt64(client.send("x")) }
                client.read()
                return !client.received.isEmpty
            }
        )
        #expect(client.response()?.text == "2500")
        #expect(trial.server.loop.now - begun >= 2_400_000_000)
    }

    @Test func `what arrived while we were busy counts for the rate`() throws {
        var options = ServingOptions()
        options.bodySeconds = 1
        options.bodyBytesPerSecond = 100_000
        let trial = try Trial(options) { $0.reply("\($0.content().count)") }
        let client = try trial.connect()
        client.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n927C0\r\n")
        trial.settle()
        let begun = Clock.monotonicNanoseconds()
        // More than one call brings, and as much as the rate wants.
        let sent = client.send(pattern(150_000))
        #expect(sent >= 100_000)
        while Clock.monotonicNanoseconds() < begun + 1_200_000_000 {}
        trial.turnOnce()
        client.read()
        #expect(client.received.isEmpty)
        #expect(client.sendAll(pattern(600_000 - sent) + Array("\r\n0\r\n\r\n".utf8)))
        #expect(client.response()?.text == "600000")
    }

    @Test(arguments: ["Content-Length: 11", "Content-Length: 1000000000000"])
    func `a body announced too large is refused at once and unread`(_ field: String) throws {
        var options = ServingOptions()
        options.bodyAtMost = 10
        let trial = try Trial(options) { $0.reply($0.content()) }
        let client = try trial.connect()
        let head = "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\(field)\r\n\r\n"
        // Nobody is told to go on and then refused.
        #expect(client.ask(head)?.status == 413)
        #expect(client.read { $0.isEnded })
        #expect(client.received.isEmpty)
        #expect(trial.server.requests == 0)
        client.close()
        #expect(trial.turn { trial.server.connectionCount == 0 })
        let other = try trial.connect()
        #expect(other.ask(post(10) + "0123456789")?.text == "0123456789")
    }

    @Test func `a chunked body is refused as soon as it is too large, wherever it was cut`() throws
    {
        var options = ServingOptions()
        options.bodyAtMost = 10
        let trial = try Trial(options) { $0.reply($0.content()) }
        let head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        let bytes = Array((head + "5\r\n01234\r\n5\r\n56789\r\n").utf8)
        for cut in 0...bytes.count {
            let client = try trial.connect()
            client.send(bytes[..<cut])
            trial.settle()
            client.send(bytes[cut...])
            client.send(cut % 2 == 0 ? "0\r\n\r\n" : "1\r\nx")
            let response = client.response()
            #expect(response?.status == (cut % 2 == 0 ? 200 : 413), "cut at \(cut)")
            client.close()
        }
        trial.turn { trial.server.connectionCount == 0 }
    }

    @Test func `who sends a refused body is listened to until all is sent`() throws {
        var options = ServingOptions()
        options.bodyAtMost = 10
        let trial = try Trial(options, overTCP: true)
        let client = try trial.connect()
        let content = pattern(8_000_000)
        client.send(post(content.count))
        var sent = 0
        #expect(
            trial.turn {
                sent += client.send(content[sent...].prefix(100_000))
                return sent == content.count
            }
        )
        #expect(client.response()?.status == 413)
        #expect(client.read { $0.isEnded })
        #expect(!client.isReset)
    }

    // MARK: Readers

    @Test func `a slow reader does not hold an application that makes piece after piece`() throws {
        var options = ServingOptions()
        options.responseInMemoryAtMost = 100_000
        let trial = try Trial(options)
        let client = try trial.connect(receiveBuffer: 4096)
        let piece = pattern(70_001)
        var expected: [UInt8] = []
        var most = 0
        var waits = 0
        trial.handler.body = { exchange in
            exchange.start("200 OK")
            for number in 0..<200 {
                let content = number % 3 == 0 ? pattern(17, seed: number) : piece
                expected += content
                exchange.say(content)
                most = max(most, exchange.connection?.queue.heldCount ?? 0)
            }
            exchange.finish()
        }
        trial.handler.whileWaiting = { waits += 1 }
        client.send(Self.get)
        #expect(trial.turn { trial.server.requests == 1 })
        #expect(client.received.isEmpty)
        #expect(most <= 100_000)
        #expect(trial.server.heldCount <= 100_000)
        #expect(client.response().map { $0.body == expected } == true)
        #expect(trial.server.heldCount == 0)
        // The lock is given up around large writes to the file, and for nothing else.
        #expect(waits <= 134)
        #expect(client.ask(Self.get)?.body.count == expected.count / 2)
    }

    @Test func `an application waits when the file is full as well`() throws {
        var options = ServingOptions()
        options.responseInMemoryAtMost = 50_000
        options.responseInFileAtMost = 1_000_000
        let trial = try Trial(options)
        let client = try trial.connect()
        var waits = 0
        var most = 0
        trial.handler.whileWaiting = {
            waits += 1
            client.read(atMost: 300_000)
        }
        trial.handler.body = { exchange in
            exchange.start("200 OK", [("Content-Length", "9000000")])
            for number in 0..<900 {
                exchange.say(pattern(10_000, seed: number))
                most = max(most, exchange.connection?.queue.spooledCount ?? 0)
            }
            exchange.finish()
        }
        client.send(Self.get)
        #expect(trial.turn { trial.server.requests == 1 })
        #expect(waits > 0)
        #expect(most > 500_000 && most <= 1_000_000)
        let expected = (0..<900).flatMap { pattern(10_000, seed: $0) }
        #expect(client.response().map { $0.body == expected } == true)
    }

    @Test func `without a place for the file the application waits, and nothing is lost`() throws {
        var options = ServingOptions()
        options.responseInMemoryAtMost = 50_000
        options.uploadDirectory = "/nowhere/at/all"
        let trial = try Trial(options)
        let client = try trial.connect()
        trial.handler.whileWaiting = { client.read(atMost: 300_000) }
        trial.handler.body = { exchange in
            exchange.start("200 OK")
            for number in 0..<300 { exchange.say(pattern(10_000, seed: number)) }
            #expect((exchange.connection?.queue.heldCount ?? 0) <= 61_000)
            exchange.finish()
        }
        client.send(Self.get)
        let expected = (0..<300).flatMap { pattern(10_000, seed: $0) }
        #expect(client.response().map { $0.body == expected } == true)
    }

    @Test func `one large object stays where it is, many go to files`() throws {
        var options = ServingOptions()
        options.responseInMemoryAtMost = 50_000
        let trial = try Trial(options)
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1_500_000, alignment: 1)
        defer { piece.deallocate() }
        piece.copyBytes(from: pattern(1_500_000))
        var taken = 0
        trial.handler.body = { exchange in
            exchange.start("200 OK", [("Content-Length", "1500000")])
            let owner = ResponseOwner(bitPattern: 8)
            if exchange.write(UnsafeRawBufferPointer(piece), owner: owner, isLast: true) {
                taken += 1
            }
        }
        var clients: [Client] = []
        for number in 1...10 {
            let client = try trial.connect()
            client.send(Self.get)
            #expect(trial.turn { trial.server.requests == number })
            clients.append(client)
            // 64 times the limit of one, for all of them together.
            #expect(trial.server.heldCount <= 3_200_000)
        }
        #expect(taken >= 2 && taken < 10)
        for client in clients { #expect(client.response().map { $0.body == Array(piece) } == true) }
        #expect(trial.handler.released.count == taken)
        #expect(trial.server.heldCount == 0)
    }

    @Test func `a reader who is slower than the rate is reset`() throws {
        var options = ServingOptions()
        options.writeSeconds = 1
        options.writeBytesPerSecond = 20_000_000
        let trial = try Trial(options, overTCP: true) { $0.reply(pattern(30_000_000)) }
        let client = try trial.connect(receiveBuffer: 4096)
        client.send(Self.get)
        #expect(trial.turn { trial.server.requests == 1 })
        #expect(
            trial.turn {
                client.read(atMost: 100)
                return trial.server.connectionCount == 0
            }
        )
        client.read { $0.isOver }
        #expect(client.isReset)
        #expect(trial.server.heldCount == 0)
    }

    // MARK: Connections

    @Test func `one address has no more connections than it may`() throws {
        var options = ServingOptions()
        options.connectionsOfOneAtMost = 2
        let trial = try Trial(options, overTCP: true)
        let first = try trial.connect()
        let second = try trial.connect()
        #expect(first.ask(Self.get)?.status == 200)
        #expect(second.ask(Self.get)?.status == 200)
        for _ in 0..<3 {
            let third = try trial.connect()
            #expect(third.response()?.status == 503)
            #expect(third.read { $0.isEnded })
            third.close()
        }
        #expect(trial.server.connectionCount == 2)
        first.close()
        #expect(trial.turn { trial.server.connectionCount == 1 })
        let fourth = try trial.connect()
        #expect(fourth.ask(Self.get)?.status == 200)
    }

    @Test func `connections to a unix socket are nobody's`() throws {
        var options = ServingOptions()
        options.connectionsOfOneAtMost = 1
        let trial = try Trial(options)
        for _ in 0..<3 { #expect(try trial.connect().ask(Self.get)?.status == 200) }
        #expect(trial.server.connectionCount == 3)
    }
}
