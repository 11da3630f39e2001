import Log
import Platform

/// TERM is not the end yet where a delay is set: who sends requests here has to hear of it first.
extension Arbiter {
    /// Serves, with everything that belongs to it, until the delay is over or cut short.
    func serveOn() throws(Departure) {
        guard options.shutdownDelaySeconds > 0 else { return }
        let end = Clock.monotonicNanoseconds() + options.shutdownDelayNanoseconds
        // Workers see it too, and end each connection with its next response.
        pages.arbiter.state = .draining
        // Whoever reads this and asks a probe finds it so.
        log.info("Serving on for \(options.shutdownDelaySeconds) seconds before the stop")
        while inbox.take(.terminate) == 0 {
            let now = Clock.monotonicNanoseconds()
            guard now < end else { return }
            wait(milliseconds: Int32(min((end - now) / 1_000_000 + 1, 1000)))
            silence()
            try supervise()
            // A reload would only start what is to be stopped.
            _ = inbox.take(.hangUp)
            _ = inbox.take(.user2)
        }
    }

    private func supervise() throws(Departure) {
        let now = Clock.monotonicNanoseconds()
        heartbeats.look(now: now)
        pages.arbiter.heartbeat = now
        reap(now)
        try endIfHookWants()
        try quitIfAsked()
        reopenIfAsked()
        enforceTimeouts(now)
        try balance()
        reportDraining()
    }
}
