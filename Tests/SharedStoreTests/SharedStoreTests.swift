import Testing

@testable import SharedStore

@Suite struct SharedStoreTests {
    @Test func aValueComesBackAsWhatItWas() {
        let test = StoreUnderTest()
        let samples: [Sample] = [
            .bytes([]), .bytes([0, 255, 10]), .text(""), .text("grün"), .integer(.min),
            .integer(.max), .real(-0.5), .bytes((0..<16_384).map { UInt8(truncatingIfNeeded: $0) }),
        ]
        for sample in samples {
            #expect(test.set("a key", sample) == .done)
            #expect(test.get("a key") == sample)
        }
        #expect(test.get("another") == nil)
        #expect(test.delete("a key") == .done)
        #expect(test.delete("a key") == .declined)
        #expect(test.get("a key") == nil)
        #expect(test.store.figures.entries == 0)
        #expect(test.store.figures.usedBytes == 0)
    }

    @Test func keysOfEveryLengthAreTold() {
        let test = StoreUnderTest(bytes: 1 << 20)
        let lengths = [0, 1, 7, 8, 87, 88, 89, 127, 128, 500, StoreLayout.keyAtMost]
        for length in lengths {
            test.set(String(repeating: "k", count: length), .integer(Int64(length)))
        }
        for length in lengths {
            #expect(test.get(String(repeating: "k", count: length)) == .integer(Int64(length)))
        }
        #expect(test.store.figures.entries == UInt64(lengths.count))
    }

    @Test func whatIsTooLongIsRefusedAndChangesNothing() {
        let test = StoreUnderTest()
        let long = String(repeating: "k", count: StoreLayout.keyAtMost + 1)
        #expect(test.set(long, .integer(1)) == .tooLong)
        #expect(test.increment(long) == .tooLong)
        test.set("k", .integer(1))
        let value = Sample.bytes([UInt8](repeating: 1, count: test.store.layout.valueAtMost + 1))
        #expect(test.set("k", value) == .tooLong)
        #expect(test.get("k") == .integer(1))
    }

    @Test func anEntryEndsAtItsMoment() {
        let test = StoreUnderTest()
        test.set("k", .text("v"), expiry: 2000)
        test.now = 1999
        #expect(test.get("k") == .text("v"))
        test.now = 2000
        #expect(test.get("k") == nil)
        #expect(test.touch("k", expiry: 9000) == .declined)
        #expect(test.store.figures.expirations == 1)
        #expect(test.store.figures.entries == 0)
        test.set("k", .text("v"), expiry: 3000)
        #expect(test.touch("k", expiry: 0) == .done)
        test.now = 3_000_000
        #expect(test.get("k") == .text("v"))
    }

    @Test func anIncrementBeginsAnewWhenItsWindowHasPassed() {
        let test = StoreUnderTest()
        test.increment("k", expiry: 2000)
        // The end stays the one of the first.
        test.increment("k", expiry: 5000)
        #expect(test.get("k") == .integer(2))
        test.now = 2500
        test.increment("k", expiry: 5000)
        #expect(test.get("k") == .integer(1))
    }

    @Test func anIncrementNeedsAnIntegerAndRoomForTheSum() {
        let test = StoreUnderTest()
        test.set("text", .text("1"))
        #expect(test.increment("text") == .notAnInteger)
        test.set("most", .integer(.max))
        #expect(test.increment("most") == .overflow)
        #expect(test.get("most") == .integer(.max))
        #expect(test.increment("most", by: -1) == .done)
        #expect(test.get("most") == .integer(.max - 1))
    }

    @Test func aValueIsSetOnlyWhereTheExpectedOneIs() {
        let test = StoreUnderTest()
        #expect(test.set("k", .text("a"), expecting: .text("x")) == .declined)
        #expect(test.set("k", .text("a"), expecting: nil) == .done)
        #expect(test.set("k", .text("b"), expecting: nil) == .declined)
        #expect(test.set("k", .text("b"), expecting: .bytes([97])) == .declined)
        #expect(test.set("k", .text("b"), expecting: .text("a")) == .done)
        #expect(test.get("k") == .text("b"))
    }

    @Test func whatHasEndedMakesRoomFirst() {
        let test = StoreUnderTest(entries: 100)
        for index in 0..<50 { test.set("old \(index)", .integer(1), expiry: 2000) }
        for index in 0..<50 { test.set("kept \(index)", .integer(2)) }
        test.now = 2000
        for index in 0..<50 { test.set("new \(index)", .integer(3)) }
        #expect(test.store.figures.evictions == 0)
        #expect(test.store.figures.expirations == 50)
        for index in 0..<50 {
            #expect(test.get("kept \(index)") == .integer(2))
            #expect(test.get("new \(index)") == .integer(3))
        }
    }

    @Test func whatIsAskedForStaysAndTheRestMakesRoom() {
        let test = StoreUnderTest(entries: 100)
        for index in 0..<10 { test.set("hot \(index)", .integer(1)) }
        for index in 0..<1000 {
            test.set("cold \(index)", .integer(2))
            for hot in 0..<10 { #expect(test.get("hot \(hot)") == .integer(1)) }
        }
        #expect(test.store.figures.entries == 100)
        #expect(test.store.figures.evictions == 910)
    }

    @Test func memoryThatIsFullMakesRoomForLongValues() {
        let test = StoreUnderTest()
        for index in 0..<200 { test.set("small \(index)", .integer(1)) }
        let long = Sample.bytes([UInt8](repeating: 9, count: test.store.layout.valueAtMost))
        for index in 0..<20 {
            #expect(test.set("long \(index)", long) == .done)
            #expect(test.get("long \(index)") == long)
        }
        let figures = test.store.figures
        #expect(figures.usedBytes <= figures.bytes)
        #expect(figures.evictions > 200)
    }

    @Test func clearingTakesEverythingAway() {
        let test = StoreUnderTest(bytes: 4 << 20, entries: 50_000)
        #expect(test.store.layout.partCount == 4)
        for index in 0..<1000 { test.set("\(index)", .text("v")) }
        #expect(test.store.clear(test.call) == .done)
        #expect(test.store.figures.entries == 0)
        #expect(test.get("1") == nil)
        test.set("1", .text("w"))
        #expect(test.get("1") == .text("w"))
    }

    @Test(arguments: [1, 100, 1000, 65_536, .max], [0, 65_536, 1 << 20, 16 << 20, 1 << 30])
    func everyLayoutFitsItsMemory(entries: Int, bytes: Int) {
        let layout = StoreLayout(bytes: bytes, entries: entries)
        let end = layout.blocksOffset + layout.blockCount * StoreLayout.blockSize
        #expect(end <= layout.bytesPerPart)
        #expect(layout.partOffset(layout.partCount) == layout.size)
        #expect(layout.size <= max(bytes, StoreLayout.sizeAtLeast) + 4096)
        // A value and what it replaces have room beside each other.
        let value = StoreLayout.blocks(for: layout.valueAtMost + StoreLayout.keyAtMost + 40)
        #expect(layout.blockCount >= 2 * value)
        #expect(layout.entriesPerPart * layout.partCount >= min(entries, layout.blockCount))
    }
}
