import Log
import Platform
import PythonRuntime
package import Serving

// MARK: - Requests that take too long

/// What the guard finds out, on a thread that must not touch Python.
extension SyncWorker: DeadlineObserver {
    /// From here on a thread can be asked where it stands.
    func watchDeadlines(of server: Server) throws(PythonError) {
        _ = try Interpreter.module("swiftcorn._worker").attribute("show_whereabouts")
            .call(integers: [Int(Signal.whereabouts.rawValue), Int(log.descriptor)])
        server.deadlineObserver = self
    }

    package func requestIsLate(_ request: LateRequest) {
        let outcome = request.isAnswered ? "answered 504" : "cut off"
        log.critical(
            "REQUEST TIMEOUT (pid:\(CurrentProcess.pid)): \(request.name), "
                + "\(outcome) after \(plan.serving.requestSeconds) seconds"
        )
        Signal.whereabouts.send(toThread: request.thread)
    }

    package func requestIsLost(_ request: LateRequest) {
        let seconds = plan.serving.requestGraceSeconds
        log.error("\(request.name) has not come back within another \(seconds) seconds")
        station.announceStuck()
        guard let server, !isDraining else { return }
        // Sockets of our own have no successor that finds what waits in them.
        drain(server, takingQueued: station.ownsListeners)
    }
}
