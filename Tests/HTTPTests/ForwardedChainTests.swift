import HTTP
import Testing

/// Who a chain of proxies says the client is, and who may not pass for somebody else.
@Suite struct ForwardedChainTests {
    /// Trusted: 10.x.x.x and fd00::/16.
    private static func trusts(_ address: IPAddress) -> Bool {
        switch address {
        case .v4(let number): number >> 24 == 10
        case .v6(let high, _): high >> 48 == 0xfd00
        }
    }

    private func client(_ field: ClientField, _ lines: [String]) throws -> String? {
        let name = field == .forwarded ? "Forwarded" : "X-Forwarded-For"
        let text = lines.map { "\(name): \($0)\r\n" }.joined()
        let bytes = Array("GET / HTTP/1.1\r\nA: 9.9.9.9\r\n\(text)B: c\r\n\r\n".utf8)
        var head = RequestHead()
        var progress = HeadProgress()
        let isComplete = try RequestParser(limits: RequestLimits()).parse(
            bytes.span,
            from: 0,
            progress: &progress,
            peerIsTrusted: true,
            into: &head
        )
        try #require(isComplete)
        let chain = ForwardedChain(field: field)
        guard let hop = chain.client(bytes.span, head.fields, trusts: Self.trusts) else {
            return nil
        }
        var writer = ByteWriter(capacity: 64)
        hop.address.write(into: &writer)
        return hop.port.map { "\(writer.text) \($0)" } ?? writer.text
    }

    @Test(arguments: [
        // One proxy, two, and more lines than one.
        (["192.0.2.1"], "192.0.2.1"),
        (["192.0.2.1, 10.0.0.2"], "192.0.2.1"),
        (["192.0.2.1", "10.0.0.2", "10.0.0.3"], "192.0.2.1"),
        (["192.0.2.1,10.0.0.2 ,\t10.0.0.3"], "192.0.2.1"),
        // A client that brings a list of its own.
        (["6.6.6.6, 192.0.2.1"], "192.0.2.1"),
        (["10.0.0.9, 192.0.2.1, 10.0.0.2"], "192.0.2.1"),
        (["6.6.6.6", "192.0.2.1"], "192.0.2.1"),
        (["6.6.6.6\", 192.0.2.1"], "192.0.2.1"),
        // Nobody but trusted stations: the first of them asked.
        (["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        // What cannot be read ends the walk at the last station known.
        (["6.6.6.6, unknown, 10.0.0.2"], "10.0.0.2"),
        (["6.6.6.6, _hidden, 10.0.0.2"], "10.0.0.2"),
        (["6.6.6.6, 1.2.3, 10.0.0.2"], "10.0.0.2"),
        (["6.6.6.6, 01.2.3.4, 10.0.0.2"], "10.0.0.2"),
        (["6.6.6.6 10.0.0.1, 10.0.0.2"], "10.0.0.2"),
        (["6.6.6.6, fe80::1%eth0, 10.0.0.2"], "10.0.0.2"),
        // Ports and IPv6, with brackets and without.
        (["192.0.2.1:4711"], "192.0.2.1 4711"),
        (["[2001:db8::1]:4711, fd00::1, [fd00::2]"], "2001:db8::1 4711"),
        (["2001:DB8::1"], "2001:db8::1"),
        (["192.0.2.1:0"], "192.0.2.1 0"),
        (["192.0.2.1:65536, 10.0.0.2"], "10.0.0.2"),
        (["192.0.2.1:, 10.0.0.2"], "10.0.0.2"),
        (["[2001:db8::1, 10.0.0.2"], "10.0.0.2"),
        (["[2001:db8::1]x, 10.0.0.2"], "10.0.0.2"),
        (["[192.0.2.1], 10.0.0.2"], "10.0.0.2"),
        // Empty members are none (RFC 9110, section 5.6.1).
        (["192.0.2.1, , 10.0.0.2,"], "192.0.2.1"),
    ])
    func `a list of addresses names the client`(_ lines: [String], _ expected: String) throws {
        #expect(try client(.forwardedFor, lines) == expected)
    }

    @Test(arguments: [
        (["for=192.0.2.1"], "192.0.2.1"),
        (["For=192.0.2.1;Proto=https;by=10.0.0.1"], "192.0.2.1"),
        (["by=10.0.0.1; for=192.0.2.1 , for=10.0.0.2"], "192.0.2.1"),
        (["for=\"192.0.2.1:80\""], "192.0.2.1 80"),
        (["for=\"192.0.2.1:_port\""], "192.0.2.1"),
        (["for=\"[2001:db8::1]\""], "2001:db8::1"),
        (["for=\"[2001:db8::1]:443\", for=\"[fd00::1]:1\""], "2001:db8::1 443"),
        (["for=192.0.2.1:80"], "192.0.2.1 80"),
        (["for=6.6.6.6, for=192.0.2.1"], "192.0.2.1"),
        (["for=6.6.6.6", "for=192.0.2.1, for=10.0.0.2"], "192.0.2.1"),
        (["for=192.0.2.1;;", "", "for=10.0.0.2"], "192.0.2.1"),
        (["for=6.6.6.6, for=unknown, for=10.0.0.2"], "10.0.0.2"),
        (["for=6.6.6.6, for=_secret, for=10.0.0.2"], "10.0.0.2"),
        (["for=6.6.6.6, proto=https, for=10.0.0.2"], "10.0.0.2"),
        (["for=6.6.6.6, for=10.0.0.9;for=6.6.6.6, for=10.0.0.2"], "10.0.0.2"),
        (["for=6.6.6.6, for 10.0.0.9, for=10.0.0.2"], "10.0.0.2"),
        (["for=6.6.6.6, for =10.0.0.9, for=10.0.0.2"], "10.0.0.2"),
        (["for=6.6.6.6, for=2001:db8::1, for=10.0.0.2"], "10.0.0.2"),
        (["for=6.6.6.6, for=\"10.0.0\\.9\", for=10.0.0.2"], "10.0.0.2"),
        (["for=6.6.6.6, for=, for=10.0.0.2"], "10.0.0.2"),
        (["for=6.6.6.6, for=\"\", for=10.0.0.2"], "10.0.0.2"),
        // A quotation that the client leaves open does not swallow what a proxy adds in a line of
        // its own, and makes one line unreadable.
        (["for=\"6.6.6.6", "for=192.0.2.1"], "192.0.2.1"),
        (["for=\"6.6.6.6", "for=10.0.0.2"], "10.0.0.2"),
        (["x=\"a, for=6.6.6.6;y=\", for=192.0.2.1"], "192.0.2.1"),
        (["for=192.0.2.1;x=\"a\\\", for=6.6.6.6\""], "192.0.2.1"),
    ])
    func `a Forwarded field names the client`(_ lines: [String], _ expected: String) throws {
        #expect(try client(.forwarded, lines) == expected)
    }

    @Test(arguments: [
        [], [""], ["unknown"], ["for=\""], ["for=\"1.2.3.4, for=10.0.0.2"],
        ["for=\"6.6.6.6, for=\"[2001:db8::1]\""], ["\""], ["for=\"x\\"], [";"], ["=1.2.3.4"],
        ["for=\"1.2.3.4\"x"], ["for=x\"1.2.3.4\""],
    ])
    func `who cannot be read is nobody`(_ lines: [String]) throws {
        #expect(try client(.forwarded, lines) == nil)
        #expect(try client(.forwardedFor, lines) == nil)
    }

    @Test func `the other field counts for nothing, and none where it is off`() throws {
        #expect(try client(.forwardedFor, ["for=192.0.2.1"]) == nil)
        #expect(try client(.forwarded, ["192.0.2.1"]) == nil)
        #expect(try client(.off, ["192.0.2.1"]) == nil)
    }

    @Test func `a walk ends after a hundred stations`() throws {
        let stations = Array(repeating: "10.0.0.1", count: ForwardedChain.hopsAtMost)
        #expect(
            try client(.forwardedFor, ["192.0.2.1, " + stations.joined(separator: ",")])
                == "10.0.0.1"
        )
        let fewer = stations.dropLast().joined(separator: ",")
        #expect(try client(.forwardedFor, ["192.0.2.1, " + fewer]) == "192.0.2.1")
    }
}
