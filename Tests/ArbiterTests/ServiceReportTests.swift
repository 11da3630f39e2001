import Platform
import Testing

@testable import Arbiter

@Suite struct ServiceReportTests {
    private static let second = Clock.nanosecondsPerSecond

    private func facts(
        ready: Int = 2,
        requests: UInt64 = 0,
        isHealthy: Bool = true
    )
        -> ServiceReport.Facts
    {
        var facts = ServiceReport.Facts()
        facts.workersReady = ready
        facts.workersWanted = 2
        facts.requests = requests
        facts.isHealthy = isHealthy
        return facts
    }

    @Test func `nothing is said where nobody listens`() {
        var report = ServiceReport(isWanted: false, watchdogNanoseconds: 1)
        #expect(report.due(facts(), now: Self.second).isEmpty)
        #expect(report.dueWhileDraining(facts(), left: 1, now: Self.second).isEmpty)
        #expect(report.nextPulse == nil)
    }

    @Test func `a sentence is said when it has changed, and not twice in a second`() {
        var report = ServiceReport(isWanted: true, watchdogNanoseconds: nil)
        let first = report.due(facts(), now: 10 * Self.second)
        #expect(first.text == "STATUS=2 of 2 workers ready, 0 requests, load 0.00")
        #expect(report.due(facts(requests: 1), now: 10 * Self.second + 999_999_999).isEmpty)
        let second = report.due(facts(requests: 1), now: 11 * Self.second)
        #expect(second.text == "STATUS=2 of 2 workers ready, 1 request, load 0.00")
        #expect(report.due(facts(requests: 1), now: 20 * Self.second).isEmpty)
    }

    @Test func `the load is the number of requests that were being answered on average`() {
        var report = ServiceReport(isWanted: true, watchdogNanoseconds: nil)
        _ = report.due(facts(), now: 10 * Self.second)
        var busy = facts(requests: 40)
        busy.busyNanoseconds = 3 * Self.second
        let notice = report.due(busy, now: 12 * Self.second)
        #expect(notice.text == "STATUS=2 of 2 workers ready, 40 requests, load 1.50")
    }

    @Test func `a reload that failed is told of until one does not`() {
        var report = ServiceReport(isWanted: true, watchdogNanoseconds: nil)
        var failed = facts()
        failed.reloadFailure = "SyntaxError:\n  line 1\nREADY=1"
        let notice = report.due(failed, now: Self.second)
        #expect(notice.text.hasSuffix("; the last reload failed: SyntaxError: line 1 READY=1"))
        #expect(!notice.text.contains("\n"))
        #expect(report.due(facts(), now: 2 * Self.second).text.hasSuffix("load 0.00"))
    }

    @Test func `a sign of life comes at half of what the watchdog allows`() {
        var report = ServiceReport(isWanted: true, watchdogNanoseconds: Self.second / 2)
        _ = report.said("x", now: 10 * Self.second)
        #expect(report.due(facts(), now: 10 * Self.second).text == "WATCHDOG=1")
        #expect(report.nextPulse == 10 * Self.second + Self.second / 4)
        #expect(report.due(facts(), now: 10 * Self.second + Self.second / 5).isEmpty)
        #expect(report.due(facts(), now: 10 * Self.second + Self.second / 4).text == "WATCHDOG=1")
    }

    @Test func `no sign of life without a healthy worker, and one a pulse after there is one`() {
        var report = ServiceReport(isWanted: true, watchdogNanoseconds: Self.second)
        _ = report.said("x", now: 10 * Self.second)
        let sick = facts(isHealthy: false)
        #expect(report.due(sick, now: 10 * Self.second).isEmpty)
        #expect(!report.due(sick, now: 12 * Self.second).text.contains("WATCHDOG"))
        #expect(report.due(facts(), now: 12 * Self.second + 1).isEmpty)
        let later = 12 * Self.second + Self.second / 2
        #expect(report.due(facts(), now: later).text == "WATCHDOG=1")
    }

    @Test func `time is asked for again and again while workers drain`() {
        var report = ServiceReport(isWanted: true, watchdogNanoseconds: nil)
        var busy = facts()
        busy.inFlight = 3
        let first = report.dueWhileDraining(busy, left: 2, now: 10 * Self.second)
        #expect(
            first.text
                == "EXTEND_TIMEOUT_USEC=10000000\n"
                + "STATUS=Stopping: 2 workers left, 3 requests in progress"
        )
        #expect(report.dueWhileDraining(busy, left: 2, now: 11 * Self.second).isEmpty)
        let later = report.dueWhileDraining(busy, left: 2, now: 12 * Self.second)
        #expect(later.text == "EXTEND_TIMEOUT_USEC=10000000")
        #expect(report.dueWhileDraining(busy, left: 0, now: 30 * Self.second).isEmpty)
    }

    @Test func `what was not taken is kept in order, the oldest given up first`() {
        var report = ServiceReport(isWanted: true, watchdogNanoseconds: nil)
        for number in 0...ServiceReport.owedAtMost {
            report.owe(ServiceNotice().with("N", "\(number)"))
        }
        let owed = report.takeOwed()
        #expect(owed.count == ServiceReport.owedAtMost)
        #expect(owed.first?.text == "N=1")
        #expect(report.owed.isEmpty)
    }
}

@Suite struct DescriptorStoreTests {
    @Test func `only what changed is told`() {
        var store = DescriptorStore(capacity: 2)
        #expect(store.changes(for: ["a", "b"]) == (gone: [], new: ["a", "b"]))
        #expect(store.changes(for: ["b", "c"]) == (gone: ["a"], new: ["c"]))
        #expect(store.changes(for: ["b", "c"]) == (gone: [], new: []))
    }

    @Test func `no more is kept than there is room for`() {
        var store = DescriptorStore(capacity: 1)
        #expect(store.changes(for: ["a", "b"]) == (gone: [], new: ["a"]))
        #expect(store.kept == ["a"])
    }

    @Test func `what came back is not sent again`() {
        var store = DescriptorStore(capacity: 2)
        store.keeps("a")
        #expect(store.changes(for: ["a", "b"]) == (gone: [], new: ["b"]))
        store.forgets("b")
        #expect(store.changes(for: ["a", "b"]) == (gone: [], new: ["b"]))
    }
}
