import HTTP
import Testing

@testable import Serving

/// Bodies that the handler reads while they arrive.
@Suite struct BodyStreamTests {
    private static let get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

    private func trial(
        _ change: (inout ServingOptions) -> Void = { _ in },
        handler: @escaping (Exchange) -> Void
    ) throws -> Trial {
        var options = ServingOptions()
        options.buffersBodies = false
        change(&options)
        return try Trial(options, handler: handler)
    }

    /// Reads all there is; nil where it failed.
    private static func content(of exchange: Exchange, pieces: Int = .max) -> [UInt8]? {
        guard let stream = exchange.stream else { return [] }
        var all: [UInt8] = []
        while let bytes = try? stream.peek() {
            if bytes.isEmpty { return all }
            let piece = bytes.prefix(pieces)
            all += piece
            stream.consume(piece.count)
        }
        return nil
    }

    private static func chunks(_ content: [UInt8], _ size: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        for start in stride(from: 0, to: content.count, by: size) {
            let piece = content[start...].prefix(size)
            bytes += Array((String(piece.count, radix: 16) + "\r\n").utf8) + piece + [13, 10]
        }
        return bytes + Array("0\r\n\r\n".utf8)
    }

    @Test(arguments: [1, 10, 4096, 100_000], [true, false])
    func `the content is the same as when it is buffered, and the next request is served`(
        _ size: Int,
        _ isChunked: Bool
    ) throws {
        let content = pattern(size)
        let trial = try trial { exchange in
            exchange.reply(Self.content(of: exchange, pieces: 1000) ?? [0])
        }
        let client = try trial.connect()
        var bytes: [UInt8]
        if isChunked {
            bytes = Array("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
            bytes += Self.chunks(content, 777)
        } else {
            bytes = Array("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: \(size)\r\n\r\n".utf8)
            bytes += content
        }
        // What does not fit into the socket is sent whenever the handler waits.
        var sent = 0
        let all = bytes + bytes + Array(Self.get.utf8)
        trial.handler.whileWaiting = { sent += client.send(all[sent...]) }
        sent = client.send(all)
        let responses = client.responses(3)
        #expect(responses.map { $0.body == content } == [true, true, size == 0])
        #expect(responses.allSatisfy { $0.value("Connection") == "keep-alive" })
        #expect(responses.last?.body == [])
    }

    @Test func `the handler is called before the content is there`() throws {
        var steps: [String] = []
        let trial = try trial { exchange in
            steps.append("called")
            let content = Self.content(of: exchange) ?? []
            exchange.reply(content)
        }
        let client = try trial.connect()
        var pieces = ["ab", "cd", "e"]
        trial.handler.whileWaiting = {
            steps.append("waited")
            if !pieces.isEmpty { client.send(pieces.removeFirst()) }
        }
        client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n")
        #expect(client.response()?.text == "abcde")
        #expect(steps == ["called", "waited", "waited", "waited"])
    }

    @Test func `the client is asked to go on when the handler reads`() throws {
        let trial = try trial { exchange in
            if exchange.targetText == "/read" {
                exchange.reply(Self.content(of: exchange) ?? [])
            } else {
                exchange.reply("no")
            }
        }
        let fields = "Host: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
        let client = try trial.connect()
        trial.handler.whileWaiting = {
            client.read()
            #expect(client.text == "HTTP/1.1 100 Continue\r\n\r\n")
            client.send("abc")
        }
        client.send("PUT /read HTTP/1.1\r\n" + fields)
        #expect(client.responses(2).map(\.text) == ["", "abc"])
        let other = try trial.connect()
        let response = other.ask("PUT /no HTTP/1.1\r\n" + fields)
        // Whether the content will still be sent is not known: nothing can follow.
        #expect(response?.text == "no" && response?.value("Connection") == "close")
        #expect(other.read { $0.isEnded })
    }

    @Test(arguments: [
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabcdef",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n0\r\n\r\n",
    ])
    func `content that nobody read is no request`(_ request: String) throws {
        let trial = try trial { $0.reply($0.methodText) }
        let client = try trial.connect()
        client.send(request + Self.get)
        #expect(client.responses(2).map(\.text) == ["POST", "GET"])
        let other = try trial.connect()
        other.send(String(request.dropLast()))
        #expect(other.response()?.value("Connection") == "close")
        other.send(String(request.suffix(1)) + Self.get)
        #expect(other.read { $0.isEnded })
        #expect(other.received.isEmpty)
    }

    @Test func `a reader is not kept waiting by a client that stops or trickles`() throws {
        for step in ["", "x"] {
            let trial = try trial {
                $0.bodySeconds = 1
                $0.bodyBytesPerSecond = 1_000_000
            } handler: { exchange in
                if let content = Self.content(of: exchange) { exchange.reply(content) }
            }
            let client = try trial.connect()
            trial.handler.whileWaiting = { client.send(step) }
            client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n")
            #expect(client.response()?.status == 408)
            #expect(client.read { $0.isEnded })
        }
    }

    @Test func `content that breaks off, breaks the rules or the limit is an error`() throws {
        var failures: [BodyStream.Failure] = []
        let trial = try trial {
            $0.bodyAtMost = 10
        } handler: { exchange in
            do throws(BodyStream.Failure) {
                while let stream = exchange.stream {
                    let bytes = try stream.peek()
                    if bytes.isEmpty { break }
                    stream.consume(bytes.count)
                }
                exchange.reply("read")
            } catch {
                failures.append(error)
            }
        }
        let head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        let expected: [(String, Int?)] = [
            ("3\r\nab", nil), ("3\r\nabcde", 400), ("xyz\r\n", 400),
            ("5\r\nabcde\r\n6\r\nfghijk\r\n0\r\n\r\n", 413), ("1\r\na\r\n0\r\n\r\n", 200),
        ]
        for (content, status) in expected {
            let client = try trial.connect()
            client.send(head + content)
            client.endSending()
            #expect(client.response()?.status == status, "\(content)")
            #expect(client.read { $0.isEnded })
        }
        #expect(failures == [.cut, .malformed, .malformed, .tooLarge])
    }

    @Test func `a stream that was kept says that its request is over`() throws {
        var kept: BodyStream?
        let trial = try trial { exchange in
            kept = exchange.stream
            exchange.reply("x")
        }
        let client = try trial.connect()
        #expect(client.ask("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nz") != nil)
        let stream = try #require(kept)
        let bytes = try? stream.peek()
        #expect(bytes?.isEmpty ?? true)
        client.close()
        #expect(trial.turn { trial.server.connectionCount == 0 })
    }
}
