import Engine
import Platform

/// What one thread that turns a server has for itself.
package final class ServingThread {
    let exchange: Exchange
    let batch = EventBatch()

    init(server: Server, isGuards: Bool = false) {
        exchange = Exchange(server: server, endpoint: server.endpoints[0], isGuards: isGuards)
    }
}
