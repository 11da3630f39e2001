import Testing

@testable import SharedStore

/// What is left by a process that was killed in the middle of a call.
@Suite struct StoreRecoveryTests {
    private func filled() -> StoreUnderTest {
        let test = StoreUnderTest()
        for index in 0..<60 {
            test.set("\(index)", .bytes([UInt8](repeating: UInt8(index), count: index * 7)))
        }
        for index in 0..<20 { test.delete("\(index)") }
        return test
    }

    @Test func theLockOfALivingProcessIsLeftToIt() {
        let test = filled()
        test.store.part(0).head.lock.pointee = 8
        #expect(test.set("new", .integer(1)) == .busy)
        #expect(test.key("30") { test.store.get($0, into: test.buffer, test.call) } == .busy)
        #expect(test.store.clear(test.call) == .busy)
        test.store.part(0).head.lock.pointee = 0
        #expect(test.set("new", .integer(1)) == .done)
        #expect(test.store.figures.recoveries == 0)
    }

    @Test func allThatFollowsFromTheRecordsIsMadeAgain() {
        let test = filled()
        let before = test.store.figures
        let head = test.store.part(0).head
        head.lock.pointee = StoreUnderTest.gone
        head.entries = 12345
        head.freeBlock = 3
        head.freeCount = 400
        head.fresh = 1
        head.freeRun = BlockChain(first: 3, last: 9, count: 4, isOneRun: true)
        head.hand = 1 << 40
        head.earliestExpiry = 77
        #expect(test.get("21") == .bytes([UInt8](repeating: 21, count: 147)))
        #expect(head.lock.pointee == 0)
        let after = test.store.figures
        #expect(after.recoveries == 1)
        #expect(after.entries == before.entries)
        #expect(after.usedBytes == before.usedBytes)
        for index in 20..<60 {
            #expect(
                test.get("\(index)") == .bytes([UInt8](repeating: UInt8(index), count: index * 7))
            )
        }
        // The free blocks are free, and nobody else's.
        for index in 0..<20 {
            test.set("\(index)", .bytes([UInt8](repeating: 200, count: index * 7)))
        }
        for index in 20..<60 {
            #expect(
                test.get("\(index)") == .bytes([UInt8](repeating: UInt8(index), count: index * 7))
            )
        }
    }

    /// Blocks were taken for a value that never came to be.
    @Test func blocksThatNobodyLeadsToAreFreeAgain() {
        let test = filled()
        let before = test.store.figures.usedBytes
        let part = test.store.part(0)
        _ = part.takeBlocks(30)
        #expect(test.store.figures.usedBytes == before + 30 * 128)
        part.head.lock.pointee = StoreUnderTest.gone
        _ = test.get("1")
        #expect(test.store.figures.usedBytes == before)
    }

    /// No code of ours writes such links; other code in the process may.
    @Test func whatMakesNoSenseIsGivenUpAndTheRestServes() {
        let test = filled()
        let part = test.store.part(0)
        var broken = 0
        for index in 0..<part.layout.bucketCount where part.buckets[index] != 0 && broken < 5 {
            broken += 1
            let record = part.record(part.buckets[index])
            switch broken {
            case 1: part.buckets[index] = .max
            case 2: record.next.pointee = record.reference
            case 3: record.valueCount.pointee = 1_000_000
            case 4: part.links[Int(record.reference) - 1] = record.reference
            default: record.keyCount.pointee = .max
            }
        }
        #expect(broken == 5)
        part.head.lock.pointee = StoreUnderTest.gone
        for index in 0..<200 { #expect(test.set("new \(index)", .integer(Int64(index))) == .done) }
        for index in 0..<200 { #expect(test.get("new \(index)") == .integer(Int64(index))) }
    }
}
