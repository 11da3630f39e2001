import Log
import Platform
import Testing

@testable import Arbiter

private let second = Clock.nanosecondsPerSecond

extension WorkerTable {
    /// As many births as are missing, with the given process numbers.
    fileprivate mutating func fill(_ pids: [Int32], ready: Bool = true, now: UInt64 = 1) {
        for pid in pids {
            born(pid, slot: Int(pid), age: nextAge(), now: now)
            if ready { announced(pid, now: now) }
        }
    }

    fileprivate mutating func end(
        _ pid: Int32,
        _ exit: Exit,
        hadServed: Bool = false,
        now: UInt64 = 2
    ) -> Ending? {
        reaped(pid, exit, hadServed: hadServed, now: now)
    }
}

@Suite struct WorkerTableTests {
    @Test func `missing workers are counted`() {
        var table = WorkerTable(target: 3)
        #expect(table.missing == 3)
        table.fill([11, 12])
        #expect(table.missing == 1)
        #expect(table.surplus.isEmpty)
    }

    @Test func `an orphan we inherited is no worker`() {
        var table = WorkerTable(target: 1)
        #expect(table.end(99, .signal(.kill)) == nil)
    }

    @Test func `a reload in batches replaces so many at a time`() {
        var table = WorkerTable(target: 4)
        table.fill([11, 12, 13, 14])
        #expect(table.passMilestone() == .firstReady)
        table.beginReload(target: 4, batch: 2)
        #expect(table.missing == 2 && table.surplus.isEmpty && !table.isReloadProven)
        table.fill([21, 22])
        #expect(table.passMilestone() == nil)
        #expect(table.isReloadProven)
        #expect(table.surplus == [11, 12])
        #expect(table.missing == 0, "those that leave are waited for")
        for pid in table.surplus { table.retired(pid, now: 5) }
        #expect(table.end(11, .status(0))?.spoilsReload == false)
        #expect(table.missing == 0)
        _ = table.end(12, .status(0))
        #expect(table.missing == 2)
        table.fill([23, 24])
        #expect(table.passMilestone() == .reloaded)
        #expect(table.surplus == [13, 14])
        #expect(!table.isReloading)
    }

    @Test func `the last batch may be smaller, and there may be fewer workers than before`() {
        var table = WorkerTable(target: 5)
        table.fill([11, 12, 13, 14, 15])
        _ = table.passMilestone()
        table.beginReload(target: 3, batch: 2)
        table.fill([21, 22])
        #expect(table.passMilestone() == nil)
        #expect(table.surplus == [11, 12])
        for pid in [Int32(11), 12] {
            table.retired(pid, now: 5)
            _ = table.end(pid, .status(0))
        }
        #expect(table.missing == 1)
        table.fill([23])
        #expect(table.passMilestone() == .reloaded)
        #expect(table.surplus == [13, 14, 15])
    }

    @Test func `a boot that fails spoils a reload only before a batch serves`() {
        var table = WorkerTable(target: 2)
        table.fill([11, 12])
        _ = table.passMilestone()
        table.beginReload(target: 2, batch: 1)
        table.fill([21], ready: false)
        #expect(table.end(21, .status(3))?.spoilsReload == true)
        table.abandonReload()
        table.beginReload(target: 2, batch: 1)
        table.fill([22])
        _ = table.passMilestone()
        table.retired(11, now: 5)
        _ = table.end(11, .status(0))
        table.fill([23], ready: false)
        let ending = table.end(23, .status(3))
        #expect(ending?.spoilsReload == false && ending?.failedToBoot == true)
        #expect(ending?.halt == nil)
        #expect(table.missing == 1)
        table.endReload()
        #expect(table.surplus == [12])
    }

    @Test func `a worker that has done its share stays until another one serves`() {
        var table = WorkerTable(target: 2)
        table.fill([11, 12])
        _ = table.passMilestone()
        #expect(table.mayReplace)
        table.worn(11, by: .spent)
        #expect(table.missing == 1 && table.surplus.isEmpty)
        #expect(!table.mayReplace, "one at a time")
        table.fill([13], ready: false)
        #expect(table.missing == 0 && table.surplus.isEmpty)
        table.announced(13, now: 3)
        #expect(table.surplus == [11])
        #expect(table.mayReplace)
    }

    @Test func `the oldest worker leaves first`() {
        var table = WorkerTable(target: 2)
        table.fill([11, 12])
        table.resize(by: 1, limit: 10)
        table.fill([13])
        table.resize(by: -2, limit: 10)
        #expect(table.surplus == [11, 12])
        for pid in table.surplus { table.retired(pid, now: 5) }
        #expect(table.surplus.isEmpty, "each is asked once")
        #expect(table.missing == 0)
    }

    @Test func `there is always one worker, unless none was wanted from the start`() {
        var table = WorkerTable(target: 2)
        #expect(table.resize(by: -5, limit: 10) == 1)
        #expect(table.resize(by: 50, limit: 10) == 10)
        var none = WorkerTable(target: 0)
        #expect(none.resize(by: -1, limit: 10) == 0)
        #expect(none.resize(by: 1, limit: 10) == 1)
    }

    @Test func `the first generation is complete once`() {
        var table = WorkerTable(target: 2)
        table.fill([11, 12], ready: false)
        table.announced(11, now: 2)
        #expect(table.passMilestone() == nil)
        table.announced(12, now: 2)
        #expect(table.passMilestone() == .firstReady)
        #expect(table.passMilestone() == nil)
    }

    @Test(arguments: [Int32(3), 4])
    func `a worker that cannot boot halts a server that never served`(status: Int32) {
        var table = WorkerTable(target: 2)
        table.fill([11, 12], ready: false)
        #expect(table.end(11, .status(status))?.halt == status)
        #expect(table.end(12, .status(status))?.halt == status)
    }

    @Test func `a worker that cannot boot does not halt a server that serves`() {
        var table = WorkerTable(target: 1)
        table.fill([11])
        _ = table.passMilestone()
        _ = table.end(11, .signal(.kill))
        table.fill([12], ready: false)
        let ending = table.end(12, .status(3))
        #expect(ending?.halt == nil)
        #expect(ending?.failedToBoot == true)
    }

    @Test func `an end says something about births only when nothing was done before it`() {
        var table = WorkerTable(target: 5)
        table.fill([11, 12, 13], now: second)
        #expect(table.end(11, .signal(.kill), now: second + 5)?.failedToBoot == true)
        #expect(table.end(12, .status(1), hadServed: true, now: second + 5)?.failedToBoot == false)
        #expect(table.end(13, .status(0), now: 3 * second)?.failedToBoot == false)
    }

    @Test func `a worker that was asked to finish fails nothing`() {
        var table = WorkerTable(target: 1)
        table.fill([11], ready: false)
        table.retired(11, now: 1)
        let ending = table.end(11, .status(3))
        #expect(ending?.failedToBoot == false)
        #expect(ending?.halt == nil)
    }

    // MARK: Reloading

    private func reloading() -> WorkerTable {
        var table = WorkerTable(target: 2)
        table.fill([11, 12])
        _ = table.passMilestone()
        table.beginReload(target: 3)
        return table
    }

    @Test func `the old generation stays until all of the new one is ready`() {
        var table = reloading()
        #expect(table.missing == 3)
        table.fill([21, 22, 23], ready: false)
        table.announced(21, now: 3)
        table.announced(22, now: 3)
        #expect(table.passMilestone() == nil)
        #expect(table.surplus.isEmpty)
        table.announced(23, now: 3)
        #expect(table.passMilestone() == .reloaded)
        #expect(table.surplus == [11, 12])
        #expect(!table.isReloading)
    }

    @Test func `once a batch serves no failed boot halts the server, whatever came before`() {
        var table = WorkerTable(target: 2)
        // Told to reload before anybody saw that the first generation is complete.
        table.fill([11, 12])
        table.beginReload(target: 2, batch: 1)
        table.fill([21])
        _ = table.passMilestone()
        table.fill([22], ready: false)
        // Another reload ends the one that cannot go on; 22 is of neither.
        table.endReload()
        table.beginReload(target: 2, batch: 1)
        #expect(table.end(22, .status(3))?.halt == nil)
    }

    @Test func `a new worker that dies at birth spoils the reload and nothing else`() {
        var table = reloading()
        table.fill([21, 22], ready: false)
        let ending = table.end(21, .status(3))
        #expect(ending?.spoilsReload == true)
        #expect(ending?.halt == nil)
        table.abandonReload()
        #expect(table.target == 2)
        #expect(table.surplus == [22])
        #expect(table.missing == 0)
    }

    @Test func `an old worker that dies meanwhile is replaced only when the reload is off`() {
        var table = reloading()
        table.fill([21, 22, 23], ready: false)
        #expect(table.end(11, .signal(.kill), hadServed: true)?.spoilsReload == false)
        #expect(table.missing == 0)
        table.abandonReload()
        #expect(table.missing == 1)
    }

    @Test func `generations are never mixed up by a reload that failed`() {
        var table = reloading()
        table.fill([21], ready: false)
        table.abandonReload()
        table.beginReload(target: 2)
        #expect(table.missing == 2)
        #expect(table.surplus == [21])
    }
}

@Suite struct BootPaceTests {
    @Test func `without failures all are born at once`() {
        #expect(BootPace().allowance(missing: 16, now: 0) == 16)
    }

    @Test func `a failing worker is born at most twelve times in four seconds, then every five`() {
        var pace = BootPace()
        var births: [UInt64] = []
        var now: UInt64 = 0
        while now < 60 * second {
            if pace.allowance(missing: 1, now: now) > 0 {
                pace.spawned(now: now)
                births.append(now)
                pace.failed(now: now + second / 1000)
            }
            now += second / 100
        }
        #expect(births.count { $0 < 4 * second } <= 12)
        let late = births.filter { $0 > 10 * second }
        #expect(zip(late, late.dropFirst()).allSatisfy { $1 - $0 >= 5 * second })
        #expect(late.count >= 9)
    }

    @Test func `with many workers one tries for all`() {
        var pace = BootPace()
        for _ in 0..<16 { pace.failed(now: 0) }
        #expect(pace.allowance(missing: 16, now: second) == 0)
        #expect(pace.allowance(missing: 16, now: 6 * second) == 1)
        pace.spawned(now: 6 * second)
        #expect(pace.allowance(missing: 15, now: 6 * second) == 0)
        #expect(pace.wakeUp(missing: 15) == 11 * second)
        pace.succeeded()
        #expect(pace.allowance(missing: 15, now: 6 * second) == 15)
    }
}

@Suite struct HeartbeatsTests {
    private let heartbeats = Heartbeats(timeoutNanoseconds: 2 * second)

    @Test func `silence is answered with an abort and then a kill`() {
        let judge = heartbeats.judge
        #expect(judge(10 * second, nil, 12 * second) == .fine)
        #expect(judge(10 * second, nil, 12 * second + 1) == .abort)
        #expect(judge(10 * second, 13 * second, 13 * second + 5) == .fine)
        #expect(judge(10 * second, 13 * second, 14 * second) == .kill)
    }

    @Test func `a heartbeat from the future is fine and no timeout asks nobody`() {
        #expect(heartbeats.judge(heartbeat: 20, abortedAt: nil, now: 10) == .fine)
        let patient = Heartbeats(timeoutNanoseconds: 0)
        #expect(patient.judge(heartbeat: 0, abortedAt: nil, now: .max) == .fine)
    }

    @Test func `time in which the arbiter itself did not move is not held against anybody`() {
        var heartbeats = heartbeats
        heartbeats.look(now: 10 * second)
        heartbeats.look(now: 100 * second)
        let judge = heartbeats.judge
        #expect(judge(10 * second, nil, 100 * second) == .fine)
        #expect(judge(10 * second, nil, 102 * second + 1) == .abort)
    }
}

@Suite struct ArbiterMessageTests {
    @Test func `ends are told in Gunicorn's words`() {
        func text(_ exit: Exit) -> String? { ArbiterMessage.ended(7, exit)?.1 }
        #expect(text(.status(0)) == nil)
        #expect(text(.status(3)) == "Worker (pid:7) exited with code 3.")
        #expect(text(.signal(.terminate)) == "Worker (pid:7) was sent SIGTERM!")
        #expect(text(.signal(.kill)) == "Worker (pid:7) was sent SIGKILL! Perhaps out of memory?")
        #expect(text(.signal(.segmentationFault)) == "Worker (pid:7) was sent SIGSEGV!")
        #expect(text(.signal(Signal(rawValue: 35))) == "Worker (pid:7) was sent signal 35!")
        #expect(ArbiterMessage.ended(7, .signal(.terminate))?.0 == .info)
        #expect(ArbiterMessage.ended(7, .signal(.kill))?.0 == .error)
        #expect(ArbiterMessage.ended(7, .signal(.segmentationFault))?.0 == .warning)
        #expect(ArbiterMessage.ended(7, .status(1))?.0 == .error)
    }

    @Test func `orphans and signals too`() {
        #expect(
            ArbiterMessage.orphan(7, .status(7))
                == "Reaped unknown child process (pid:7, status:1792)"
        )
        #expect(
            ArbiterMessage.orphan(7, .signal(.kill))
                == "Reaped unknown child process (pid:7, status:9)"
        )
        #expect(ArbiterMessage.handling(.hangUp) == "Handling signal: hup")
        #expect(ArbiterMessage.handling(.child) == "Handling signal: cld")
        #expect(ArbiterMessage.handling(.windowChanged) == "Handling signal: winch")
    }
}
