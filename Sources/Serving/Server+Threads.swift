import Engine
import Platform

// MARK: - Several threads that run the handler

/// One of them leads: it waits for events and dispatches them, and runs the handler itself. When a
/// call is long, or such calls were frequent, a follower takes over. While all of them are in
/// calls, the guard turns the loop.
extension Server {
    /// Adds a thread; before any of them runs, and before there is a guard.
    package func addThread() -> ServingThread {
        let thread = ServingThread(server: self)
        crewThreads.append(thread)
        crew.isNeeded = true
        return thread
    }

    /// Leads, follows and answers until `stopThreads`; called by each thread, with the handler's
    /// lock and without the baton.
    package func attend(
        _ thread: ServingThread,
        waitingAtMost nanoseconds: UInt64,
        wait: (() -> Void) -> Void,
        turnEnded: () -> UInt64
    ) {
        thread.number = CurrentProcess.thread
        takeBaton(for: thread.exchange)
        var pause = nanoseconds
        while !crew.isOver {
            if let connection = nextReady() {
                if leader == nil || hasAnswerable { _ = crew.invite() }
                connection.answerWaiting()
            } else if leader == nil || leader === thread {
                turn(thread, waitingAtMost: pause, wait: wait)
                pause = min(nanoseconds, turnEnded())
            } else {
                follow(wait)
            }
        }
        if leader === thread { leader = nil }
        let owners = takeFreeOwners()
        letGoOfBaton()
        release(owners)
    }

    private func follow(_ wait: (() -> Void) -> Void) {
        let exchange = self.exchange
        let followers = crew.followers
        let number = followers.value
        crew.idle += 1
        let owners = takeFreeOwners()
        letGoOfBaton()
        release(owners)
        wait { followers.sleep(while: number) }
        takeBaton(for: exchange)
        crew.idle -= 1
        if crew.invitations > 0 { crew.invitations -= 1 }
    }

    /// Has a thread that is free turn the loop from here on; false where there is none.
    func passLeadership() -> Bool {
        guard crew.invite() else { return false }
        leader = nil
        return true
    }

    /// Has every thread return from `attend` as soon as it is in no call.
    package func stopThreads() {
        crew.isOver = true
        crew.followers.bump(wakingAll: true)
        wakeLoop()
    }

    /// Runs a body with the baton, on a thread that neither attends nor has it: what becomes
    /// complete meanwhile waits for those that attend.
    package func asVisitor(_ visitor: ServingThread, _ body: () -> Void) {
        takeBaton(for: visitor.exchange)
        body()
        if !ready.isEmpty, !crew.invite() { wakeLoop() }
        letGoOfBaton()
    }

    /// Lets go of the baton that the thread has which made the server: from here on others have it.
    package func letGoOfBatonForGood() {
        letGoOfBaton()
    }

    /// Whether so many threads are in calls right now.
    package func areThreadsInCalls(_ count: UInt64) -> Bool {
        threads.count { $0.exchange.calls.current != nil } >= Int(count)
    }

    /// What a thread needs to be a visitor.
    package func makeVisitor() -> ServingThread {
        ServingThread(server: self, isGuards: true)
    }

    /// Ends the wait of whoever waits for events, once there is a bell.
    func wakeLoop() {
        crew.bell?.ring()
    }

    func hangBell() throws(SystemError) {
        guard crew.bell == nil else { return }
        let bell = try Bell()
        try loop.watch(bell.descriptor, for: .readable, receiver: LoopBell(bell))
        crew.bell = bell
    }
}

/// Who runs the handler, and who of them is free: guarded by the baton.
struct Crew {
    /// Whether there is more than the thread that made the server.
    var isNeeded = false
    /// Threads that follow.
    var idle = 0
    /// Threads that were woken and have not come yet.
    var invitations = 0
    /// What followers sleep on.
    let followers = WakeWord()
    var patience = Patience()
    var isOver = false
    /// Watched by the loop, to end a wait.
    var bell: Bell?

    /// Wakes a thread that follows; false where there is none.
    mutating func invite() -> Bool {
        guard idle > invitations else { return false }
        invitations += 1
        followers.bump()
        return true
    }
}
