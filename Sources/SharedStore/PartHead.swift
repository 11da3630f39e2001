/// The numbers of a part: its lock, what follows from its records, and what is counted.
///
/// Two cache lines; all but the lock belong to who has it.
struct PartHead {
    let words: UnsafeMutablePointer<UInt64>

    /// Who has the part, 0 for nobody.
    var lock: UnsafeMutablePointer<UInt64> { words }

    // MARK: What follows from the records

    var entries: UInt64 {
        get { words[1] }
        nonmutating set { words[1] = newValue }
    }
    /// The first free block, counted from 1.
    var freeBlock: UInt32 {
        get { UInt32(truncatingIfNeeded: words[2]) }
        nonmutating set { words[2] = UInt64(newValue) }
    }
    /// Blocks in the list of free ones.
    var freeCount: Int {
        get { Int(truncatingIfNeeded: words[3]) }
        nonmutating set { words[3] = UInt64(truncatingIfNeeded: newValue) }
    }
    /// Blocks that were ever taken; those behind them were never touched.
    var fresh: Int {
        get { Int(truncatingIfNeeded: words[4]) }
        nonmutating set { words[4] = UInt64(truncatingIfNeeded: newValue) }
    }
    /// The bucket at which the search for what may go begins.
    var hand: Int {
        get { Int(truncatingIfNeeded: words[5]) }
        nonmutating set { words[5] = UInt64(truncatingIfNeeded: newValue) }
    }
    /// No entry ends before; 0 where none ends at all.
    var earliestExpiry: UInt64 {
        get { words[6] }
        nonmutating set { words[6] = newValue }
    }

    /// The blocks at the begin of the free list that one record had; a count of 0 for none.
    ///
    /// A value that takes the place of one like it takes them without a walk.
    var freeRun: BlockChain {
        get {
            BlockChain(
                first: freeBlock,
                last: UInt32(truncatingIfNeeded: words[14]),
                count: Int(truncatingIfNeeded: words[15] >> 1),
                isOneRun: words[15] & 1 != 0
            )
        }
        nonmutating set {
            words[14] = UInt64(newValue.last)
            words[15] = UInt64(newValue.count) << 1 | (newValue.isOneRun ? 1 : 0)
        }
    }

    /// There is no record, so all blocks are free.
    func forgetBlocks() {
        entries = 0
        freeBlock = 0
        freeCount = 0
        freeRun = .none
        fresh = 0
        hand = 0
        earliestExpiry = 0
    }

    // MARK: What is counted

    var hits: UnsafeMutablePointer<UInt64> { words + 8 }
    var misses: UnsafeMutablePointer<UInt64> { words + 9 }
    var writes: UnsafeMutablePointer<UInt64> { words + 10 }
    var evictions: UnsafeMutablePointer<UInt64> { words + 11 }
    var expirations: UnsafeMutablePointer<UInt64> { words + 12 }
    var recoveries: UnsafeMutablePointer<UInt64> { words + 13 }
}

/// Blocks that are linked to each other.
struct BlockChain {
    static let none = BlockChain(first: 0, last: 0, count: 0, isOneRun: false)

    /// Counted from 1.
    let first: UInt32
    let last: UInt32
    let count: Int
    /// Whether they stand beside each other in their order.
    let isOneRun: Bool
}
