import HTTP
import Platform
package import Serving

/// A question of whoever watches the service, asked by its path.
package enum Probe: String, CaseIterable {
    case live = "/livez"
    case ready = "/readyz"
    case started = "/startupz"

    /// What was looked at for it.
    func checks(_ health: Health) -> [Health.Check] {
        switch self {
        case .live: health.liveness(now: Clock.monotonicNanoseconds())
        case .ready: health.readiness(now: Clock.monotonicNanoseconds())
        case .started: health.startup()
        }
    }

    /// Answers it: 200, or 503 with the reason; a query `verbose` asks for every check.
    func answer(_ exchange: Exchange, _ health: Health) {
        let checks = checks(health)
        let fault = checks.compactMap(\.fault).first
        let isVerbose = exchange.bytes(of: exchange.head.query).elementsEqual("verbose".utf8)
        let text = isVerbose ? listing(checks) : "\(fault ?? "ok")\n"
        let status: Reply.Status = fault == nil ? .good : .unavailable
        Reply(status, text).send(exchange)
    }

    /// The form in which Kubernetes lists the checks of its own servers.
    private func listing(_ checks: [Health.Check]) -> String {
        var text = ""
        for check in checks {
            if let fault = check.fault {
                text += "[-]\(check.name) failed: \(fault)\n"
            } else {
                text += "[+]\(check.name) ok\n"
            }
        }
        let isGood = checks.allSatisfy { $0.fault == nil }
        return text + "\(rawValue.dropFirst()) check \(isGood ? "passed" : "failed")\n"
    }
}

/// Answers probes in front of the application, at the addresses that it is served at.
///
/// It needs nothing of Python, so that a thread that may not touch Python answers them too.
package final class ProbeHandler: RequestHandler {
    private let paths: [(path: [UInt8], probe: Probe)]
    private let health: Health
    private let handler: any RequestHandler

    /// Probes have the prefix before their path; the handler answers everything else.
    package init(_ prefix: String, _ health: Health, inFrontOf handler: any RequestHandler) {
        paths = Probe.allCases.map { (Array((prefix + $0.rawValue).utf8), $0) }
        self.health = health
        self.handler = handler
    }

    package func handle(_ exchange: Exchange) {
        guard exchange.head.isGet || exchange.head.isHead,
            let probe = probe(at: exchange.bytes(of: exchange.head.path))
        else { return handler.handle(exchange) }
        probe.answer(exchange, health)
    }

    package func release(_ owner: ResponseOwner) { handler.release(owner) }

    package func wait(_ wait: () -> Bool) -> Bool { handler.wait(wait) }

    package func needsNobody(toAnswer path: UnsafeRawBufferPointer) -> Bool {
        probe(at: path) != nil
    }

    private func probe(at path: UnsafeRawBufferPointer) -> Probe? {
        paths.first { $0.path.elementsEqual(path) }?.probe
    }
}
