/// Whom connections are counted for: an address, or the network that one customer has.
///
/// A customer of IPv6 is given 64 bits of addresses at least, so a single one says nothing.
package struct PeerNetwork: Hashable, Sendable {
    private let family: UInt8
    private let bits: UInt64

    fileprivate init(family: UInt8, _ octets: some Sequence<UInt8>) {
        self.family = family
        bits = octets.reduce(0) { $0 << 8 | UInt64($1) }
    }
}

extension PeerAddress {
    /// Whom the connection counts for; nil for a unix socket.
    package var network: PeerNetwork? {
        let octets = octets
        switch octets.count {
        case 4: return PeerNetwork(family: 4, octets)
        case 16:
            // A client of IPv4 at a listener of both: ::ffff:192.0.2.1.
            let isMapped = octets[..<10].allSatisfy { $0 == 0 } && octets[10...11] == [0xff, 0xff]
            return isMapped
                ? PeerNetwork(family: 4, octets[12...]) : PeerNetwork(family: 6, octets[..<8])
        default: return nil
        }
    }
}
