import Engine
package import Platform

/// The thread that serves all other connections while every thread that may run the handler does.
///
/// It never runs the handler, and so never touches Python: it reads, writes, times out, drains and
/// refuses; requests that become complete wait in the server's queue. While calls are short it only
/// looks at a few numbers every other millisecond, and it sleeps while there are no calls at all.
package final class Guard: @unchecked Sendable {
    /// How often it looks; a call that lasts from one look to the next is a long one.
    static let tick: UInt64 = 2_000_000
    /// Looks without any call before it goes to sleep.
    static let quietTicks = 5
    /// The longest it waits for events: so soon it sees that somebody else turns the loop again.
    static let longestWait: UInt64 = 50_000_000

    static let awake: UInt32 = 0
    static let parked: UInt32 = 1

    private let server: Server
    private let thread: ServingThread
    /// Those that run the handler.
    private let threads: [ServingThread]
    private let post = WakeWord()
    private let state = WakeWord()
    /// The calls that lasted at the last look, by thread.
    private var seen: [UInt64?] = []
    private var served: UInt64 = 0
    /// Nil where requests may take as long as they like.
    private var deadlines: CallDeadlines?

    private static let stopping: UInt32 = 1
    private static let stopped: UInt32 = 2

    /// Starts the thread; call it with the baton, after the last fork.
    package init(of server: Server) throws(SystemError) {
        self.server = server
        thread = ServingThread(server: server, isGuards: true)
        threads = server.threads
        seen = Array(repeating: nil, count: threads.count)
        deadlines = CallDeadlines(
            seconds: server.options.requestSeconds,
            graceSeconds: server.options.requestGraceSeconds,
            threads: threads.count
        )
        server.guardPost = post
        server.spoolWriter = SpoolWriter(of: server)
        try NativeThread.start(named: "guard") { [self] in run() }
    }

    /// Ends the thread and waits until it has ended, without the baton meanwhile.
    package func stop() {
        server.spoolWriter?.stop()
        server.spoolWriter = nil
        let exchange = server.exchange
        server.letGoOfBaton()
        defer { server.takeBaton(for: exchange) }
        state.value = Self.stopping
        post.set(Self.awake)
        while state.value != Self.stopped {
            state.sleep(while: Self.stopping, atMost: Clock.nanosecondsPerSecond)
        }
        server.guardPost = nil
    }

    private func run() {
        var quiet = 0
        while state.value != Self.stopping {
            if quiet >= Self.quietTicks {
                park()
                quiet = 0
            }
            post.sleep(while: Self.awake, atMost: Self.tick)
            quiet = look() ? 0 : quiet + 1
        }
        state.set(Self.stopped)
    }

    /// Sleeps until a call begins.
    private func park() {
        post.value = Self.parked
        // A call that began before it could see that we are parked is seen here.
        let isNeeded = threads.contains { $0.exchange.calls.current != nil }
        guard !isNeeded, state.value != Self.stopping else {
            post.value = Self.awake
            return
        }
        while post.value == Self.parked { post.sleep(while: Self.parked) }
    }

    /// Looks at the calls, and takes over where one is long; answers whether there was any since
    /// the last look.
    private func look() -> Bool {
        var isLong = false
        var calls: UInt64 = 0
        for (index, thread) in threads.enumerated() {
            let current = thread.exchange.calls.current
            if let current, current == seen[index] { isLong = true }
            seen[index] = current
            calls &+= thread.exchange.calls.count
        }
        let isBusy = calls != served
        served = calls
        let due = dueCalls()
        if !due.isEmpty {
            server.takeBaton(for: thread.exchange)
            act(on: due)
            server.letGoOfBaton()
        }
        if isLong { takeOver() }
        return isBusy || isLong
    }

    private func takeOver() {
        server.takeBaton(for: thread.exchange)
        server.sendDepartures()
        while server.isUnattended(seen), state.value != Self.stopping {
            if server.passLeadership() { break }
            server.guardTurn(thread)
            let wait = server.guardPause(atMost: Self.longestWait)
            server.letGoOfBaton()
            _ = server.loop.waitUntilReady(atMost: wait)
            server.takeBaton(for: thread.exchange)
            act(on: dueCalls())
        }
        server.letGoOfBaton()
    }

    // MARK: Deadlines

    private typealias DueCall = (thread: ServingThread, call: UInt64, step: CallDeadlines.Step)

    /// The calls that something has to be done about.
    private func dueCalls() -> [DueCall] {
        guard deadlines != nil else { return [] }
        let now = Clock.monotonicNanoseconds()
        deadlines?.look(now: now)
        var due: [DueCall] = []
        for (index, thread) in threads.enumerated() {
            guard let call = thread.exchange.calls.current else { continue }
            if let step = deadlines?.judge(index, call: call, now: now) {
                due.append((thread, call, step))
            }
        }
        return due
    }

    /// Does it, with the baton.
    private func act(on due: [DueCall]) {
        for (late, call, step) in due {
            switch step {
            case .late:
                guard let request = server.end(call, of: late, by: thread) else { continue }
                server.deadlineObserver?.requestIsLate(request)
            case .lost:
                guard let request = server.giveUp(call, of: late) else { continue }
                server.deadlineObserver?.requestIsLost(request)
            }
        }
    }
}

// MARK: - What the guard asks of the server, with the baton

extension Server {
    /// Whether nobody turns the loop: the thread that should is in one of the long calls that were
    /// seen, or there is none.
    func isUnattended(_ seen: [UInt64?]) -> Bool {
        guard let leader else { return true }
        guard let call = leader.exchange.calls.current,
            let index = threads.firstIndex(where: { $0 === leader })
        else { return false }
        return seen[index] == call
    }

    /// One turn without waiting; it ends as soon as somebody wants the baton back.
    func guardTurn(_ thread: ServingThread) {
        thread.batch.collect(from: loop.descriptor, waitingAtMost: 0)
        loop.dispatch(thread.batch) { baton.isWanted }
        handOverReady()
        acceptAgain()
        guardObserver?()
    }

    /// How long the guard may wait for events.
    func guardPause(atMost nanoseconds: UInt64) -> UInt64 {
        if !ready.isEmpty { return Guard.tick }
        return loop.pause(atMost: isLeavingAccepting ? Guard.tick * 5 : nanoseconds)
    }
}
