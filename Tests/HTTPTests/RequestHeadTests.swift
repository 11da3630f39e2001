import HTTP
import Testing

/// What a head says beyond its fields: persistence, expectations, schemes, indexes.
@Suite struct RequestHeadTests {
    private struct Facts: Equatable {
        var keepsAlive = false
        var expects = false
        var upgrades = false
        var isSecure: Bool?
        var scriptName = ""
        var framing = RequestFraming.none
        var kinds: [FieldKind] = []
        var host = -1
        var end = 0
    }

    private func facts(_ text: String, trusted: Bool = true) throws -> Facts {
        let bytes = Array(text.utf8)
        let parser = RequestParser(limits: RequestLimits())
        var head = RequestHead()
        var progress = HeadProgress()
        let isComplete = try parser.parse(
            bytes.span,
            from: 0,
            progress: &progress,
            peerIsTrusted: trusted,
            into: &head
        )
        try #require(isComplete)
        var facts = Facts(
            keepsAlive: head.asksKeepAlive,
            expects: head.expectsContinue,
            upgrades: head.asksUpgrade,
            isSecure: head.schemeIsSecure,
            scriptName: String(decoding: bytes[head.scriptName.range], as: UTF8.self),
            framing: head.framing,
            host: head.hostField,
            end: head.end
        )
        for index in head.fields.indices { facts.kinds.append(head.fields[index].kind) }
        return facts
    }

    @Test func `HTTP 1.1 keeps alive and HTTP 1.0 does not`() throws {
        #expect(try facts("GET / HTTP/1.1\r\n\r\n").keepsAlive)
        #expect(try !facts("GET / HTTP/1.0\r\n\r\n").keepsAlive)
        #expect(try facts("GET / HTTP/1.0\r\nConnection: KEEP-alive\r\n\r\n").keepsAlive)
        #expect(try !facts("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n").keepsAlive)
    }

    @Test func `an upgrade needs the option and the field`() throws {
        let line = "GET / HTTP/1.1\r\n"
        #expect(try facts(line + "Connection: x, Upgrade\r\nUpgrade: y\r\n\r\n").upgrades)
        #expect(try !facts(line + "Upgrade: y\r\n\r\n").upgrades)
        #expect(try !facts(line + "Connection: upgrade\r\n\r\n").upgrades)
    }

    @Test func `an expectation of a 1.0 client is ignored`() throws {
        #expect(try facts("GET / HTTP/1.1\r\nExpect: 100-CONTINUE\r\n\r\n").expects)
        #expect(try !facts("GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n").expects)
    }

    @Test func `only a trusted peer tells the scheme and the mount point`() throws {
        let text = "GET / HTTP/1.1\r\nX-Forwarded-Proto: https\r\nSCRIPT_NAME: /app\r\n\r\n"
        #expect(try facts(text).isSecure == true)
        #expect(try facts(text).scriptName == "/app")
        #expect(try facts(text, trusted: false).isSecure == nil)
        #expect(try facts(text, trusted: false).scriptName == "")
        let plain = "GET / HTTP/1.1\r\nX-Forwarded-Proto: HTTPS\r\n\r\n"
        #expect(try facts(plain).isSecure == false)
        #expect(try facts("GET / HTTP/1.1\r\n\r\n").isSecure == nil)
    }

    @Test func `every name in the table is recognised in any case`() throws {
        for kind in FieldKind.allCases where kind != .other && kind != .expect {
            var name = "\(kind.name)"
            if kind == .contentLength || kind == .transferEncoding { continue }
            for _ in 0..<2 {
                let found = try facts("GET / HTTP/1.1\r\n\(name): x\r\n\r\n", trusted: false)
                #expect(found.kinds == [kind], "\(name)")
                name = name.uppercased()
            }
            // One byte more or one other byte, and it is another name.
            #expect(try facts("GET / HTTP/1.1\r\n\(name)x: x\r\n\r\n").kinds == [.other])
            for position in name.indices {
                var other = name
                other.replaceSubrange(position...position, with: "~")
                #expect(try facts("GET / HTTP/1.1\r\n\(other): x\r\n\r\n").kinds == [.other])
            }
        }
    }

    @Test func `a head says where it ends and how its content is framed`() throws {
        let head = "POST / HTTP/1.1\r\nA: b\r\nHost: c\r\nContent-Length: 3\r\n\r\n"
        let found = try facts(head + "abc")
        #expect(found.end == head.utf8.count)
        #expect(found.framing == .length(3))
        #expect(found.host == 1)
    }

    @Test func `a head is found behind other bytes and may be read again elsewhere`() throws {
        let request = Array("GET /a HTTP/1.1\r\nHost: b\r\n\r\n".utf8)
        let parser = RequestParser(limits: RequestLimits())
        var head = RequestHead()
        var progress = HeadProgress()
        let before = Array("earlier".utf8) + request[..<20]
        let isComplete = try parser.parse(
            before.span,
            from: 7,
            progress: &progress,
            peerIsTrusted: false,
            into: &head
        )
        #expect(!isComplete)
        // The buffer was compacted, and another connection used the head meanwhile.
        head = RequestHead()
        let isCompleteNow = try parser.parse(
            request.span,
            from: 0,
            progress: &progress,
            peerIsTrusted: false,
            into: &head
        )
        #expect(isCompleteNow)
        #expect(head.path == ByteRange(4, 6))
        #expect(head.end == request.count)
    }

    @Test func `a folding nobody joined is refused even where it is permitted`() {
        let bytes = Array("GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n".utf8)
        let parser = RequestParser(limits: RequestLimits(permitObsoleteFolding: true))
        var head = RequestHead()
        var progress = HeadProgress()
        #expect(throws: Refusal.folding(ByteRange(16, 17))) {
            try parser.parse(
                bytes.span,
                from: 0,
                progress: &progress,
                peerIsTrusted: false,
                into: &head
            )
        }
    }

    @Test func `limits are clamped as Gunicorn clamps them`() {
        let none = RequestLimits(
            limitRequestLine: 0,
            limitRequestFields: 0,
            limitRequestFieldSize: 0
        )
        #expect(none.limitRequestLine == 1 << 20)
        #expect(none.limitRequestFields == 32_768)
        #expect(none.limitRequestFieldSize == 8190)
        let much = RequestLimits(
            limitRequestLine: 9000,
            limitRequestFields: 40_000,
            limitRequestFieldSize: Int.max
        )
        #expect(much.limitRequestLine == 8190)
        #expect(much.limitRequestFields == 32_768)
        #expect(much.limitFieldBlock <= 1 << 31)
        #expect(RequestLimits(limitRequestLine: -1).limitRequestLine == 8190)
    }
}
