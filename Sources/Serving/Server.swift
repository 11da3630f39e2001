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
    ///
    /// May be set and read by any thread.
    package var endsConnections: Bool {
        get { ending.value != 0 || serverPage?.isLeaving == true }
        set { ending.value = newValue ? 1 : 0 }
    }
    /// Where the arbiter says that the whole server is about to stop; nil where there is none.
    package var serverPage: ArbiterPage?
    /// Accepting has ended; connections end with their current or next request.
    package private(set) var isDraining = false
    /// Every connection is closed, those that are being answered as soon as they are.
    private(set) var isClosed = false
    /// Whether the observer wants to be `called`.
    package var observesCalls = false
    /// Where this server counts what it does.
    package var statistics = WorkerStatistics.nowhere
    /// When what describes the server was published last.
    var publishedAt: UInt64 = 0
    /// Told of each answer after it was sent: the access log, counters, the end of a budget.
    package var observer: (any ExchangeObserver)?
    /// Told of requests that take too long.
    package var deadlineObserver: (any DeadlineObserver)?

    let reader: HeadReader
    /// Bytes a request head may grow the buffer to: beyond the parser's own limit, so that the
    /// parser refuses first and says why.
    let inputAtMost: Int
    var buffers = BufferPool()
    /// Bytes of responses that wait in memory, of all connections together.
    var heldCount = 0
    /// Bytes of responses that are on their way to files, and so many that it is much.
    var depositedCount = 0
    let depositsAtMost: Int
    /// Who writes them; nil where all threads are to be the handler's.
    var spoolWriter: SpoolWriter?
    var spoolLine = RareLine()
    private(set) var census: PeerCensus
    /// Given up for a moment to refuse whom there is no descriptor for.
    var reserve: ReserveDescriptor
    let serverField: String?
    let endpoints: [Endpoint]
    /// The thread that made the server; the others that turn it are made by `addThread`.
    package private(set) lazy var firstThread = ServingThread(server: self)
    /// The exchange of the thread that has the baton.
    package internal(set) lazy var exchange = firstThread.exchange

    /// The same, to be compared without being counted.
    private var holder: UnsafeMutableRawPointer?

    /// Who has it may touch the loop and every connection but those that are being answered.
    ///
    /// All that a server does is done with the baton, unless it says otherwise; the thread that
    /// makes the server has it. It is let go of for each wait and for each call of the handler,
    /// and never taken to wait for anything: not for a socket, not for a lock of the handler's.
    let baton = Lock()
    /// Complete requests that wait for a thread that may answer them, oldest first.
    var ready: BoundedQueue<Connection>
    /// Responses that leave at the end of the turn.
    var departures = Departures()
    /// They are being sent: the baton must not be let go of in between.
    var sendsDepartures = false
    /// What kept response bytes alive and is waiting to be let go of.
    private var freeOwners: [ResponseOwner] = []
    private var serial: UInt64 = 0
    private let ending = WakeWord()
    var crew = Crew()
    /// The threads that run the handler, where there are several.
    ///
    /// Not the crew's: that changes, which these do not once they run.
    var crewThreads: [ServingThread] = []
    /// The threads that run the handler; not changed once there is a guard.
    var threads: [ServingThread] { crewThreads.isEmpty ? [firstThread] : crewThreads }
    /// Who turns the loop: waits for events, dispatches them, or is in a call from inside of it.
    ///
    /// Not counted: threads live as long as the server.
    unowned(unsafe) var leader: ServingThread?
    /// The other workers, where this one is not alone.
    package internal(set) var siblings: Siblings?
    /// Where this worker tells its siblings that it waits.
    var presence: WorkerSlot?
    /// Where connections were accepted that siblings handed over, and we do not listen.
    var foreignEndpoints: [Endpoint] = []
    /// Listeners are not watched, since a sibling is idle and this worker is not.
    var isLeavingAccepting = false
    /// Called by the guard after each of its turns, with the baton.
    package var guardObserver: (() -> Void)?
    /// Whether the guard turns the loop right now, so that nothing may be called that needs a lock
    /// of the handler's.
    package var isGuardTurning: Bool { exchange.isGuards }
    /// Wakes the guard, which sleeps while no handler runs; nil where there is none.
    var guardPost: WakeWord?
    private var overloadLine = RareLine(everySeconds: 10)

    private(set) var acceptors: [Acceptor] = []
    private(set) var connections: [Connection?] = []

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
        depositsAtMost = options.responsesInMemoryAtMost
        census = PeerCensus(atMost: options.connectionsOfOneAtMost)
        reserve = ReserveDescriptor(of: loop.descriptor)
        self.serverField = serverField
        ready = BoundedQueue(atMost: options.queueLimit)
        baton.take()
    }

    /// Begins to accept.
    package func start() throws(SystemError) {
        if !crewThreads.isEmpty { try hangBell() }
        for endpoint in endpoints {
            let acceptor = Acceptor(server: self, endpoint: endpoint)
            try acceptor.resume()
            acceptors.append(acceptor)
        }
    }

    /// One round of the loop; `wait` runs the waiting, with whatever lock given up around it.
    package func turn(waitingAtMost nanoseconds: UInt64, wait: (() -> Void) -> Void) {
        turn(firstThread, waitingAtMost: nanoseconds, wait: wait)
    }

    func turn(
        _ thread: ServingThread,
        waitingAtMost nanoseconds: UInt64,
        wait: (() -> Void) -> Void
    ) {
        leader = thread
        if isLeavingAccepting { acceptAgain() }
        if !ready.isEmpty { answerReady() }
        let pause = hasAnswerable ? 0 : loop.pause(atMost: nanoseconds)
        let owners = freeOwners.isEmpty ? nil : takeFreeOwners()
        if pause > 0 { tellSiblingsOfWaiting() }
        letGoOfBaton()
        if let owners { release(owners) }
        wait { thread.batch.collect(from: loop.descriptor, waitingAtMost: pause) }
        takeBaton(for: thread.exchange)
        presence?.isWaiting = false
        let hasMore = thread.batch.count > 1
        thread.exchange.mayDepart = hasMore && guardPost != nil && crewThreads.isEmpty
        loop.dispatch(thread.batch) { leader !== thread }
        thread.exchange.mayDepart = false
        sendDepartures()
    }

    /// Whether responses may keep their connections.
    var keepsConnections: Bool {
        !isDraining && options.keepAliveSeconds > 0 && requests &+ 1 < requestBudget
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
        endsConnections = true
        for acceptor in acceptors {
            acceptor.pause()
            if takingQueued { acceptor.acceptRemaining() }
        }
        for case let connection? in connections where connection.isIdle {
            let seconds = patienceSeconds ?? options.lingerSeconds
            // What has arrived is served all the same.
            if seconds > 0 {
                connection.setDeadline(seconds: seconds)
            } else {
                connection.deadlinePassed()
            }
        }
    }

    /// Gives up the listeners, once nothing is taken from them any more.
    package func stopListening() {
        for acceptor in acceptors { acceptor.giveUp() }
    }

    /// Closes every connection, whatever it is doing.
    package func closeAll() {
        isDraining = true
        isClosed = true
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
        statistics.accepted()
        add(connection)
        connection.start()
    }

    func add(_ connection: Connection) {
        let index = Int(connection.socket.descriptor)
        while connections.count <= index {
            connections.append(nil)
        }
        connections[index] = connection
        connectionCount += 1
        presence?.connections = connectionCount
        census.came(connection.peer)
    }

    func closed(_ connection: Connection) {
        connections[Int(connection.socket.descriptor)] = nil
        connectionCount -= 1
        presence?.connections = connectionCount
        census.left(connection.peer)
        if connectionCount == options.connectionsAtMost - 1 { acceptAfterPressure() }
    }

    var isFull: Bool { connectionCount >= options.connectionsAtMost }

    /// Whether there is room for one more connection, and for what it may ask for.
    var mayAccept: Bool { !isDraining && !isFull && !isBehindStoring }

    /// Accepts again, if nothing is in the way any more.
    func acceptAfterPressure() {
        guard mayAccept, !isLeavingAccepting else { return }
        for acceptor in acceptors { acceptor.resumeAfterPressure() }
    }

    /// `isTold` says that the observer was told before, by the guard.
    func answered(_ exchange: Exchange, isTold: Bool = false) {
        requests &+= 1
        // The application may have taken its time, and deadlines are set from here.
        loop.refreshClock()
        if crew.isNeeded {
            crew.patience.callEnded(after: loop.now &- exchange.startedAt)
        }
        if !isTold { observer?.answered(exchange) }
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

// MARK: - The baton

extension Server {
    /// Waits for the baton, and takes it for the thread of that exchange.
    ///
    /// A thread that holds a lock of the handler's (the GIL) may do so: whoever has the baton
    /// waits for no such lock.
    @inline(__always)
    func takeBaton(for exchange: Exchange) {
        baton.take()
        let pointer = Unmanaged.passUnretained(exchange).toOpaque()
        guard holder != pointer else { return }
        holder = pointer
        self.exchange = exchange
    }

    @inline(__always)
    func letGoOfBaton() {
        baton.letGo()
    }

    /// The handler is about to run.
    @inline(__always)
    func letGoForCall(_ exchange: Exchange) {
        exchange.calls.begin()
        statistics.callBegins(at: exchange.startedAt)
        if crew.patience.isOver { passLeadershipEarly(exchange) }
        baton.letGo()
        if let guardPost, guardPost.value == Guard.parked { guardPost.set(Guard.awake) }
    }

    /// Recent calls were long: somebody else turns the loop while this one lasts.
    private func passLeadershipEarly(_ exchange: Exchange) {
        guard let leader, leader.exchange === exchange else { return }
        _ = passLeadership()
    }

    /// The handler has returned.
    @inline(__always)
    func takeAfterCall(_ exchange: Exchange) {
        takeBaton(for: exchange)
        exchange.calls.end()
        statistics.callEnds()
    }

    /// Adds a complete request to those that wait; false where there are too many.
    func queue(_ connection: Connection) -> Bool {
        ready.dropFirst { $0.phase != .ready }
        return ready.append(connection)
    }

    /// Answers the requests that wait now; those that come meanwhile have to wait for the next
    /// turn, or the loop would stand still.
    func answerReady() {
        var left = ready.count
        while left > 0, let connection = nextReady() {
            left -= 1
            connection.answerWaiting()
        }
    }

    /// Names a request among all requests of the process.
    func nextSerial() -> UInt64 {
        serial &+= 1
        return serial
    }

    // MARK: Owners of response bytes

    func free(_ owner: ResponseOwner) {
        freeOwners.append(owner)
    }

    func takeFreeOwners() -> [ResponseOwner] {
        if freeOwners.isEmpty { return [] }
        defer { freeOwners = [] }
        return freeOwners
    }

    /// Lets go of owners; without the baton, since it may run code of the application's.
    func release(_ owners: [ResponseOwner]) {
        for owner in owners { handler.release(owner) }
    }

    func logOverload() {
        guard let occasions = overloadLine.occasion(at: loop.now) else { return }
        log.warning(
            "Overload: \(occasions.count) requests were answered 503, "
                + "as \(ready.count) wait for the application"
        )
    }
}

/// Whoever wants to know of every answer.
package protocol ExchangeObserver: AnyObject {
    /// The answer is sent, or on its way; the exchange still shows the request. Called with the
    /// baton, by any thread.
    func answered(_ exchange: Exchange)

    /// The same, before that, where `Server.observesCalls` asks for it: without the baton, and
    /// always on a thread that may run the handler.
    func called(_ exchange: Exchange)
}

extension ExchangeObserver {
    package func called(_ exchange: Exchange) {}
}
