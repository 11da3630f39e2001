internal import CSystem

/// Blocks for new records, and what has to go where there are none left.
extension Part {
    /// Whether so many blocks are free, and an entry more is allowed where one is added.
    func hasRoom(_ count: Int, adding: Bool) -> Bool {
        let free = head.freeCount + layout.blockCount - head.fresh
        return free >= count && (!adding || head.entries < layout.entriesPerPart)
    }

    /// Takes free blocks, of which there are enough, and links them to each other.
    ///
    /// Used ones first, so that no more memory is touched than is needed. What was freed together
    /// is taken together, so records mostly stand in one run.
    func takeBlocks(_ count: Int) -> BlockChain {
        let run = head.freeRun
        head.freeRun = .none
        if run.count == count {
            head.freeBlock = links[Int(run.last) - 1]
            head.freeCount -= count
            links[Int(run.last) - 1] = 0
            return run
        }
        let used = min(count, head.freeCount)
        precondition(head.fresh + count - used <= layout.blockCount, "there are not enough blocks")
        let first = used > 0 ? head.freeBlock : UInt32(head.fresh + 1)
        var isOneRun = true
        var last = 0
        if used > 0 {
            last = Int(first) - 1
            for _ in 1..<used {
                if Int(links[last]) != last + 2 { isOneRun = false }
                last = Int(links[last]) - 1
            }
            head.freeBlock = links[last]
            head.freeCount -= used
        }
        if used < count {
            if used > 0 {
                links[last] = UInt32(head.fresh + 1)
                if head.fresh != last + 1 { isOneRun = false }
            }
            for block in head.fresh..<head.fresh + count - used { links[block] = UInt32(block + 2) }
            head.fresh += count - used
            last = head.fresh - 1
        }
        links[last] = 0
        return BlockChain(first: first, last: UInt32(last + 1), count: count, isOneRun: isOneRun)
    }

    /// Frees the blocks of a record that nothing leads to any more.
    func giveBack(_ record: Record) {
        let freed = BlockChain(
            first: record.reference,
            last: record.lastBlock.pointee,
            count: record.blockCount,
            isOneRun: record.isOneRun.pointee != 0
        )
        links[Int(freed.last) - 1] = head.freeBlock
        head.freeBlock = freed.first
        head.freeCount += freed.count
        head.freeRun = freed
    }

    // MARK: Ends

    /// An entry ends at that moment; 0 for never.
    func noteExpiry(_ expiry: UInt64) {
        guard expiry != 0 else { return }
        if head.earliestExpiry == 0 || expiry < head.earliestExpiry { head.earliestExpiry = expiry }
    }

    /// Takes a record away that has ended.
    func expire(at place: UnsafeMutablePointer<UInt32>) {
        remove(at: place)
        head.expirations.pointee &+= 1
    }

    /// Makes room: what has ended goes first, then what was not asked for lately.
    func makeRoom(_ count: Int, adding: Bool, _ now: UInt64) {
        if head.earliestExpiry != 0, head.earliestExpiry <= now { sweep(now) }
        while !hasRoom(count, adding: adding), evictOne() {}
    }

    /// Takes away all that has ended, and finds when the next one does.
    func sweep(_ now: UInt64) {
        var earliest: UInt64 = 0
        for index in 0..<layout.bucketCount {
            var place = buckets + index
            while place.pointee != 0 {
                let record = record(place.pointee)
                if record.hasEnded(now) {
                    expire(at: place)
                    continue
                }
                let expiry = record.expiry.pointee
                if expiry != 0, earliest == 0 || expiry < earliest { earliest = expiry }
                place = record.next
            }
        }
        head.earliestExpiry = earliest
    }

    /// Takes one record away that nobody asked for since the hand was there last (the CLOCK
    /// policy); false where there is none at all.
    private func evictOne() -> Bool {
        // The first round may find all of them wanted, the second cannot.
        for _ in 0...2 * layout.bucketCount {
            var place = buckets + head.hand
            while place.pointee != 0 {
                let record = record(place.pointee)
                if record.isWanted.pointee == 0 {
                    remove(at: place)
                    head.evictions.pointee &+= 1
                    return true
                }
                record.isWanted.pointee = 0
                place = record.next
            }
            head.hand = (head.hand + 1) & (layout.bucketCount - 1)
        }
        return false
    }
}
