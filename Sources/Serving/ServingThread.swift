import Engine
import Platform

/// What one thread that turns a server has for itself.
package final class ServingThread {
    let exchange: Exchange
    let batch = EventBatch()
    /// The kernel's number of the thread: of the one that made this, until another one attends.
    var number = CurrentProcess.thread

    init(server: Server, isGuards: Bool = false) {
        exchange = Exchange(server: server, endpoint: server.endpoints[0], isGuards: isGuards)
    }
}
