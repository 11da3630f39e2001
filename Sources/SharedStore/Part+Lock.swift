internal import CSystem

/// Who may look at a part and change it, and what is done when that one has been killed.
extension Part {
    /// How often a lock that is taken is looked at before the caller is told.
    ///
    /// Some microseconds: longer than most calls last.
    private static let looksAtMost = 200

    /// Takes the lock; false while another process has it that lives.
    ///
    /// From one that is gone it is taken over, and what that one may have left half done is made
    /// good.
    @inline(__always)
    func take(_ caller: UInt64, isGone: StoreOwnerCheck) -> Bool {
        if csys_atomic_replace(head.lock, 0, caller) != 0 { return true }
        return takeLater(caller, isGone)
    }

    @inline(never)
    private func takeLater(_ caller: UInt64, _ isGone: StoreOwnerCheck) -> Bool {
        for _ in 0..<Self.looksAtMost {
            csys_atomic_pause()
            if csys_atomic_load(head.lock) == 0, csys_atomic_replace(head.lock, 0, caller) != 0 {
                return true
            }
        }
        let owner = csys_atomic_load(head.lock)
        guard owner != 0, isGone(owner), csys_atomic_replace(head.lock, owner, caller) != 0 else {
            return false
        }
        recover()
        return true
    }

    @inline(__always)
    func letGo() { csys_atomic_store_release(head.lock, 0) }

    /// Makes again, from the records that the buckets lead to, all that follows from them.
    ///
    /// It may be killed itself at any moment: it changes no record, and whoever comes next begins
    /// anew.
    func recover() {
        var isTaken = [Bool](repeating: false, count: layout.blockCount)
        var entries: UInt64 = 0
        var earliest: UInt64 = 0
        for index in 0..<layout.bucketCount {
            var place = buckets + index
            while place.pointee != 0 {
                guard claimBlocks(of: place.pointee, &isTaken) else {
                    // Nothing of ours writes that; the rest of the bucket is given up.
                    csys_atomic_commit_half(place, 0)
                    break
                }
                let record = record(place.pointee)
                let expiry = record.expiry.pointee
                if expiry != 0, earliest == 0 || expiry < earliest { earliest = expiry }
                entries += 1
                place = record.next
            }
        }
        head.entries = entries
        head.earliestExpiry = earliest
        head.hand = head.hand & (layout.bucketCount - 1)
        linkFreeBlocks(isTaken)
        head.recoveries.pointee &+= 1
    }

    /// Notes the blocks of a record as taken; false where they are not one record's alone.
    private func claimBlocks(of reference: UInt32, _ isTaken: inout [Bool]) -> Bool {
        guard reference <= layout.blockCount else { return false }
        let record = record(reference)
        let needed = record.blockCount
        var block = reference
        var last: UInt32 = 0
        var count = 0
        while block != 0 {
            guard block <= layout.blockCount, !isTaken[Int(block) - 1], count < needed else {
                return false
            }
            if record.isOneRun.pointee != 0, Int(block) != Int(reference) + count { return false }
            isTaken[Int(block) - 1] = true
            count += 1
            last = block
            block = links[Int(block) - 1]
        }
        return count == needed && last == record.lastBlock.pointee
    }

    private func linkFreeBlocks(_ isTaken: [Bool]) {
        let fresh = (isTaken.lastIndex(of: true) ?? -1) + 1
        var free: UInt32 = 0
        var count = 0
        for block in stride(from: fresh - 1, through: 0, by: -1) where !isTaken[block] {
            links[block] = free
            free = UInt32(block + 1)
            count += 1
        }
        head.fresh = fresh
        head.freeBlock = free
        head.freeCount = count
        head.freeRun = .none
    }
}
