/// What a store holds and what has happened in it, summed over its parts.
///
/// Read without a lock: each number is right, and they need not be of the same moment.
package struct StoreFigures: Equatable, Sendable {
    package var entries: UInt64 = 0
    /// Bytes of the blocks that entries are in.
    package var usedBytes: UInt64 = 0
    /// Bytes of all blocks.
    package var bytes: UInt64 = 0
    package var entriesAtMost: UInt64 = 0
    package var hits: UInt64 = 0
    package var misses: UInt64 = 0
    /// Values set, and counters added to.
    package var writes: UInt64 = 0
    /// Entries that went because there was no room.
    package var evictions: UInt64 = 0
    /// Entries that were found to have ended.
    package var expirations: UInt64 = 0
    /// Locks taken over from processes that were killed.
    package var recoveries: UInt64 = 0

    package init() {}
}

extension SharedStore {
    package var figures: StoreFigures {
        var sums = StoreFigures()
        for index in 0..<layout.partCount {
            let head = part(index).head
            let used = max(0, head.fresh - head.freeCount)
            sums.entries &+= head.entries
            sums.usedBytes &+= UInt64(used * StoreLayout.blockSize)
            sums.bytes &+= UInt64(layout.blockCount * StoreLayout.blockSize)
            sums.entriesAtMost &+= UInt64(layout.entriesPerPart)
            sums.hits &+= head.hits.pointee
            sums.misses &+= head.misses.pointee
            sums.writes &+= head.writes.pointee
            sums.evictions &+= head.evictions.pointee
            sums.expirations &+= head.expirations.pointee
            sums.recoveries &+= head.recoveries.pointee
        }
        return sums
    }
}
