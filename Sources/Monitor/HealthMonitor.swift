package import Engine
import HTTP
package import Log
package import Platform
import Serving

/// The process that answers probes: a server of its own, so that no probe can stall supervision
/// and no stuck worker can stall a probe.
package final class HealthMonitor: EventReceiver {
    private static let longestSleep: UInt64 = 1_000_000_000

    private let listeners: [Listener]
    private let health: Health
    private let lifeline: Int32
    private let log: Logger
    private var hasEnded = false

    package init(listeners: [Listener], pages: SharedPages, lifeline: Int32, log: Logger) {
        self.listeners = listeners
        health = Health(pages: pages)
        self.lifeline = lifeline
        self.log = log
    }

    /// Answers probes until the arbiter says, or shows, that it is over.
    package func run() -> Int32 {
        do {
            let server = try makeServer()
            let signals = try SignalInbox(watching: [.terminate, .interrupt, .quit])
            try server.loop.watch(lifeline, for: .readable, receiver: self)
            try server.loop.watch(signals.descriptor, for: .readable, receiver: self)
            try server.start()
            while !hasEnded {
                server.turn(waitingAtMost: Self.longestSleep) { wait in wait() }
            }
            server.closeAll()
            return 0
        } catch {
            log.error("The monitor cannot serve: \(error)")
            return 1
        }
    }

    /// A signal has arrived, or the arbiter is gone: either way it is over.
    package func ready(_ events: Interest) {
        hasEnded = true
    }

    private func makeServer() throws -> Server {
        var options = ServingOptions()
        options.headSeconds = 5
        options.connectionsAtMost = 256
        let endpoints = listeners.map { listener in
            Endpoint(
                descriptor: listener.descriptor,
                name: listener.address.host,
                port: "\(listener.address.port)",
                isUnix: listener.address.family == .unix
            )
        }
        return Server(
            loop: try EventLoop(),
            endpoints: endpoints,
            options: options,
            serverField: "gunicorn",
            handler: ClosureHandler { [health] exchange in Probe.answer(exchange, health) },
            log: log
        )
    }
}

/// One probe and its answer.
enum Probe {
    static func answer(_ exchange: Exchange, _ health: Health) {
        guard exchange.head.isGet || exchange.head.isHead else {
            return reply(exchange, 405, "405 Method Not Allowed", "GET or HEAD\n")
        }
        switch String(decoding: exchange.bytes(of: exchange.head.path), as: UTF8.self) {
        case "/livez": reply(exchange, health.liveness(now: Clock.monotonicNanoseconds()))
        case "/readyz": reply(exchange, health.readiness())
        default: reply(exchange, 404, "404 Not Found", "/livez and /readyz are here\n")
        }
    }

    private static func reply(_ exchange: Exchange, _ verdict: Health.Verdict) {
        switch verdict {
        case .good: reply(exchange, 200, "200 OK", "ok\n")
        case .bad(let reason):
            reply(exchange, 503, "503 Service Unavailable", "\(reason)\n")
        }
    }

    private static func reply(
        _ exchange: Exchange,
        _ code: Int,
        _ status: String,
        _ content: String
    ) {
        withBytes(of: status) { exchange.begin(status: code, text: $0) }
        withBytes(of: "text/plain; charset=utf-8") { exchange.addField("Content-Type", $0) }
        withBytes(of: "\(content.utf8.count)") { exchange.addField("Content-Length", $0) }
        withBytes(of: "no-store") { exchange.addField("Cache-Control", $0) }
        if exchange.head.isHead { return exchange.finish() }
        withBytes(of: content) { _ = exchange.write($0, isLast: true) }
    }

    private static func withBytes(of text: String, _ use: (UnsafeRawBufferPointer) -> Void) {
        var text = text
        text.withUTF8 { use(UnsafeRawBufferPointer($0)) }
    }
}
