import HTTP
import Testing

@Suite struct ProxyProtocolTests {
    private func read(
        _ bytes: [UInt8],
        mode: ProxyProtocol.Mode = .either,
        isAllowed: Bool = true
    ) throws(Refusal) -> ProxyProtocol.Step {
        try ProxyProtocol(mode: mode).read(bytes.span, from: 0, peerIsAllowed: isAllowed)
    }

    private static let signature: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10]

    @Test func `a line tells client and destination`() throws {
        let line = "PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\n"
        let header = ProxyHeader(
            family: .tcp4,
            source: .init(address: .v4(0xc000_0201), port: 56324),
            destination: .init(address: .v4(0xc633_6402), port: 443)
        )
        #expect(try read(Array((line + "GET").utf8)) == .header(header, end: line.utf8.count))
    }

    @Test func `a binary header tells client and destination`() throws {
        let bytes =
            Self.signature + [0x21, 0x11, 0, 12, 1, 2, 3, 4, 5, 6, 7, 8, 0x30, 0x39, 1, 0xbb]
        let header = ProxyHeader(
            family: .tcp4,
            source: .init(address: .v4(0x0102_0304), port: 12345),
            destination: .init(address: .v4(0x0506_0708), port: 443)
        )
        #expect(try read(bytes) == .header(header, end: 28))
        for count in 1..<28 { #expect(try read(Array(bytes[..<count])) == .more) }
    }

    @Test func `a mode reads only its own version`() throws {
        let line = Array("PROXY UNKNOWN\r\n".utf8)
        let binary = Self.signature + [0x20, 0, 0, 0]
        #expect(try read(line, mode: .off) == .absent)
        #expect(try read(line, mode: .version2) == .absent)
        #expect(try read(binary, mode: .version1) == .absent)
        #expect(try read(line, mode: .version1) == .header(.init(family: .unknown), end: 15))
        #expect(try read(binary, mode: .version2) == .header(.init(family: .local), end: 16))
    }

    @Test func `a peer that is not allowed may send requests but no header`() throws {
        #expect(throws: Refusal.proxyForbidden) {
            try read(Array("PROXY TCP4 ".utf8), isAllowed: false)
        }
        #expect(throws: Refusal.proxyForbidden) { try read(Self.signature, isAllowed: false) }
        #expect(try read(Array("GET / ".utf8), isAllowed: false) == .absent)
    }

    @Test func `a request is told from a header by its first different byte`() throws {
        #expect(try read(Array("P".utf8)) == .more)
        #expect(try read(Array("PO".utf8)) == .absent)
        #expect(try read([13]) == .more)
        #expect(try read([13, 10, 71]) == .absent)
    }

    @Test(arguments: [
        ("::", "::"), ("::1", "::1"), ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
        ("1:0:0:2:0:0:0:3", "1:0:0:2::3"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
        ("1::", "1::"), ("::ffff:1.2.3.4", "::ffff:1.2.3.4"), ("0:1:0:0:2:0:0:3", "0:1::2:0:0:3"),
        ("64:ff9b::1.2.3.4", "64:ff9b::102:304"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
    ])
    func `addresses of version 6 are read and written`(_ text: String, _ canonical: String) throws {
        let bytes = Array(text.utf8)
        let parsed = IPAddress.parseV6(bytes.span, 0..<bytes.count)
        let address = try #require(parsed)
        var writer = ByteWriter(capacity: 64)
        address.write(into: &writer)
        #expect(writer.text == canonical)
    }

    @Test(arguments: [
        "", ":", ":::", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "g::",
        "1:2:3:4:5:6:7:8::", "::1.2.3", "1.2.3.4", "1:", ":1", "::1 ", "1:2:3:4:5:6:7:1.2.3.4",
        "::1%eth0", "fe80::1%1",
    ])
    func `what is no address of version 6 is not read as one`(_ text: String) {
        let bytes = Array(text.utf8)
        let address = IPAddress.parseV6(bytes.span, 0..<bytes.count)
        #expect(address == nil)
    }

    @Test(arguments: ["", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1..2.3", " 1.2.3.4"])
    func `what is no address of version 4 is not read as one`(_ text: String) {
        let bytes = Array(text.utf8)
        let address = IPAddress.parseV4(bytes.span, 0..<bytes.count)
        #expect(address == nil)
    }
}
