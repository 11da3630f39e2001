import Engine
import Glibc
import Platform
import Testing

@testable import Serving

/// Several threads that run the handler, without Python: each call waits until all have begun.
@Suite struct ThreadTests {
    private static let get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

    /// Threads of their own for a server; the test's thread is a client only.
    private final class Crewed: @unchecked Sendable {
        let trial: Trial
        let keeper: Guard
        let visitor: ServingThread
        let ended = WakeWord()
        let count: Int
        /// Taken before they run: nobody may look at the crew without the baton.
        let threads: [ServingThread]

        init(threads count: Int, handler body: @escaping (Exchange) -> Void) throws {
            self.count = count
            trial = try Trial(handler: body, crew: count)
            visitor = trial.server.makeVisitor()
            keeper = try Guard(of: trial.server)
            threads = trial.server.threads
            trial.server.letGoOfBatonForGood()
            for index in 0..<count {
                try NativeThread.start(named: "trial") { [self] in attend(index) }
            }
        }

        private func attend(_ index: Int) {
            trial.server.attend(
                threads[index],
                waitingAtMost: 1_000_000_000,
                wait: { $0() },
                turnEnded: { 1_000_000_000 }
            )
            ended.bump(wakingAll: true)
        }

        func end() {
            trial.server.asVisitor(visitor) { trial.server.stopThreads() }
            var number = ended.value
            while number < count {
                ended.sleep(while: number, atMost: 1_000_000_000)
                number = ended.value
            }
            trial.server.takeBaton(for: visitor.exchange)
            keeper.stop()
            trial.end()
        }
    }

    @Test func `as many calls run at once as there are threads`() throws {
        let running = WakeWord()
        let crewed = try Crewed(threads: 4) { exchange in
            running.bump(wakingAll: true)
            let limit = Clock.monotonicNanoseconds() + Trial.patience
            while running.value < 4, Clock.monotonicNanoseconds() < limit { sched_yield() }
            exchange.reply("\(running.value)")
        }
        let clients = try (0..<4).map { _ in try crewed.trial.connect() }
        for client in clients { client.send(Self.get) }
        for client in clients {
            #expect(client.wait { $0.text.hasSuffix("\r\n\r\n4") })
        }
        crewed.end()
    }

    @Test func `with all threads in calls the others are served, and answered later`() throws {
        let gate = WakeWord()
        let begun = WakeWord()
        let crewed = try Crewed(threads: 2) { exchange in
            if exchange.targetText == "/slow" {
                begun.bump(wakingAll: true)
                while gate.value == 0 { gate.sleep(while: 0, atMost: 1_000_000_000) }
            }
            exchange.reply(exchange.targetText)
        }
        let slow = try (0..<2).map { _ in try crewed.trial.connect() }
        for client in slow { client.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n") }
        let limit = Clock.monotonicNanoseconds() + Trial.patience
        while begun.value < 2, Clock.monotonicNanoseconds() < limit { sched_yield() }
        let bad = try crewed.trial.connect()
        bad.send("BAD\r\n\r\n")
        #expect(bad.wait { $0.isEnded })
        let quick = try crewed.trial.connect()
        quick.send(Self.get)
        gate.bump(wakingAll: true)
        #expect(quick.wait { $0.text.hasSuffix("\r\n\r\n/") })
        for client in slow { #expect(client.wait { $0.text.hasSuffix("/slow") }) }
        crewed.end()
    }

    @Test func `many clients at once get each its own answer, in order`() throws {
        let crewed = try Crewed(threads: 3) { exchange in
            if exchange.targetText.hasSuffix("7") { usleep(4000) }
            exchange.reply(exchange.targetText)
        }
        let clients = try (0..<8).map { _ in try crewed.trial.connect() }
        for round in 0..<20 {
            for (index, client) in clients.enumerated() {
                client.send("GET /\(index)-\(round) HTTP/1.1\r\nHost: x\r\n\r\n")
                client.send("GET /\(index)-\(round)b HTTP/1.1\r\nHost: x\r\n\r\n")
            }
            for (index, client) in clients.enumerated() {
                #expect(client.wait { $0.text.hasSuffix("\r\n\r\n/\(index)-\(round)b") })
                #expect(client.text.contains("\r\n\r\n/\(index)-\(round)HTTP/1.1 200"))
                client.forget()
            }
        }
        crewed.end()
    }
}
