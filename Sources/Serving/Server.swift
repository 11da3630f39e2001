package import Engine
import HTTP
package import Log
package import Platform

/// All connections of one process: accepts them, has their requests answered, drains them.
///
/// Knows no Python: what answers is a `RequestHandler`.
package final class Server {
    package let loop: EventLoop
    package let options: ServingOptions
    package let handler: any RequestHandler
    package let log: Logger

    /// Requests answered, refused ones not counted.
    package private(set) var requests: UInt64 = 0
    /// Connections open now.
    package private(set) var connectionCount = 0
    /// Requests after which no connection is kept: the process is about to be replaced.
    package var requestBudget = UInt64.max
    /// Whether that many requests were answered.
    package var isSpent: Bool { requests >= requestBudget }
    /// The process is about to drain: responses made from now on end their connections.
    package var endsConnections = false
    /// Accepting has ended; connections end with their current or next request.
    package private(set) var isDraining = false
    /// Told of each answer after it was sent: the access log, counters, the end of a budget.
    package var observer: (any ExchangeObserver)?

    let reader: HeadReader
    /// Bytes a request head may grow the buffer to: beyond the parser's own limit, so that the
    /// parser refuses first and says why.
    let inputAtMost: Int
    var buffers = BufferPool()
    var out = ByteWriter(capacity: 64 * 1024)
    var stamp: DateStamp
    /// Bytes of responses that wait in memory, of all connections together.
    var heldCount = 0
    var spoolLine = RareLine()
    private(set) var census: PeerCensus
    private(set) var wallSeconds: Int
    private(set) lazy var exchange = Exchange(server: self, endpoint: endpoints[0])

    /// Given up for a moment to refuse whom there is no descriptor for.
    var reserve: ReserveDescriptor

    private let endpoints: [Endpoint]
    private var acceptors: [Acceptor] = []
    private var connections: [Connection?] = []

    package init(
        loop: EventLoop,
        endpoints: [Endpoint],
        options: ServingOptions,
        serverField: String?,
        handler: any RequestHandler,
        log: Logger
    ) {
        precondition(!endpoints.isEmpty, "a server without a listener")
        self.loop = loop
        self.endpoints = endpoints
        self.options = options
        self.handler = handler
        self.log = log
        reader = HeadReader(parser: RequestParser(limits: options.limits))
        inputAtMost =
            options.limits.limitRequestLine + options.limits.limitFieldBlock
            + (options.proxyMode == .off ? 0 : ProxyProtocol.longestHeader)
            + BufferPool.bufferSize
        stamp = DateStamp(serverField: serverField)
        census = PeerCensus(atMost: options.connectionsOfOneAtMost)
        reserve = ReserveDescriptor(of: loop.descriptor)
        wallSeconds = Clock.realtimeSeconds()
    }

    /// Begins to accept.
    package func start() throws(SystemError) {
        for endpoint in endpoints {
            let acceptor = Acceptor(server: self, endpoint: endpoint)
            try acceptor.resume()
            acceptors.append(acceptor)
        }
    }

    /// One round of the loop; `wait` runs the waiting, with whatever lock given up around it.
    package func turn(waitingAtMost nanoseconds: UInt64, wait: (() -> Void) -> Void) {
        wait { loop.collect(waitingAtMost: nanoseconds) }
        wallSeconds = Clock.realtimeSeconds()
        loop.dispatch()
    }

    /// Whether responses may keep their connections.
    var keepsConnections: Bool {
        !isDraining && !endsConnections && options.keepAliveSeconds > 0
            && requests &+ 1 < requestBudget
    }

    /// Stops accepting and lets every connection end; idle ones wait a moment for a request that
    /// may be on its way.
    ///
    /// - Parameters:
    ///   - takingQueued: whether connections that the kernel has queued are still taken: they are
    ///     lost when nobody else listens.
    ///   - patienceSeconds: how long idle connections are waited for, where it is not as long as
    ///     the peers of others.
    package func drain(takingQueued: Bool, patienceSeconds: Int? = nil) {
        guard !isDraining else { return }
        isDraining = true
        for acceptor in acceptors {
            acceptor.pause()
            if takingQueued { acceptor.acceptRemaining() }
        }
        for case let connection? in connections where connection.isIdle {
            connection.setDeadline(seconds: patienceSeconds ?? options.lingerSeconds)
        }
    }

    /// Closes every connection, whatever it is doing.
    package func closeAll() {
        isDraining = true
        for acceptor in acceptors {
            acceptor.pause()
        }
        for case let connection? in connections {
            connection.close()
        }
    }

    // MARK: What connections tell

    func accepted(_ socket: StreamSocket, endpoint: Endpoint, peer: PeerAddress) {
        let connection = Connection(server: self, socket: socket, endpoint: endpoint, peer: peer)
        let index = Int(socket.descriptor)
        while connections.count <= index {
            connections.append(nil)
        }
        connections[index] = connection
        connectionCount += 1
        census.came(peer)
        connection.start()
    }

    func closed(_ connection: Connection) {
        connections[Int(connection.socket.descriptor)] = nil
        connectionCount -= 1
        census.left(connection.peer)
        guard !isDraining, connectionCount == options.connectionsAtMost - 1 else { return }
        for acceptor in acceptors {
            acceptor.resumeAfterPressure()
        }
    }

    var isFull: Bool { connectionCount >= options.connectionsAtMost }

    func answered(_ exchange: Exchange) {
        requests &+= 1
        // The application may have taken its time, and deadlines are set from here.
        loop.refreshClock()
        wallSeconds = Clock.realtimeSeconds()
        observer?.answered(exchange)
    }

    func logRefusal(_ refusal: Refusal, _ bytes: Span<UInt8>, peer: PeerAddress) {
        guard log.isEnabled(.warning) else { return }
        var text = ByteWriter(capacity: 256)
        refusal.writeLogText(bytes, into: &text)
        let reason =
            refusal == .proxyForbidden
            ? "Proxy request from '\(peer.text)' not allowed"
            : String(decoding: text.bytes, as: UTF8.self)
        log.warning("Invalid request from ip=\(peer.text): \(reason)")
    }
}

/// Whoever wants to know of every answer.
package protocol ExchangeObserver: AnyObject {
    /// The answer is sent, or on its way; the exchange still shows the request.
    func answered(_ exchange: Exchange)
}
