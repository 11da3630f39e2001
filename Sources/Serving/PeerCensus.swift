import Engine

/// How many connections each address has open.
struct PeerCensus {
    private let atMost: Int
    private var counts: [PeerNetwork: Int] = [:]

    /// A census that admits so many of one address; 0 counts nothing and admits all.
    init(atMost: Int) {
        self.atMost = atMost
    }

    /// Whether one more connection may come from there.
    func admits(_ peer: PeerAddress) -> Bool {
        guard atMost > 0, let network = peer.network else { return true }
        return counts[network, default: 0] < atMost
    }

    mutating func came(_ peer: PeerAddress) {
        guard atMost > 0, let network = peer.network else { return }
        counts[network, default: 0] += 1
    }

    mutating func left(_ peer: PeerAddress) {
        guard atMost > 0, let network = peer.network, let count = counts[network] else { return }
        // An address that nobody is left of takes no memory.
        counts[network] = count > 1 ? count - 1 : nil
    }
}
