import Platform
import Testing

@testable import Arbiter

private let second = Clock.nanosecondsPerSecond

extension WorkerTable {
    /// So many workers that are ready, and the first generation complete.
    fileprivate static func serving(_ pids: [Int32]) -> WorkerTable {
        var table = WorkerTable(target: pids.count)
        for pid in pids { table.bear(pid) }
        _ = table.passMilestone()
        return table
    }

    fileprivate mutating func bear(_ pid: Int32, ready: Bool = true) {
        born(pid, slot: Int(pid), age: nextAge(), now: 1)
        if ready { announced(pid, now: 1) }
    }
}

@Suite struct WorkerReplacementTests {
    @Test func `a worn worker serves until a new one is ready`() {
        var table = WorkerTable.serving([11, 12])
        table.worn(11, by: .spent)
        #expect(table.missing == 1)
        #expect(table.surplus.isEmpty)
        table.bear(13, ready: false)
        #expect(table.missing == 0)
        #expect(table.surplus.isEmpty, "the new one is not ready yet")
        table.announced(13, now: 2)
        #expect(table.surplus == [11])
        table.retired(11, now: 3)
        #expect(table.surplus.isEmpty)
        #expect(table.missing == 0)
    }

    @Test func `a new one that does not boot leaves the worn one serving`() {
        var table = WorkerTable.serving([11])
        table.worn(11, by: .spent)
        table.bear(12, ready: false)
        let ending = table.reaped(12, .status(3), hadServed: false, now: 2)
        #expect(ending?.failedToBoot == true)
        #expect(ending?.halt == nil)
        #expect(table.missing == 1)
        #expect(table.surplus.isEmpty)
    }

    @Test func `one is replaced at a time`() {
        var table = WorkerTable.serving([11, 12])
        #expect(table.mayReplace)
        table.worn(11, by: .spent)
        #expect(!table.mayReplace, "the new one is missing")
        table.bear(13, ready: false)
        #expect(!table.mayReplace, "it boots")
        table.announced(13, now: 2)
        #expect(table.mayReplace)
    }

    @Test func `as many may be busy with their last requests as there shall be workers`() {
        var table = WorkerTable.serving([11, 12])
        for (old, new) in [(Int32(11), Int32(13)), (12, 14)] {
            #expect(table.mayReplace)
            table.worn(old, by: .spent)
            table.bear(new)
            table.retired(old, now: 2)
        }
        #expect(!table.mayReplace)
        _ = table.reaped(11, .status(0), hadServed: true, now: 3)
        #expect(table.mayReplace)
    }

    @Test func `nobody is replaced during a reload, nor before everybody has booted`() {
        var fresh = WorkerTable(target: 1)
        #expect(!fresh.mayReplace)
        fresh.bear(11, ready: false)
        #expect(!fresh.mayReplace)
        var table = WorkerTable.serving([11])
        table.beginReload(target: 1)
        #expect(!table.mayReplace)
    }

    @Test func `a worn worker leaves with its generation`() {
        var table = WorkerTable.serving([11])
        table.worn(11, by: .spent)
        table.beginReload(target: 1)
        table.bear(12)
        #expect(table.passMilestone() == .reloaded)
        #expect(table.surplus == [11])
    }

    @Test func `who is wanted no more goes, worn or not`() {
        var table = WorkerTable.serving([11, 12])
        table.worn(12, by: .stuck)
        table.wantNone()
        #expect(Set(table.surplus) == [11, 12])
    }
}

@Suite struct WearTests {
    private func worker(_ pid: Int32, bornAt: UInt64) -> WorkerTable.Worker {
        WorkerTable.Worker(
            pid: pid,
            slot: 0,
            age: 1,
            generation: 1,
            bornAt: bornAt,
            requestsBefore: 0
        )
    }

    @Test func `a worker is old when its years and its jitter have passed`() {
        var limits = WorkerLimits()
        var watch = WearWatch()
        let none = watch.isOld(worker(1, bornAt: 0), limits, now: .max)
        limits.ageSeconds = 10
        let young = watch.isOld(worker(1, bornAt: 5), limits, now: 9 * second)
        let old = watch.isOld(worker(1, bornAt: 5), limits, now: 5 + 10 * second)
        #expect([none, young, old] == [false, false, true])
    }

    @Test func `each worker draws its own jitter, once`() {
        var limits = WorkerLimits()
        limits.ageSeconds = 10
        limits.ageJitterSeconds = 5
        #expect(limits.lifespan { $0.lowerBound } == 10 * second)
        #expect(limits.lifespan { $0.upperBound } == 15 * second)
        limits.ageSeconds = .max
        #expect(limits.lifespan { $0.upperBound } != nil, "centuries are no overflow")
    }

    @Test func `memory is measured now and then`() {
        var limits = WorkerLimits()
        var watch = WearWatch()
        var found = [watch.measures(by: limits, now: 100 * second)]
        limits.memoryAtMost = 1
        found.append(watch.measures(by: limits, now: 100 * second))
        found.append(watch.measures(by: limits, now: 100 * second + 1))
        found.append(watch.measures(by: limits, now: 101 * second))
        #expect(found == [false, true, false, true])
        limits.measure = .proportional
        found = [watch.measures(by: limits, now: 102 * second)]
        found.append(watch.measures(by: limits, now: 106 * second))
        #expect(found == [false, true])
    }

    @Test func `a boot is judged by its own limit`() {
        let heartbeats = Heartbeats(timeoutNanoseconds: 30 * second)
        let now = 10 * second
        #expect(heartbeats.judge(heartbeat: second, abortedAt: nil, now: now) == .fine)
        #expect(
            heartbeats.judgeSilence(since: second, abortedAt: nil, now: now, within: 5 * second)
                == .abort
        )
    }
}
