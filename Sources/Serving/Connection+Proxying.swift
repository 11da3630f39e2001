package import Engine
package import HTTP

/// What is known of a connection's PROXY header.
enum Proxying {
    /// There is none, or none is read here.
    case none
    /// One may stand in front of the first request.
    case possible
    /// Part of one has arrived.
    case begun
    /// It was read; in a box of its own, as few connections have one.
    case read(ProxyNote)

    var isAwaited: Bool {
        switch self {
        case .possible, .begun: true
        case .none, .read: false
        }
    }

    var header: ProxyHeader? {
        if case .read(let note) = self { note.header } else { nil }
    }
}

/// A PROXY header that was read.
final class ProxyNote {
    let header: ProxyHeader

    init(_ header: ProxyHeader) {
        self.header = header
    }
}

// MARK: - The PROXY protocol: in front of the first request, and nowhere else

extension Connection {
    /// Reads the header, if there is one; true when a request may be read.
    func readProxyHeader() throws(Refusal) -> Bool {
        let step = try ProxyProtocol(mode: server.options.proxyMode).read(
            input.octets.span,
            from: input.start,
            peerIsAllowed: server.options.mayProxy(peer)
        )
        switch step {
        case .more:
            if case .possible = proxying { setDeadline(seconds: server.options.headSeconds) }
            proxying = .begun
            return false
        case .absent:
            proxying = .none
            return true
        case .header(let header, let end):
            proxying = .read(ProxyNote(header))
            if let source = header.source { client = PeerAddress(source.address, source.port) }
            input.consume(end - input.start)
            return !input.isEmpty
        }
    }
}

extension PeerAddress {
    /// An address of the pure storey, as the kernel's form has it.
    package init(_ address: IPAddress, _ port: UInt16) {
        switch address {
        case .v4(let number):
            self.init(octets: Self.bytes(UInt64(number)).suffix(4), port: port)
        case .v6(let high, let low):
            self.init(octets: Self.bytes(high) + Self.bytes(low), port: port)
        }
    }

    /// The bytes of a number in network order.
    private static func bytes(_ number: UInt64) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }
}
