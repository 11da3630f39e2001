import Glibc
import Testing

@testable import Serving

@Suite struct BodyTests {
    /// A trial whose handler answers with what it was sent.
    private func echo(inMemory: Int = 1 << 20) throws -> Trial {
        var options = ServingOptions()
        options.bodyInMemoryAtMost = inMemory
        return try Trial(options) { exchange in
            exchange.reply(exchange.content(pieces: 50_021))
        }
    }

    private func post(_ content: [UInt8]) -> [UInt8] {
        Array("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: \(content.count)\r\n\r\n".utf8)
            + content
    }

    private func chunked(_ content: [UInt8], sizes: [Int]) -> [UInt8] {
        var bytes = Array("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
        var start = 0
        var turn = 0
        while start < content.count {
            let size = min(sizes[turn % sizes.count], content.count - start)
            turn += 1
            bytes += Array("\(String(size, radix: 16))\r\n".utf8) + content[start..<start + size]
            bytes += [13, 10]
            start += size
        }
        return bytes + Array("0\r\n\r\n".utf8)
    }

    @Test(
        arguments: [1, 100, 16_300, 16_384, 20_000, 100_000, 1_200_000],
        [1000, 1 << 20]
    )
    func `a body arrives whole, and so does the request right behind it`(
        _ size: Int,
        _ inMemory: Int
    ) throws {
        let trial = try echo(inMemory: inMemory)
        let client = try trial.connect()
        let contents = [pattern(size), pattern(17, seed: 2), pattern(size, seed: 3)]
        #expect(client.sendAll(contents.flatMap(post) + Array("GET / HTTP/1.1\r\n".utf8)))
        #expect(client.responses(3).map(\.body) == contents)
        #expect(client.ask("Host: x\r\n\r\n")?.status == 200)
    }

    @Test(arguments: [[1], [7, 4000, 1, 90_000], [16_384], [1 << 20]], [1000, 1 << 20])
    func `chunks become the body they were cut from`(_ sizes: [Int], _ inMemory: Int) throws {
        let trial = try echo(inMemory: inMemory)
        let client = try trial.connect()
        let contents = [pattern(200_000), pattern(3), pattern(50_000, seed: 5)]
        let bytes = contents.flatMap { chunked($0, sizes: sizes) }
        #expect(client.sendAll(bytes + Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8)))
        let responses = client.responses(4)
        #expect(responses.map(\.body) == contents + [[]])
    }

    @Test func `a body is not read byte by byte behind a head that fills the buffer`() throws {
        let trial = try echo()
        for padding in [7900, 7980, 8000, 8020, 8060] {
            let client = try trial.connect()
            let field = String(repeating: "x", count: padding)
            let head = """
                POST / HTTP/1.1\r\nHost: x\r\nA: \(field)\r\nB: \(field)\r\n\
                Transfer-Encoding: chunked\r\n\r\n
                """
            let content = pattern(60_000)
            let before = trial.turns
            let bytes =
                Array(head.utf8) + Array("EA60\r\n".utf8) + content + Array("\r\n0\r\n\r\n".utf8)
            #expect(client.sendAll(bytes))
            #expect(client.response()?.body == content)
            #expect(trial.turns - before < 100)
            client.close()
        }
    }

    @Test func `100 Continue is said once, also where the content is here already`() throws {
        let trial = try echo()
        let client = try trial.connect()
        let head = "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"
        #expect(client.ask(head)?.status == 100)
        client.send("ab")
        trial.settle()
        client.read()
        #expect(client.received.isEmpty)
        #expect(client.ask("cd")?.text == "abcd")
        client.send(head + "wxyz")
        #expect(client.responses(2).map(\.text) == ["", "wxyz"])
        client.send("GET / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n")
        #expect(client.responses(2).map(\.status) == [100, 200])
    }

    @Test func `100 Continue goes before a chunked body, behind another request`() throws {
        let trial = try echo()
        let client = try trial.connect()
        client.send(
            "GET / HTTP/1.1\r\nHost: x\r\n\r\nPOST / HTTP/1.1\r\nHost: x\r\n"
                + "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        #expect(client.responses(2).map(\.status) == [200, 100])
        #expect(client.ask("1\r\nz\r\n0\r\n\r\n")?.text == "z")
    }

    @Test func `many small bodies in one segment cost a time that is linear`() throws {
        let trial = try echo()
        let client = try trial.connect()
        let long =
            "GET / HTTP/1.1\r\nHost: x\r\n"
            + (0..<90).map { "F\($0): \(String(repeating: "v", count: 8000))\r\n" }.joined()
        #expect(client.sendAll(Array((long + "\r\n").utf8)))
        #expect(client.response()?.status == 200)
        let one = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nz"
        for _ in 0..<20 {
            #expect(client.sendAll(Array(String(repeating: one, count: 200).utf8)))
            let responses = client.responses(200)
            #expect(responses.count == 200 && responses.allSatisfy { $0.text == "z" })
        }
    }

    @Test func `a body that cannot be stored is answered with 507`() throws {
        var options = ServingOptions()
        options.bodyInMemoryAtMost = 10
        options.uploadDirectory = "/nowhere/at/all"
        let trial = try Trial(options)
        let client = try trial.connect()
        #expect(
            client.ask("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n")?.status == 507
        )
        #expect(client.read { $0.isEnded })
        let second = try trial.connect()
        let chunks =
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nB\r\n0123456789a"
        #expect(second.ask(chunks)?.status == 507)
    }

    @Test func `a body may outlive its request`() throws {
        var kept: RequestBody?
        let trial = try Trial { exchange in
            kept = kept ?? exchange.body
            exchange.reply("ok")
        }
        let client = try trial.connect()
        #expect(client.ask(String(decoding: post(Array("first".utf8)), as: UTF8.self)) != nil)
        #expect(client.ask(String(decoding: post(Array("other".utf8)), as: UTF8.self)) != nil)
        client.close()
        trial.settle()
        #expect(kept?.bytes.map { Array($0) } == Array("first".utf8))
    }
}
