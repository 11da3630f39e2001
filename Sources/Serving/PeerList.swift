package import Engine

/// Addresses and networks whose word counts: `forwarded_allow_ips` and its kin.
///
/// Peers of a unix socket are always trusted: who may connect there, the file's mode says.
package struct PeerList {
    private var everybody = false
    private var networks: [PeerNetwork] = []

    package init() {}

    /// Reads `*`, addresses and networks in the text the settings have accepted.
    package init(_ texts: [String]) {
        for text in texts {
            if text == "*" {
                everybody = true
            } else if let network = PeerNetwork(text) {
                networks.append(network)
            }
        }
    }

    package func contains(_ peer: PeerAddress) -> Bool {
        everybody || peer.isUnix || networks.contains { $0.contains(peer) }
    }
}
