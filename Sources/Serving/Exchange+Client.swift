package import Engine
package import HTTP

// MARK: - Who the client is

extension Exchange {
    /// Who is on the other end of the socket.
    package var peer: PeerAddress { connection?.peer ?? PeerAddress() }

    /// What a proxy said in front of the connection's first request.
    package var proxyHeader: ProxyHeader? { connection?.proxying.header }

    /// Takes the client from the field that the settings name, as far as the chain is trusted.
    func findClient() {
        let options = server.options
        guard options.trusts(client) else { return }
        let chain = ForwardedChain(field: options.clientField)
        let span = Span<UInt8>(_unsafeBytes: bytes)
        let hop = chain.client(span, head.fields) { options.trusts(PeerAddress($0, 0)) }
        if let hop { client = PeerAddress(hop.address, hop.port ?? 0) }
    }
}
