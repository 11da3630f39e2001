/// Which field `real_ip_header` takes a client's address from.
package enum ClientField: Equatable, Sendable {
    case off
    /// The old list of addresses.
    case forwardedFor
    /// The list of RFC 7239, whose members are parameters.
    case forwarded

    /// Whether a field is the one that is asked for.
    func isNamed(by kind: FieldKind) -> Bool {
        switch self {
        case .off: false
        case .forwardedFor: kind == .forwardedFor
        case .forwarded: kind == .forwarded
        }
    }
}

/// One station on a request's way, as the next one reports it.
package struct ForwardedHop: Equatable, Sendable {
    package var address: IPAddress
    /// Nil where the report names none, or hides it.
    package var port: UInt16?

    package init(address: IPAddress, port: UInt16? = nil) {
        self.address = address
        self.port = port
    }
}

/// Finds who began the chain of proxies that a request came through.
///
/// Each proxy adds on the right who came to it. So the list is read from the right, and a report
/// counts as long as every station that passed it on is trusted: what stands left of the first
/// stranger is the stranger's own tale. What cannot be read, `unknown` and hidden names end the
/// walk where it stands, so a client can hide but not pass for somebody else.
package struct ForwardedChain {
    /// Stations looked at: far more than there are between any client and its server.
    package static let hopsAtMost = 100

    private let field: ClientField

    package init(field: ClientField) {
        self.field = field
    }

    /// The first stranger from the right, or the last station known; nil when nobody is reported.
    ///
    /// The caller has made sure that the peer itself is trusted.
    package func client(
        _ bytes: Span<UInt8>,
        _ fields: borrowing FieldTable,
        trusts: (IPAddress) -> Bool
    ) -> ForwardedHop? {
        var found: ForwardedHop?
        var left = Self.hopsAtMost
        // Repeated fields are one list; each line is read by itself, so that a quotation mark which
        // a client leaves open cannot swallow what a proxy adds.
        var index = fields.count
        while index > 0 {
            index &-= 1
            let line = fields[index]
            guard field.isNamed(by: line.kind) else { continue }
            guard let members = members(bytes, line.value.range) else { return found }
            for member in members.reversed() {
                guard left > 0, let hop = hop(bytes, member) else { return found }
                left &-= 1
                found = hop
                guard trusts(hop.address) else { return found }
            }
        }
        return found
    }

    private func members(_ bytes: Span<UInt8>, _ line: Range<Int>) -> [Range<Int>]? {
        if field == .forwarded { return ForwardedElement.members(bytes, line) }
        var members: [Range<Int>] = []
        var list = ListMembers(line)
        while let member = list.next(bytes) {
            if !member.isEmpty { members.append(member) }
        }
        return members
    }

    private func hop(_ bytes: Span<UInt8>, _ member: Range<Int>) -> ForwardedHop? {
        guard field == .forwarded else { return ForwardedNode.read(bytes, member, bare: true) }
        return ForwardedElement.node(bytes, member).flatMap {
            ForwardedNode.read(bytes, $0, bare: false)
        }
    }
}

/// An address with a port, if there is one (RFC 7239, section 6).
enum ForwardedNode {
    /// Nil where there is no address: `unknown`, a hidden name, or nonsense.
    ///
    /// `bare` lets an IPv6 address stand without brackets, as it does in `X-Forwarded-For`.
    static func read(_ bytes: Span<UInt8>, _ node: Range<Int>, bare: Bool) -> ForwardedHop? {
        guard !node.isEmpty, node.upperBound <= bytes.count else { return nil }
        if bytes[node.lowerBound] == 0x5b {
            guard let end = ByteScan.first(0x5d, bytes, from: node.lowerBound, to: node.upperBound),
                let address = IPAddress.parseV6(bytes, node.lowerBound &+ 1..<end)
            else { return nil }
            return withPort(bytes, address, end &+ 1..<node.upperBound)
        }
        if bare, let address = IPAddress.parseV6(bytes, node) {
            return ForwardedHop(address: address)
        }
        let colon = ByteScan.first(Byte.colon, bytes, from: node.lowerBound, to: node.upperBound)
        let end = colon ?? node.upperBound
        return IPAddress.parseV4(bytes, node.lowerBound..<end).flatMap {
            withPort(bytes, $0, end..<node.upperBound)
        }
    }

    private static func withPort(
        _ bytes: Span<UInt8>,
        _ address: IPAddress,
        _ rest: Range<Int>
    ) -> ForwardedHop? {
        guard !rest.isEmpty else { return ForwardedHop(address: address) }
        guard bytes[rest.lowerBound] == Byte.colon else { return nil }
        let port = rest.lowerBound &+ 1..<rest.upperBound
        guard !port.isEmpty else { return nil }
        if bytes[port.lowerBound] == Byte.underscore { return ForwardedHop(address: address) }
        guard port.count <= 5,
            let number = BodyFraming.decimal(bytes, port).flatMap({ UInt16(exactly: $0) })
        else { return nil }
        return ForwardedHop(address: address, port: number)
    }
}
