package import Platform

/// What the shared pages say of the server's health: read, never asked for.
package struct Health {
    /// An answer to a probe.
    package enum Verdict: Equatable {
        case good
        case bad(reason: String)
    }

    /// Silence of the arbiter after which it counts as dead: it shows itself about once a second.
    package static let arbiterSilenceNanoseconds: UInt64 = 30 * Clock.nanosecondsPerSecond

    private let pages: SharedPages

    package init(pages: SharedPages) {
        self.pages = pages
    }

    /// Whether the server as a whole still works; false asks for a restart.
    package func liveness(now: UInt64) -> Verdict {
        let heartbeat = pages.arbiter.heartbeat
        guard heartbeat > 0, now > heartbeat else { return .good }
        return now - heartbeat < Self.arbiterSilenceNanoseconds
            ? .good : .bad(reason: "the arbiter does not move")
    }

    /// Whether requests should be sent here now.
    package func readiness() -> Verdict {
        switch pages.arbiter.state {
        case .starting: return .bad(reason: "starting")
        case .draining: return .bad(reason: "draining")
        case .stopping: return .bad(reason: "stopping")
        case .ready: break
        }
        let isServing = (0..<min(pages.arbiter.slotsInUse, pages.slotCount)).contains { index in
            pages.slot(index).state == .ready
        }
        return isServing ? .good : .bad(reason: "no worker is ready")
    }
}
