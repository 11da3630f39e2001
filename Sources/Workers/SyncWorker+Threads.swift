import Engine
import Log
import Platform
import PythonRuntime
import Serving

// MARK: - gthread: several threads answer, the main thread keeps house

extension SyncWorker {
    /// How often the main thread looks whether the last connection has ended.
    private static let drainTick: Int32 = 50

    /// Serves with threads until it is over; called with the baton, which the threads take over.
    func serveWithThreads(_ server: Server, _ threads: [ServingThread]) throws -> Int32 {
        let bell = try Bell()
        spentBell = bell
        Interpreter.threadBody = { [unowned self] number in
            attend(server, threads[number])
        }
        let visitor = server.makeVisitor()
        // A logger of the operator's is Python, which must not run with the baton.
        log.deferLines { bell.ring() }
        server.letGoOfBatonForGood()
        _ = try Interpreter.module("swiftcorn._worker").attribute("start_threads")
            .call(integers: [threads.count])
        while end == nil {
            station.slot.heartbeat = Clock.monotonicNanoseconds()
            waitForNews(bell)
            signals?.readAll()
            levelWatch.follow(log)
            log.sayWaiting()
            if let reloader {
                sourceLoop?.turn(waitingAtMost: 0)
                look(reloader)
            }
            var isDone = false
            server.asVisitor(visitor) { isDone = keepHouse(server) }
            if isDone { break }
        }
        stopThreads(server, visitor)
        return end ?? WorkerStatus.normal
    }

    private func waitForNews(_ bell: Bell) {
        var descriptors = [bell.descriptor, station.lifeline]
        if let signals { descriptors.append(signals.descriptor) }
        if let sourceLoop { descriptors.append(sourceLoop.descriptor) }
        let tick = Int32(clamping: longestSleep / 1_000_000)
        let milliseconds = isDraining ? min(tick, Self.drainTick) : tick
        Interpreter.release { Descriptor.wait(for: descriptors, milliseconds: milliseconds) }
        bell.silence()
        if Descriptor.isReadable(station.lifeline) { parentChanged() }
    }

    /// With the baton: answers whether the last connection has ended.
    private func keepHouse(_ server: Server) -> Bool {
        if let accessLog { writeLines(of: accessLog, now: Clock.monotonicNanoseconds()) }
        server.publish(into: station.slot)
        leaveWhenChanged(server)
        retireWhenSpent(server)
        guard isDraining else { return false }
        drain(server, takingQueued: true)
        return hasServedAll(server)
    }

    /// What each thread does: Python made it, so that the application finds itself in a thread
    /// like any other.
    private func attend(_ server: Server, _ thread: ServingThread) {
        attending.value += 1
        server.attend(
            thread,
            waitingAtMost: Self.longestTurn,
            wait: { wait in Interpreter.release(wait) },
            turnEnded: { [unowned self] in
                if let accessLog { writeLines(of: accessLog, now: server.loop.now) }
                if server.isSpent, !server.isDraining { spentBell?.ring() }
                return logSince == nil ? Self.longestTurn : Self.logDelay
            }
        )
        attending.value -= 1
    }

    /// Threads that are in no call return at once; one that hangs in a call does not keep us.
    private func stopThreads(_ server: Server, _ visitor: ServingThread) {
        server.asVisitor(visitor) {
            server.closeAll()
            server.stopThreads()
        }
        let end = Clock.monotonicNanoseconds() + Clock.nanosecondsPerSecond
        while attending.value > 0, Clock.monotonicNanoseconds() < end {
            if server.areThreadsInCalls(attending.value) { break }
            Interpreter.release { Descriptor.wait(for: [], milliseconds: 5) }
        }
        server.asVisitor(visitor) { accessLog?.flush() }
        log.deferLines(nil)
        log.sayWaiting()
    }
}
