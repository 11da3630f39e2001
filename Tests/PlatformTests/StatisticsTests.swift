import Platform
import Testing

@Suite struct StatisticsTests {
    @Test func `a duration is in the first bucket whose bound it does not exceed`() {
        let scale = DurationScale()
        #expect(scale.bucket(of: 0) == 0)
        #expect(scale.bucket(of: .max) == DurationScale.bounds.count)
        for (index, bound) in DurationScale.bounds.enumerated() {
            #expect(scale.bucket(of: bound - 1) == index)
            #expect(scale.bucket(of: bound) == index)
            #expect(scale.bucket(of: bound + 1) == index + 1)
        }
        for power in 0..<64 {
            let duration: UInt64 = 1 << UInt64(power)
            let expected = DurationScale.bounds.count { $0 < duration }
            #expect(scale.bucket(of: duration) == expected)
        }
    }

    @Test func `counters outlive a worker and gauges do not`() throws {
        let slot = try SharedPages(slots: 2).slot(1)
        let statistics = slot.statistics
        slot.occupy(age: 1, now: 5)
        #expect(statistics.births == 1)
        #expect(statistics.bornAt == 5)
        for reason in RefusalReason.allCases { statistics.refused(reason) }
        for what in Expiry.allCases { statistics.expired(what) }
        for state in ConnectionState.allCases { statistics.setConnections(state, to: 3) }
        statistics.received(bytes: 10)
        statistics.sent(bytes: 20)
        statistics.waited(nanoseconds: 5, bucket: 18)
        statistics.accepted()
        statistics.handedOver()
        statistics.tookOver()
        statistics.usedProcessorTime(9)
        statistics.queued = 4
        statistics.freeAt = 6
        statistics.leaving = .budgetSpent
        statistics.checkEnds(.failed, at: 7)
        #expect(statistics.connections(.closing) == 3)
        #expect(statistics.check == .failed)
        slot.vacate()
        for reason in RefusalReason.allCases { #expect(statistics.refusals(reason) == 1) }
        for what in Expiry.allCases { #expect(statistics.expiries(what) == 1) }
        #expect(statistics.receivedBytes == 10)
        #expect(statistics.sentBytes == 20)
        #expect(statistics.waits.last == 1)
        #expect(statistics.waitSum == 5)
        #expect(statistics.connectionsAccepted == 1)
        #expect(statistics.requestsHandedOver == 1)
        #expect(statistics.requestsTakenOver == 1)
        #expect(statistics.formerProcessorTime == 9)
        #expect(statistics.births == 1)
        for state in ConnectionState.allCases { #expect(statistics.connections(state) == 0) }
        #expect(statistics.queued == 0)
        #expect(statistics.freeAt == 0)
        #expect(statistics.leaving == .none)
        #expect(statistics.check == .none)
        #expect(statistics.checkEnded == 0)
    }

    @Test func `calls are counted, and the oldest that lasts is known until none does`() throws {
        let statistics = try SharedPages(slots: 1).slot(0).statistics
        statistics.callBegins(at: 5)
        statistics.callBegins(at: 8)
        #expect(statistics.inFlight == 2)
        #expect(statistics.oldestCall == 5)
        statistics.callEnds()
        #expect(statistics.inFlight == 1)
        statistics.callEnds()
        #expect(statistics.oldestCall == 0)
    }

    @Test func `the history keeps the newest samples, oldest first`() throws {
        let history = try SharedPages(slots: 1).history
        #expect(history.samples.isEmpty)
        let written = HistoryPage.capacity + 5
        for number in 0..<written {
            history.append(Array(repeating: UInt64(number), count: HistoryPage.width))
        }
        #expect(history.samples.count == HistoryPage.capacity)
        #expect(history.samples.first?.first == 5)
        #expect(history.samples.last?.last == UInt64(written - 1))
    }

    @Test func `pages of one kind do not reach into another's`() throws {
        let pages = try SharedPages(slots: 2)
        let full = Array(repeating: UInt64.max, count: HistoryPage.width)
        for _ in 0..<HistoryPage.capacity { pages.history.append(full) }
        for cause in RestartCause.allCases { pages.arbiter.countRestart(cause) }
        for reason in RefusalReason.allCases { pages.slot(0).statistics.refused(reason) }
        pages.slot(0).statistics.checkEnds(.failed, at: .max)
        #expect(pages.slot(0).requests == 0)
        #expect(pages.slot(0).heartbeat == 0)
        #expect(pages.slot(1).heartbeat == 0)
        #expect(pages.slot(1).statistics.requests == 0)
        #expect(pages.history.count == UInt64(HistoryPage.capacity))
        #expect(pages.arbiter.workersLost == 0)
    }
}
