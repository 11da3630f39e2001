package import Platform

/// Everything the arbiter needs and must not know: the interpreter, the application, the settings
/// and the operator's hooks.
package protocol ArbiterHost: AnyObject {
    // The interpreter's own hooks around a fork.
    func beforeFork()
    func afterForkInParent()
    func afterForkInChild()

    /// Runs a body that waits, without the interpreter's lock.
    func wait(_ body: () -> Void)

    /// Serves, in a worker's process; the status it ends with.
    func runWorker(_ seat: WorkerSeat) -> Int32

    /// Answers for the server's health, in the monitor's process; the status it ends with.
    func runMonitor(_ seat: MonitorSeat) -> Int32

    /// Reads the settings again (HUP). What it throws is logged, and nothing changes.
    func reload() throws -> ArbiterOptions

    /// The new workers did not come up: those forked from now on get the settings before.
    func abandonReload()

    /// The new workers came up: nothing goes back to the settings before.
    func reloadCounts()

    /// Opens log files again (USR1) that are not the arbiter's.
    func reopenLogs()

    /// Listens at these sockets from here on, at none of those before that are not among them.
    func listening(_ listeners: [Listener])

    /// Whether a signal that has arrived is acted on as ever; somebody may have other ideas.
    func allows(_ signal: Signal) throws(HookEnding) -> Bool

    /// The settings of a reload have been taken: what was prepared for them is used from here on.
    func reloadTaken()

    /// Becomes the program that this one was started as, with those variables beside the ones it
    /// was started with; returns only by throwing.
    func becomeProgram(_ variables: [(name: String, value: String)]) throws

    /// The process of the next program; 0 once it is gone.
    func successorBorn(pid: Int32)

    /// The program before us is gone, and we are what it was.
    func promoted()

    // The operator's hooks, at the moments Gunicorn calls them.
    func starting() throws(HookEnding)
    func whenReady() throws(HookEnding)
    func reloaded() throws(HookEnding)
    func workerCountChanged(to count: Int, from former: Int?) throws(HookEnding)
    func workerSpawns(age: Int) throws(HookEnding)
    func workerBorn(pid: Int32)
    /// `halts` says that its end is the server's, and no hook is called.
    func workerEnded(pid: Int32, halts: Bool) throws(HookEnding)
    /// In the worker's process, after its last line in the log; the status to end with.
    func workerExits(_ seat: WorkerSeat, status: Int32) -> Int32
    func exiting() throws(HookEnding)
    /// In the process that is about to become the next program.
    func beforeProgram() throws(HookEnding)
}

/// How an operator's hook ended that did not just return.
package enum HookEnding: Error, Equatable {
    /// It wants the server to stop as a signal stops it, for a reason where it gives one.
    case halt(status: Int32, reason: String)
    /// It wants an ordinary stop; while there is nothing to stop this is a failure.
    case stop(traceback: String)
    /// It ended the program.
    case exit(status: Int32)
    /// It raised. While starting, the sentence is said instead of the traceback, where there is
    /// one.
    case failed(traceback: String, sentence: String)

    /// Why, in words for one line.
    var words: String {
        switch self {
        case .halt(_, let reason) where !reason.isEmpty: reason
        case .failed(_, let sentence) where !sentence.isEmpty: sentence
        case .stop(let traceback), .failed(let traceback, _):
            traceback.split(separator: "\n").last.map(String.init) ?? "A hook failed"
        case .halt, .exit: "A hook ended the server"
        }
    }

    /// The status that a program ends with which it ends while starting.
    var status: Int32 {
        switch self {
        case .halt(let status, _), .exit(let status): status
        case .stop, .failed: 1
        }
    }
}

extension ArbiterHost {
    package func abandonReload() {}
    package func reloadCounts() {}
    package func reopenLogs() {}
    package func listening(_ listeners: [Listener]) {}
    package func allows(_ signal: Signal) throws(HookEnding) -> Bool { true }
    package func reloadTaken() {}
    package func successorBorn(pid: Int32) {}
    package func promoted() {}
    package func beforeProgram() throws(HookEnding) {}
    package func starting() throws(HookEnding) {}
    package func whenReady() throws(HookEnding) {}
    package func reloaded() throws(HookEnding) {}
    package func workerCountChanged(to count: Int, from former: Int?) throws(HookEnding) {}
    package func workerSpawns(age: Int) throws(HookEnding) {}
    package func workerBorn(pid: Int32) {}
    package func workerEnded(pid: Int32, halts: Bool) throws(HookEnding) {}
    package func workerExits(_ seat: WorkerSeat, status: Int32) -> Int32 { status }
    package func exiting() throws(HookEnding) {}
}

/// What a worker is born with.
package struct WorkerSeat {
    package let age: Int
    package let arbiterPID: Int32
    /// The settings this worker was forked with.
    package let options: ArbiterOptions
    /// The arbiter's listeners; empty with `reuse_port`: then the worker calls `bindListeners`.
    package let listeners: [Listener]
    package let slot: WorkerSlot
    package let slotIndex: Int
    package let pages: SharedPages
    /// Over which siblings hand over connections, one for each slot; empty for a worker alone.
    package let channels: [DescriptorChannel]
    /// Readable, at its end, when the arbiter is gone.
    package let lifeline: Int32
    let bell: Bell

    package var timeoutSeconds: Int { options.timeoutSeconds }

    /// Tells the arbiter that the application is loaded and requests can be answered.
    package func announceReady() {
        slot.heartbeat = Clock.monotonicNanoseconds()
        slot.state = .ready
        bell.ring()
    }

    /// Tells the arbiter that a request does not come back, so that this worker has to be replaced.
    package func announceStuck() {
        slot.isStuck = true
        bell.ring()
    }

    /// Asks for a successor, and whether to serve until it is there; a worker that is alone leaves
    /// at once, as in Gunicorn.
    package func announceSpent() -> Bool {
        guard pages.arbiter.workersWanted > 1, !pages.arbiter.isLeaving else { return false }
        slot.isSpent = true
        bell.ring()
        return true
    }

    /// With `reuse_port`: sockets of this worker's own, once and without trying again.
    package func bindListeners() throws(ListenerError) -> [Listener] {
        var made: [Listener] = []
        do {
            for address in options.bind {
                made.append(try Listener.bind(to: address, options.listener))
            }
        } catch {
            for listener in made { listener.close() }
            throw error
        }
        return made
    }
}

/// What the monitor is born with: everything it tells is in the shared pages.
package struct MonitorSeat {
    package let arbiterPID: Int32
    package let options: ArbiterOptions
    package let listeners: [Listener]
    /// The workers' listeners, only to be told of.
    package let served: [Listener]
    /// Where clients of the control socket are accepted from.
    package let control: Int32?
    package let pages: SharedPages
    package let lifeline: Int32
    let bell: Bell

    /// Has the arbiter look at what it is asked for.
    package func ring() { bell.ring() }
}
