import Engine
import Glibc
import Platform
import Testing

@testable import Serving

private let second = Clock.nanosecondsPerSecond

@Suite struct CallDeadlinesTests {
    private func deadlines(grace: Int = 2) throws -> CallDeadlines {
        try #require(CallDeadlines(seconds: 3, graceSeconds: grace, threads: 2))
    }

    /// Looks every half a second, as no gap is to be seen.
    private func steps(
        _ deadlines: inout CallDeadlines,
        _ call: UInt64,
        from begin: UInt64,
        to end: UInt64
    ) -> [CallDeadlines.Step] {
        var found: [CallDeadlines.Step] = []
        for half in begin * 2...end * 2 {
            let now = half * second / 2
            deadlines.look(now: now)
            if let step = deadlines.judge(0, call: call, now: now) { found.append(step) }
        }
        return found
    }

    @Test func `there is no limit unless somebody sets one`() {
        #expect(CallDeadlines(seconds: 0, graceSeconds: 1, threads: 1) == nil)
    }

    @Test func `a call is late once, and lost once`() throws {
        var deadlines = try deadlines()
        #expect(steps(&deadlines, 1, from: 10, to: 12).isEmpty)
        #expect(steps(&deadlines, 1, from: 13, to: 14) == [.late])
        #expect(steps(&deadlines, 1, from: 15, to: 30) == [.lost])
    }

    @Test func `the next call begins anew`() throws {
        var deadlines = try deadlines()
        #expect(steps(&deadlines, 1, from: 10, to: 12).isEmpty)
        #expect(steps(&deadlines, 3, from: 13, to: 15).isEmpty)
        #expect(steps(&deadlines, 3, from: 16, to: 16) == [.late])
        // Threads are apart.
        let other = deadlines.judge(1, call: 1, now: 20 * second)
        #expect(other == nil)
    }

    @Test func `time in which nobody moved does not count`() throws {
        var deadlines = try deadlines()
        #expect(steps(&deadlines, 1, from: 10, to: 12).isEmpty)
        #expect(steps(&deadlines, 1, from: 1000, to: 1000).isEmpty)
        #expect(steps(&deadlines, 1, from: 1001, to: 1001) == [.late])
    }
}

/// The handler runs on the test's own thread and is late there: only the guard can be answering.
@Suite struct DeadlineTests {
    private final class Witness: DeadlineObserver {
        let late = SharedNumber()
        let lost = SharedNumber()
        nonisolated(unsafe) var name = ""
        nonisolated(unsafe) var isAnswered = false

        func requestIsLate(_ request: LateRequest) {
            name = request.name
            isAnswered = request.isAnswered
            late.value = 1
        }

        func requestIsLost(_ request: LateRequest) { lost.value = 1 }

        func waitForLoss() -> Bool {
            let limit = Clock.monotonicNanoseconds() + Trial.patience
            while lost.value == 0, Clock.monotonicNanoseconds() < limit { sched_yield() }
            return lost.value == 1
        }
    }

    private final class Limited {
        let trial: Trial
        let keeper: Guard
        let witness = Witness()

        init(_ body: @escaping (Exchange, Limited) -> Void) throws {
            var options = ServingOptions()
            options.requestSeconds = 1
            options.requestGraceSeconds = 0
            let trial = try Trial(options)
            self.trial = trial
            trial.server.deadlineObserver = witness
            keeper = try Guard(of: trial.server)
            client = try trial.connect()
            trial.handler.body = { [unowned self] exchange in body(exchange, self) }
        }

        let client: Client

        deinit { keeper.stop() }
    }

    private static let get = "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"

    @Test func `the peer is answered while the handler runs, and what it sends is dropped`() throws
    {
        let limited = try Limited { exchange, limited in
            #expect(limited.client.wait { $0.isEnded })
            exchange.reply("too late")
            #expect(exchange.progress == .aborted)
        }
        limited.client.send(Self.get)
        let response = limited.client.response()
        #expect(response?.status == 504)
        #expect(limited.witness.late.value == 1)
        #expect(limited.witness.name == "GET /slow")
        #expect(limited.witness.isAnswered)
        #expect(limited.client.wait { $0.isEnded })
        #expect(!limited.client.text.contains("too late"))
        limited.trial.handler.body = { $0.reply("hello") }
        #expect(try limited.trial.connect().ask(Self.get)?.text == "hello")
    }

    @Test func `a response that has begun is cut off`() throws {
        let limited = try Limited { exchange, limited in
            exchange.start("200 OK")
            exchange.say(Array("some".utf8))
            #expect(limited.client.wait { $0.isEnded })
            exchange.say(Array("more".utf8))
        }
        limited.client.send(Self.get)
        #expect(limited.client.read { $0.isEnded })
        #expect(limited.client.text.hasSuffix("4\r\nsome\r\n"))
        #expect(!limited.witness.isAnswered)
    }

    @Test func `a request that does not come back is lost, and counted as long as it lasts`() throws
    {
        var seen = 0
        let limited = try Limited { exchange, limited in
            #expect(limited.witness.waitForLoss())
            seen = exchange.server.lostCount
            exchange.reply("too late")
        }
        limited.client.send(Self.get)
        #expect(limited.client.response()?.status == 504)
        #expect(limited.client.wait { $0.isEnded })
        #expect(seen == 1)
        #expect(limited.trial.server.lostCount == 0)
    }
}
