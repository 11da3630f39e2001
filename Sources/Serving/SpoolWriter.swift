import Engine
import Log
import Platform

/// The thread that writes large objects of responses to their files, so that a disk holds up nobody
/// who turns the loop or runs the handler.
///
/// It is started for the first of them. What is on its way to a file is in memory meanwhile: when
/// that is much the server takes no new connections and answers no first requests for a while; when
/// it is more the handler has to wait.
final class SpoolWriter: @unchecked Sendable {
    private let server: Server
    private lazy var thread = ServingThread(server: server, isGuards: true)
    /// What is to be written, oldest first; guarded by the baton.
    private var line: [Deposit] = []
    private var isRunning = false
    /// Nothing is taken any more before this moment: a disk that is full stays so for a while.
    private var pausedUntil: UInt64 = 0
    /// Grows with every deposit that comes, and when the thread is to end.
    private let arrivals = WakeWord()
    /// Grows with every deposit that is done with.
    private let departures = WakeWord()
    private let end = WakeWord()

    private static let stopping: UInt32 = 1
    private static let stopped: UInt32 = 2
    private static let pause = Clock.nanosecondsPerSecond

    init(of server: Server) {
        self.server = server
    }

    // MARK: With the baton

    /// Whether a deposit would be taken.
    func takes(_ count: Int) -> Bool {
        count >= Deposit.countAtLeast && Clock.monotonicNanoseconds() >= pausedUntil
    }

    func add(_ deposit: Deposit) throws(SystemError) {
        if !isRunning {
            try server.hangBell()
            try NativeThread.start(named: "spool") { [self] in run() }
            isRunning = true
        }
        line.append(deposit)
        arrivals.bump()
    }

    /// Ends the thread and waits until it has ended, without the baton meanwhile.
    func stop() {
        guard isRunning else { return }
        let exchange = server.exchange
        server.letGoOfBaton()
        end.value = Self.stopping
        arrivals.bump()
        while end.value != Self.stopped {
            end.sleep(while: Self.stopping, atMost: Clock.nanosecondsPerSecond)
        }
        server.takeBaton(for: exchange)
        isRunning = false
    }

    // MARK: Without it

    /// What `waitForDeparture` is to be told.
    var departed: UInt32 { departures.value }

    /// Waits until there is less to write than there was at that number.
    func waitForDeparture(after number: UInt32) {
        departures.sleep(while: number, atMost: Clock.nanosecondsPerSecond)
    }

    private func run() {
        while end.value != Self.stopping {
            let number = arrivals.value
            server.takeBaton(for: thread.exchange)
            while end.value != Self.stopping, let deposit = line.first { write(deposit) }
            server.letGoOfBaton()
            if end.value != Self.stopping { arrivals.sleep(while: number) }
        }
        end.set(Self.stopped)
    }

    /// Writes a part of the first deposit, with the baton before and after.
    private func write(_ deposit: Deposit) {
        guard deposit.isWanted else { return depart() }
        do throws(SystemError) {
            try deposit.writeMore { write in
                server.letGoOfBaton()
                write()
                server.takeBaton(for: thread.exchange)
            }
            if deposit.isWanted, !deposit.isWritten { return }
        } catch {
            pausedUntil = Clock.monotonicNanoseconds() &+ Self.pause
            server.sayNotStored(error)
        }
        if deposit.isWanted {
            deposit.connection.ended(deposit)
        } else {
            // Whoever dropped it left the owner to us.
            server.free(deposit.owner)
        }
        depart()
    }

    private func depart() {
        line.removeFirst()
        departures.bump(wakingAll: true)
        // Whoever waits for events lets go of what is not needed any more.
        server.wakeLoop()
    }
}

// MARK: - What the server knows of it, with the baton

extension Server {
    /// So much is on its way to files that no new connections are taken.
    @inline(__always)
    var isBehindStoring: Bool { depositedCount > depositsAtMost }

    /// So much is that the handler has to wait.
    var isFarBehindStoring: Bool { depositedCount / 2 > depositsAtMost }

    /// Whether a request of the connection may be answered now: while much is on its way, only of
    /// those whose responses have been none of it, so that they do not wait for the others.
    @inline(__always)
    func mayAnswer(_ connection: Connection) -> Bool { !isBehindStoring || connection.isLight }

    /// Whether a request waits that may be answered now.
    var hasAnswerable: Bool {
        !ready.isEmpty && (!isBehindStoring || ready.contains { $0.isLight })
    }

    /// Takes the next request that may be answered now.
    func nextReady() -> Connection? {
        isBehindStoring ? ready.remove { $0.isLight } : ready.popFirst()
    }

    /// Counts what came to be on its way to files, or was.
    func deposited(_ more: Int) {
        guard more != 0 else { return }
        let wasBehind = isBehindStoring
        depositedCount += more
        if wasBehind, !isBehindStoring { acceptAfterPressure() }
    }

    func sayNotStored(_ error: SystemError) {
        guard let occasions = spoolLine.occasion(at: Clock.monotonicNanoseconds()) else { return }
        log.error("Response could not be stored: \(error)\(occasions.others)")
    }
}
