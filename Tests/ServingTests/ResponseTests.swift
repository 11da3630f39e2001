import Glibc
import HTTP
import Testing

@testable import Serving

@Suite struct ResponseTests {
    private static let get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

    @Test func `a response without a length is chunked for HTTP 1.1`() throws {
        let trial = try Trial { exchange in
            exchange.start("200 OK")
            exchange.say(Array("ab".utf8))
            exchange.say([])
            exchange.say(pattern(20_000))
            exchange.finish()
        }
        let client = try trial.connect()
        for _ in 0..<3 {
            let response = client.ask(Self.get)
            #expect(response?.value("Transfer-Encoding") == "chunked")
            #expect(response?.body == Array("ab".utf8) + pattern(20_000))
        }
    }

    @Test func `a response without a length ends with its connection for HTTP 1.0`() throws {
        let trial = try Trial { exchange in
            exchange.start("200 OK")
            exchange.say(Array("to the end".utf8), isLast: true)
        }
        let client = try trial.connect()
        let response = client.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        #expect(response?.value("Connection") == "close")
        #expect(response?.value("Transfer-Encoding") == nil)
        #expect(response?.text == "to the end")
    }

    @Test(arguments: [0, 10, 100_000])
    func `the answer to HEAD has no content and keeps its fields`(_ size: Int) throws {
        let trial = try Trial { $0.reply(pattern(size)) }
        let client = try trial.connect()
        client.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
        let head = client.response(toHead: true)
        #expect(head?.value("Content-Length") == "\(size)")
        #expect(head?.value("Connection") == "keep-alive")
        #expect(client.ask(Self.get)?.body == pattern(size))
    }

    @Test(arguments: ["204 No Content", "304 Not Modified"])
    func `a status without content gets none`(_ status: String) throws {
        let trial = try Trial { exchange in
            exchange.start(status)
            exchange.say(Array("dropped".utf8), isLast: true)
        }
        let client = try trial.connect()
        for _ in 0..<2 {
            let response = client.ask(Self.get)
            #expect(response?.status == Int(status.prefix(3)))
            #expect(response?.value("Transfer-Encoding") == nil)
        }
    }

    @Test func `content beyond the length is cut and the connection goes on`() throws {
        let trial = try Trial { exchange in
            exchange.start("200 OK", [("Content-Length", "5")])
            exchange.say(Array("abc".utf8))
            exchange.say(Array("defghi".utf8))
            exchange.say(Array("jkl".utf8), isLast: true)
        }
        let client = try trial.connect()
        #expect(client.ask(Self.get)?.text == "abcde")
        #expect(client.ask(Self.get)?.text == "abcde")
    }

    @Test func `content short of the length ends the connection`() throws {
        let trial = try Trial { exchange in
            exchange.start("200 OK", [("Content-Length", "9")])
            exchange.say(Array("abc".utf8), isLast: true)
        }
        let client = try trial.connect()
        client.send(Self.get + Self.get)
        #expect(client.read { $0.isOver })
        #expect(client.text.hasSuffix("\r\n\r\nabc"))
    }

    @Test func `two lengths that differ are refused, and one said twice is sent once`() throws {
        let trial = try Trial { exchange in
            exchange.start("200 OK", [("Content-Length", "2")])
            #expect(exchange.add("content-length", "2") == .accepted)
            #expect(exchange.add("Content-Length", "3") == .invalidValue)
            exchange.say([1, 2], isLast: true)
        }
        let client = try trial.connect()
        let response = client.ask(Self.get)
        #expect(response?.fields.filter { $0.lowercased().hasPrefix("content-l") }.count == 1)
        #expect(response?.body == [1, 2])
    }

    @Test func `a handler that answers nothing is answered for`() throws {
        let trial = try Trial { _ in }
        let client = try trial.connect()
        #expect(client.ask(Self.get)?.status == 500)
        #expect(client.read { $0.isEnded })
    }

    @Test func `a handler that stops in the middle shows in the framing`() throws {
        let trial = try Trial { exchange in
            exchange.start("200 OK")
            exchange.say(Array("abc".utf8))
        }
        let client = try trial.connect()
        client.send(Self.get)
        #expect(client.read { $0.isOver })
        #expect(client.text.hasSuffix("3\r\nabc\r\n"))
        #expect(trial.server.connectionCount == 0)
    }

    @Test func `early hints go before the response, and only to who knows them`() throws {
        let trial = try Trial { exchange in
            Array("HTTP/1.1 103 Early Hints\r\n\r\n".utf8).withUnsafeBytes {
                exchange.sendInformational($0)
            }
            exchange.reply("x")
        }
        let client = try trial.connect()
        client.send(Self.get)
        #expect(client.responses(2).map(\.status) == [103, 200])
        #expect(client.ask("GET / HTTP/1.0\r\n\r\n")?.status == 200)
    }

    // MARK: Slow readers

    @Test(arguments: [1, 4096, 1_000_000])
    func `a slow reader gets a large response whole`(_ step: Int) throws {
        let size = step == 1 ? 300_000 : 6_000_000
        let trial = try Trial { $0.reply(pattern(size)) }
        let client = try trial.connect(receiveBuffer: 4096)
        client.send(Self.get + Self.get)
        trial.settle()
        #expect(trial.server.requests == 1)
        if step == 1 {
            for _ in 0..<2000 {
                client.read(atMost: 1)
                trial.settle()
            }
        }
        var responses: [Response] = []
        #expect(
            trial.turn {
                client.read(atMost: max(step, 50_000))
                guard client.received.count >= 2 * size else { return false }
                responses = client.responses(2)
                return responses.count == 2
            }
        )
        #expect(responses.allSatisfy { $0.body == pattern(size) })
    }

    @Test func `a reader who takes nothing is given up`() throws {
        var options = ServingOptions()
        options.writeSeconds = 1
        let trial = try Trial(options) { $0.reply(pattern(5_000_000)) }
        let client = try trial.connect()
        client.send(Self.get)
        #expect(trial.turn { trial.server.requests == 1 })
        let before = trial.turns
        #expect(trial.turn { trial.server.connectionCount == 0 })
        #expect(trial.turns - before < 400)
        client.read()
        #expect(client.received.count < 5_000_000)
    }

    @Test func `an application that makes more than is read has to wait`() throws {
        var options = ServingOptions()
        options.responseInMemoryAtMost = 100_000
        options.responseInFileAtMost = 0
        let trial = try Trial(options)
        let client = try trial.connect()
        let piece = pattern(10_000)
        var waits = 0
        var most = 0
        trial.handler.whileWaiting = {
            waits += 1
            client.read(atMost: 150_000)
        }
        trial.handler.body = { exchange in
            exchange.start("200 OK", [("Content-Length", "5000000")])
            for _ in 0..<500 {
                exchange.say(piece)
                most = max(most, exchange.connection?.queue.heldCount ?? 0)
            }
            exchange.finish()
        }
        client.send(Self.get)
        #expect(trial.turn { trial.server.requests == 1 })
        #expect(waits > 0)
        #expect(most <= 110_000)
        #expect(client.response()?.body.count == 5_000_000)
    }

    @Test func `lent content counts as memory too, and comes back once`() throws {
        var options = ServingOptions()
        options.responseInMemoryAtMost = 200_000
        options.responseInFileAtMost = 0
        let trial = try Trial(options)
        let client = try trial.connect()
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 50_000, alignment: 1)
        defer { piece.deallocate() }
        piece.copyBytes(from: pattern(50_000))
        var taken: [ResponseOwner] = []
        trial.handler.whileWaiting = { client.read(atMost: 300_000) }
        trial.handler.body = { exchange in
            exchange.start("200 OK")
            for number in 1...100 {
                guard let owner = ResponseOwner(bitPattern: number * 8) else { return }
                if exchange.write(UnsafeRawBufferPointer(piece), owner: owner) {
                    taken.append(owner)
                }
                #expect(exchange.connection.map { $0.queue.heldCount <= 251_000 } ?? false)
            }
            exchange.finish()
        }
        client.send(Self.get)
        let response = client.response()
        #expect(response?.body.count == 5_000_000)
        #expect(!taken.isEmpty)
        #expect(trial.handler.released.sorted() == taken.sorted())
    }

    @Test func `lent content comes back when the reader goes away`() throws {
        let trial = try Trial()
        let client = try trial.connect()
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 2_000_000, alignment: 1)
        defer { piece.deallocate() }
        piece.copyBytes(from: pattern(2_000_000))
        var isTaken = false
        trial.handler.body = { exchange in
            exchange.start("200 OK")
            isTaken = exchange.write(
                UnsafeRawBufferPointer(piece),
                owner: ResponseOwner(bitPattern: 8),
                isLast: true
            )
        }
        client.send(Self.get)
        #expect(trial.turn { trial.server.requests == 1 })
        #expect(isTaken && trial.handler.released.isEmpty)
        client.reset()
        #expect(trial.turn { trial.server.connectionCount == 0 })
        #expect(trial.turn { trial.handler.released.count == 1 })
    }

    @Test func `what a full socket held back is sent with the next content`() throws {
        let trial = try Trial()
        let client = try trial.connect()
        let burst = pattern(1_000_000)
        trial.handler.body = { exchange in
            exchange.start("200 OK", [("Content-Length", "1000005")])
            exchange.say(burst)
            for byte in UInt8(0)..<5 {
                var before = -1
                // The reader takes everything there is, and only then comes more.
                while before != client.received.count {
                    before = client.received.count
                    client.read()
                }
                exchange.say([byte])
            }
            #expect(client.received.count > 500_000)
            exchange.finish()
        }
        client.send(Self.get)
        #expect(client.response()?.body == burst + [0, 1, 2, 3, 4])
    }

    // MARK: Files

    private func file(holding content: [UInt8]) -> Int32 {
        let file = temporaryFile()
        _ = content.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
        return file
    }

    @Test(arguments: ["HTTP/1.1", "HTTP/1.0"], [true, false])
    func `a file is sent from where it is asked for`(_ version: String, _ hasLength: Bool) throws {
        let content = pattern(3_000_000)
        let trial = try Trial()
        trial.handler.body = { exchange in
            exchange.start("200 OK", hasLength ? [("Content-Length", "2999000")] : [])
            exchange.write(file: self.file(holding: content), offset: 1000, count: 2_999_000)
            exchange.finish()
        }
        let client = try trial.connect()
        let response = client.ask("GET / \(version)\r\nHost: x\r\n\r\n")
        #expect(response?.body == Array(content[1000...]))
    }

    @Test func `a file that is not sent is closed`() throws {
        var files: [Int32] = []
        let trial = try Trial()
        trial.handler.body = { exchange in
            let file = self.file(holding: [1])
            files.append(file)
            exchange.start("200 OK", [("Content-Length", "1")])
            exchange.write(file: file, offset: 0, count: 1)
            exchange.finish()
        }
        let client = try trial.connect()
        client.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(client.response(toHead: true)?.status == 200)
        #expect(client.ask(Self.get)?.body == [1])
        #expect(files.count == 2)
    }

    @Test func `a file that became shorter ends the connection`() throws {
        let trial = try Trial()
        trial.handler.body = { exchange in
            exchange.start("200 OK", [("Content-Length", "100")])
            exchange.write(file: self.file(holding: [1, 2, 3]), offset: 0, count: 100)
            exchange.finish()
        }
        let client = try trial.connect()
        client.send(Self.get)
        #expect(client.read { $0.isOver })
        #expect(trial.turn { trial.server.connectionCount == 0 })
    }
}
