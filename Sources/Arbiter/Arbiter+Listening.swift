import Log
import Platform

/// What somebody else did to the sockets: found within a second, and mended where that can be done
/// without the workers.
struct ListenerWatch {
    /// When the sockets were last looked at.
    var lookedAt: UInt64 = 0
    /// Those that have been told of, by descriptor.
    var lost: Set<Int32> = []
}

extension Arbiter {
    func watchListeners(_ now: UInt64) {
        guard now >= listenerWatch.lookedAt + Clock.nanosecondsPerSecond else { return }
        listenerWatch.lookedAt = now
        for listener in listeners.all + monitor.listeners.all {
            if !listener.isListening { listenAgain(listener) }
            if listener.isPathLost {
                tell(
                    listener,
                    "is gone from the file system, so nobody can connect: HUP makes it anew"
                )
            }
        }
    }

    private func listenAgain(_ listener: Listener) {
        do throws(SystemError) {
            try listener.listenAgain(options.listener)
            log.warning("\(listener.display()) was shut down by somebody, and listens again")
        } catch {
            tell(listener, "was shut down by somebody: \(error)")
        }
    }

    private func tell(_ listener: Listener, _ what: String) {
        guard listenerWatch.lost.insert(listener.descriptor).inserted else { return }
        log.error("\(listener.display()) \(what)")
    }
}
