/// What a proxy says in front of a connection about the client it speaks for.
package struct ProxyHeader: Equatable, Sendable {
    package enum Family: Equatable, Sendable {
        case tcp4
        case tcp6
        /// Version 2: the proxy speaks for itself, as when it asks whether we live.
        case local
        /// Version 2: the client came by something that has no address.
        case unspecified
        /// Version 1: the proxy does not know, or will not say.
        case unknown

        /// The word for it, which Gunicorn's `PROXY_PROTOCOL` holds.
        package var name: StaticString {
            switch self {
            case .tcp4: "TCP4"
            case .tcp6: "TCP6"
            case .local: "LOCAL"
            case .unspecified: "UNSPEC"
            case .unknown: "UNKNOWN"
            }
        }
    }

    package struct Endpoint: Equatable, Sendable {
        package var address: IPAddress
        package var port: UInt16

        package init(address: IPAddress, port: UInt16) {
            self.address = address
            self.port = port
        }
    }

    package var family: Family
    /// The client; nil where the header names none, and the peer's own address stands.
    package var source: Endpoint?
    /// The address the client connected to.
    package var destination: Endpoint?

    package init(family: Family, source: Endpoint? = nil, destination: Endpoint? = nil) {
        self.family = family
        self.source = source
        self.destination = destination
    }
}

/// Reads the PROXY protocol, versions 1 and 2, which may stand before the first request only.
///
/// Version 1 is held to its grammar where Gunicorn asks Python for numbers: a port is digits. An
/// unknown family and a proxy speaking for itself are accepted, as the protocol demands.
package struct ProxyProtocol: Sendable {
    package enum Mode: Sendable {
        case off
        case version1
        case version2
        case either
    }

    package enum Step: Equatable, Sendable {
        /// The bytes so far may still become a header.
        case more
        /// No header: a request starts here.
        case absent
        /// A header, and the index of the first byte behind it.
        case header(ProxyHeader, end: Int)
    }

    /// The longest line of version 1, its CRLF included.
    static let longestLine = 107
    /// The longest header of version 2: what its length can say behind its fixed part.
    package static let longestHeader = 16 + 65_535
    private static let signature: InlineArray<12, UInt8> = [
        0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a,
    ]
    private static let prefix: InlineArray<6, UInt8> = [0x50, 0x52, 0x4f, 0x58, 0x59, 0x20]

    private let mode: Mode

    package init(mode: Mode) {
        self.mode = mode
    }

    /// Reads a header at `start`, if there is one; a peer that is not allowed may not send any.
    package func read(
        _ bytes: Span<UInt8>,
        from start: Int,
        peerIsAllowed: Bool
    ) throws(Refusal) -> Step {
        guard mode != .off else { return .absent }
        guard start >= 0, start < bytes.count else { return .more }
        if mode != .version1 {
            switch Self.agreement(bytes, start, Self.signature.span) {
            case .whole:
                guard peerIsAllowed else { throw .proxyForbidden }
                return try Self.readBinary(bytes, start)
            case .partial: return .more
            case .none: break
            }
        }
        guard mode != .version2 else { return .absent }
        switch Self.agreement(bytes, start, Self.prefix.span) {
        case .whole:
            guard peerIsAllowed else { throw .proxyForbidden }
            return try Self.readLine(bytes, start)
        case .partial: return .more
        case .none: return .absent
        }
    }

    private enum Agreement {
        case none
        case partial
        case whole
    }

    private static func agreement(
        _ bytes: Span<UInt8>,
        _ start: Int,
        _ wanted: Span<UInt8>
    ) -> Agreement {
        var index = 0
        while index < wanted.count {
            guard start &+ index < bytes.count else { return .partial }
            guard bytes[start &+ index] == wanted[index] else { return .none }
            index &+= 1
        }
        return .whole
    }

    private static func readLine(_ bytes: Span<UInt8>, _ start: Int) throws(Refusal) -> Step {
        let bound = min(bytes.count, start &+ longestLine)
        guard let lineFeed = ByteScan.first(Byte.lineFeed, bytes, from: start, to: bound) else {
            guard bytes.count &- start < longestLine else {
                throw .proxyLine(ByteRange(start, bound))
            }
            return .more
        }
        guard bytes[lineFeed &- 1] == Byte.carriageReturn else {
            throw .proxyLine(ByteRange(start, lineFeed))
        }
        let line = start..<lineFeed &- 1
        return .header(try readWords(bytes, line), end: lineFeed &+ 1)
    }

    private static func readWords(
        _ bytes: Span<UInt8>,
        _ line: Range<Int>
    ) throws(Refusal) -> ProxyHeader {
        let whole = ByteRange(line.lowerBound, line.upperBound)
        var words = InlineArray<6, Range<Int>>(repeating: 0..<0)
        var count = 0
        var rest = line.lowerBound
        while true {
            let space = ByteScan.first(Byte.space, bytes, from: rest, to: line.upperBound)
            if count < 6 { words[count] = rest..<(space ?? line.upperBound) }
            count &+= 1
            guard let space else { break }
            rest = space &+ 1
        }
        if count >= 2, reads(bytes, words[1], "UNKNOWN") {
            return ProxyHeader(family: .unknown)
        }
        guard count == 6 else { throw .proxyLine(whole) }
        let isV4 = reads(bytes, words[1], "TCP4")
        guard isV4 || reads(bytes, words[1], "TCP6") else {
            throw .proxyFamily(ByteRange(words[1].lowerBound, words[1].upperBound))
        }
        guard let source = address(bytes, words[2], isV4: isV4),
            let destination = address(bytes, words[3], isV4: isV4)
        else { throw .proxyLine(whole) }
        guard let sourcePort = port(bytes, words[4]), let destinationPort = port(bytes, words[5])
        else { throw .proxyPort(whole) }
        return ProxyHeader(
            family: isV4 ? .tcp4 : .tcp6,
            source: ProxyHeader.Endpoint(address: source, port: sourcePort),
            destination: ProxyHeader.Endpoint(address: destination, port: destinationPort)
        )
    }

    /// Whether a word is `text`, in this case and no other.
    private static func reads(
        _ bytes: Span<UInt8>,
        _ word: Range<Int>,
        _ text: StaticString
    ) -> Bool {
        guard word.count == text.utf8CodeUnitCount else { return false }
        for index in 0..<word.count {
            guard unsafe bytes[word.lowerBound &+ index] == text.utf8Start[index] else {
                return false
            }
        }
        return true
    }

    private static func address(
        _ bytes: Span<UInt8>,
        _ word: Range<Int>,
        isV4: Bool
    ) -> IPAddress? {
        isV4 ? IPAddress.parseV4(bytes, word) : IPAddress.parseV6(bytes, word)
    }

    private static func port(_ bytes: Span<UInt8>, _ word: Range<Int>) -> UInt16? {
        BodyFraming.decimal(bytes, word).flatMap { UInt16(exactly: $0) }
    }

    private static func readBinary(_ bytes: Span<UInt8>, _ start: Int) throws(Refusal) -> Step {
        guard bytes.count &- start >= 16 else { return .more }
        let version = bytes[start &+ 12] &>> 4
        let command = bytes[start &+ 12] & 15
        guard version == 2 else { throw .proxyVersion(version) }
        guard command <= 1 else { throw .proxyCommand(command) }
        let family = bytes[start &+ 13] &>> 4
        let transport = bytes[start &+ 13] & 15
        let length = Int(number(bytes, start &+ 14, 2))
        let end = start &+ 16 &+ length
        if command == 1, family != 0 {
            guard transport == 1 else { throw .proxyTransport }
            guard family <= 2 else { throw .proxyAddressFamily(family) }
            guard length >= (family == 1 ? 12 : 36) else { throw .proxyAddressSize }
        }
        // What follows the addresses is for proxies to tell one another.
        guard end <= bytes.count else { return .more }
        guard command == 1, family != 0 else {
            return .header(ProxyHeader(family: command == 0 ? .local : .unspecified), end: end)
        }
        let size = family == 1 ? 4 : 16
        let first = start &+ 16
        let ports = first &+ 2 &* size
        let header = ProxyHeader(
            family: family == 1 ? .tcp4 : .tcp6,
            source: ProxyHeader.Endpoint(
                address: address(bytes, first, size: size),
                port: UInt16(truncatingIfNeeded: number(bytes, ports, 2))
            ),
            destination: ProxyHeader.Endpoint(
                address: address(bytes, first &+ size, size: size),
                port: UInt16(truncatingIfNeeded: number(bytes, ports &+ 2, 2))
            )
        )
        return .header(header, end: end)
    }

    private static func address(_ bytes: Span<UInt8>, _ start: Int, size: Int) -> IPAddress {
        size == 4
            ? .v4(UInt32(truncatingIfNeeded: number(bytes, start, 4)))
            : .v6(high: number(bytes, start, 8), low: number(bytes, start &+ 8, 8))
    }

    /// A number in network order.
    private static func number(_ bytes: Span<UInt8>, _ start: Int, _ count: Int) -> UInt64 {
        var number: UInt64 = 0
        for index in start..<start &+ count { number = number &<< 8 | UInt64(bytes[index]) }
        return number
    }
}
