import Platform
import Testing

@testable import Serving

@Suite struct PaceTests {
    private static let second: UInt64 = 1_000_000_000

    /// A transfer begun at second 100, seen by whoever looks at it second by second.
    private final class Transfer {
        private(set) var pace = Pace()
        let limit: PaceLimit

        init(seconds: Int, bytesPerSecond: Int) {
            limit = PaceLimit(seconds: seconds, bytesPerSecond: bytesPerSecond)
            pace.begin(at: 100 * PaceTests.second)
        }

        func moves(_ count: Int, at moment: UInt64) {
            pace.moved(count, at: moment * PaceTests.second)
        }

        func isKept(at moment: UInt64) -> Bool {
            pace.keeps(limit, at: moment * PaceTests.second)
        }

        /// The second when it has to be judged next.
        var deadline: UInt64? { pace.deadline(limit).map { $0 / PaceTests.second } }
    }

    @Test func `a transfer that moves now and then is never still`() {
        let transfer = Transfer(seconds: 3, bytesPerSecond: 0)
        for moment in stride(from: UInt64(102), to: 1000, by: 2) {
            #expect(transfer.isKept(at: moment))
            transfer.moves(1, at: moment)
            #expect(transfer.deadline == moment + 3)
        }
        #expect(!transfer.isKept(at: 1001))
    }

    @Test func `a trickle is kept by its time and not by its rate`() {
        let transfer = Transfer(seconds: 10, bytesPerSecond: 5)
        for moment in UInt64(101)...109 {
            transfer.moves(4, at: moment)
            #expect(transfer.isKept(at: moment))
        }
        #expect(transfer.deadline == 110)
        #expect(transfer.pace.lacksBytes(transfer.limit))
        #expect(!transfer.isKept(at: 110))
    }

    @Test func `what was fast once has to stay fast`() {
        let transfer = Transfer(seconds: 10, bytesPerSecond: 5)
        transfer.moves(1_000_000, at: 101)
        transfer.moves(1, at: 109)
        #expect(transfer.isKept(at: 110))
        transfer.moves(49, at: 118)
        #expect(!transfer.isKept(at: 120))
    }

    @Test func `a rate without a time is looked at once a minute`() {
        let transfer = Transfer(seconds: 0, bytesPerSecond: 2)
        #expect(transfer.deadline == 160)
        transfer.moves(120, at: 101)
        #expect(transfer.isKept(at: 160))
        #expect(transfer.deadline == 220)
        #expect(!transfer.isKept(at: 220))
    }

    @Test func `no limits ask for nothing, and huge ones do not overflow`() {
        let free = Transfer(seconds: 0, bytesPerSecond: 0)
        #expect(free.deadline == nil)
        #expect(free.isKept(at: 1 << 33))
        let huge = Transfer(seconds: .max, bytesPerSecond: .max)
        #expect(huge.isKept(at: 101))
        #expect((huge.deadline ?? 0) > 1_000_000)
    }
}

@Suite struct RareLineTests {
    @Test(arguments: [1, 10] as [UInt64])
    func `a line comes once a while and says how often it would have come`(seconds: UInt64) {
        var line = RareLine(everySeconds: seconds)
        let pause = seconds * Clock.nanosecondsPerSecond
        let start = 5 * pause
        let moments = [start, start + 1, start + pause - 1, start + pause, start + 2 * pause]
        let said = moments.map { line.occasion(at: $0) }
        #expect(said.map { $0?.count } == [1, nil, nil, 3, 1])
        #expect(said.map { $0?.others } == ["", nil, nil, " (and 2 more)", ""])
    }
}
