private import CSystem

/// One address or network (`192.0.2.0/24`, `::1`) that a peer's address can lie in.
package struct PeerNetwork {
    private let family: UInt8
    private let address: [UInt8]
    private let prefix: Int

    /// Reads an address, or a network with its prefix length; nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        var peer = csys_peer()
        guard csys_peer_parse(String(parts[0]), &peer) == 0 else { return nil }
        family = peer.family
        let size = family == 4 ? 4 : 16
        address = withUnsafeBytes(of: &peer.address) { Array($0.prefix(size)) }
        if parts.count == 2 {
            guard let length = Int(parts[1]), (0...size * 8).contains(length) else { return nil }
            prefix = length
        } else {
            prefix = size * 8
        }
    }

    package func contains(_ peer: PeerAddress) -> Bool {
        peer.hasPrefix(family: family, address: address, length: prefix)
    }
}
