package import Engine
package import HTTP

/// What a server needs to know; `Assembly` fills it from the settings.
package struct ServingOptions {
    /// How strictly heads are read, and how large they may be.
    package var limits = RequestLimits()
    /// Seconds an idle connection stays open; 0 closes after each response.
    package var keepAliveSeconds = 2
    /// Seconds from the first byte of a head to its last, and of a connection's first silence; 0
    /// is for ever, as it is below.
    package var headSeconds = 30
    /// Seconds a request body may stand still.
    package var bodySeconds = 60
    /// Bytes a second a request body has to bring; 0 asks for no rate.
    package var bodyBytesPerSecond = 0
    /// Seconds a peer may take nothing of its response.
    package var writeSeconds = 60
    /// Bytes a second a peer has to take of a response that waits; 0 asks for no rate.
    package var writeBytesPerSecond = 0
    /// Seconds a connection that we end waits for the peer to end it too.
    package var lingerSeconds = 2
    /// Connections one process holds; above it, it stops accepting.
    package var connectionsAtMost = 10_000
    /// Connections one address may have open; 0 sets no limit.
    package var connectionsOfOneAtMost = 0
    /// Connections taken from one listener before the others, and requests, have their turn.
    package var acceptsPerTurn = 16
    /// Whether a body is received before the handler is called.
    package var buffersBodies = true
    /// Complete requests that wait for a thread that may answer them; more are refused (503).
    package var queueLimit = 1024
    /// Seconds a complete request may wait; 0 for as long as it takes.
    package var queueSeconds = 0
    /// Seconds the handler may take for one request; 0 for as long as it takes.
    package var requestSeconds = 0
    /// Seconds it has to come back afterwards.
    package var requestGraceSeconds = 5
    /// Bytes of a request body kept in memory; a larger one goes to a file.
    package var bodyInMemoryAtMost = 1 << 20
    /// Bytes of a request body that are taken at all; 0 takes any.
    package var bodyAtMost = 0
    /// Bytes of a response that wait in memory; more go to a file.
    package var responseInMemoryAtMost = 1 << 20
    /// Bytes of a response that wait in a file; for more the application has to wait.
    package var responseInFileAtMost = 1 << 30
    /// Where bodies of requests, and responses to slow readers, are spooled.
    package var uploadDirectory = "/tmp"
    /// Whether a PROXY header may stand in front of a connection's first request.
    package var proxyMode = ProxyProtocol.Mode.off
    /// Who may send one.
    package var mayProxy: (PeerAddress) -> Bool = { $0.isUnix }
    /// Which field tells who the client is, where the peer is a proxy that is trusted.
    package var clientField = ClientField.off
    /// Whose word on the scheme, and on forwarded names, counts.
    package var trusts: (PeerAddress) -> Bool = { $0.isUnix }

    package init() {}

    var bodyPace: PaceLimit {
        PaceLimit(seconds: bodySeconds, bytesPerSecond: bodyBytesPerSecond)
    }

    var writePace: PaceLimit {
        PaceLimit(seconds: writeSeconds, bytesPerSecond: writeBytesPerSecond)
    }

    /// Bytes of all responses together that wait in memory.
    var responsesInMemoryAtMost: Int {
        let (bytes, overflow) = responseInMemoryAtMost.multipliedReportingOverflow(by: 64)
        return overflow ? .max : bytes
    }

    /// Whether a body is larger than may be.
    func refusesBody(of count: Int) -> Bool { bodyAtMost > 0 && count > bodyAtMost }
}
