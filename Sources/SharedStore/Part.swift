internal import CSystem

/// One part of a store: a table of records under a lock, with the blocks that they are in.
///
/// What the buckets lead to is what there is; all else (free blocks, numbers) follows from it and
/// can be made again. A change is written aside and then takes place by the store of one word, so
/// that a process may be killed at any moment: `Part+Lock.swift` has what happens then.
struct Part {
    let head: PartHead
    let buckets: UnsafeMutablePointer<UInt32>
    /// For each block the next one of its record, or the next free one, counted from 1; 0 ends.
    let links: UnsafeMutablePointer<UInt32>
    let blocks: UnsafeMutableRawPointer
    let layout: StoreLayout

    init(_ index: Int, of layout: StoreLayout, at base: UnsafeMutableRawPointer) {
        self.layout = layout
        let heads = base + index * StoreLayout.headSize
        head = PartHead(words: heads.assumingMemoryBound(to: UInt64.self))
        let start = base + layout.partOffset(index)
        buckets = start.assumingMemoryBound(to: UInt32.self)
        links = (start + layout.linksOffset).assumingMemoryBound(to: UInt32.self)
        blocks = start + layout.blocksOffset
    }

    func record(_ reference: UInt32) -> Record {
        Record(reference, at: blocks + (Int(reference) - 1) * StoreLayout.blockSize)
    }

    func bucket(_ key: StoreKey) -> UnsafeMutablePointer<UInt32> {
        buckets + Int(truncatingIfNeeded: key.hash >> 8) & (layout.bucketCount - 1)
    }

    // MARK: Finding

    /// Where the reference to the key's record stands; what stands there is 0 where there is none.
    func find(_ key: StoreKey) -> UnsafeMutablePointer<UInt32> {
        var place = bucket(key)
        while place.pointee != 0 {
            let record = record(place.pointee)
            if record.tag.pointee == key.tag, holds(record, key.bytes) { return place }
            place = record.next
        }
        return place
    }

    /// The same, for who does not want what has ended: that is removed.
    func findLiving(_ key: StoreKey, _ now: UInt64) -> UnsafeMutablePointer<UInt32> {
        let place = find(key)
        guard place.pointee != 0, record(place.pointee).hasEnded(now) else { return place }
        expire(at: place)
        return find(key)
    }

    private func holds(_ record: Record, _ key: UnsafeRawBufferPointer) -> Bool {
        guard Int(record.keyCount.pointee) == key.count else { return false }
        return payload(of: record).equals(key)
    }

    /// What stands behind the record's head.
    func payload(of record: Record) -> Payload {
        let first = (Int(record.reference) - 1) * StoreLayout.blockSize
        return Payload(
            links: links,
            blocks: blocks,
            at: first + Record.headSize,
            isOneRun: record.isOneRun.pointee != 0
        )
    }

    // MARK: Reading and comparing

    func copy(_ record: Record, into buffer: ValueBuffer) {
        if record.hasNumber { return buffer.take(record.kind, number: record.number.pointee) }
        let count = Int(record.valueCount.pointee)
        guard let into = buffer.take(record.kind, count: count) else { return }
        var payload = payload(of: record)
        payload.skip(Int(record.keyCount.pointee))
        payload.read(count, into: into)
    }

    func isEqual(_ record: Record, _ value: StoredValue) -> Bool {
        guard record.kind == value.kind else { return false }
        if record.hasNumber { return record.number.pointee == value.number }
        guard Int(record.valueCount.pointee) == value.bytes.count else { return false }
        var payload = payload(of: record)
        payload.skip(Int(record.keyCount.pointee))
        return payload.equals(value.bytes)
    }

    // MARK: Changing

    /// Puts a value under a key, whatever is there; `expiry` is 0 for one that stays.
    func put(_ key: StoreKey, _ value: StoredValue, expiry: UInt64, _ now: UInt64) {
        var place = find(key)
        if place.pointee != 0 {
            let record = record(place.pointee)
            // A number in the place of a number is one word.
            if record.kind == value.kind, record.hasNumber, record.expiry.pointee == expiry {
                return csys_atomic_commit(record.number, value.number)
            }
        }
        let size = Record.headSize + key.bytes.count + value.bytes.count
        let needed = StoreLayout.blocks(for: size)
        if !hasRoom(needed, adding: place.pointee == 0) {
            makeRoom(needed, adding: place.pointee == 0, now)
            // What was there may have gone.
            place = find(key)
        }
        let taken = takeBlocks(needed)
        let record = record(taken.first)
        record.lastBlock.pointee = taken.last
        record.isOneRun.pointee = taken.isOneRun ? 1 : 0
        write(record, key, value, expiry)
        let former = place.pointee
        record.next.pointee = former == 0 ? 0 : self.record(former).next.pointee
        csys_atomic_commit_half(place, record.reference)
        if former == 0 {
            head.entries &+= 1
        } else {
            giveBack(self.record(former))
        }
        noteExpiry(expiry)
    }

    private func write(_ record: Record, _ key: StoreKey, _ value: StoredValue, _ expiry: UInt64) {
        record.tag.pointee = key.tag
        record.expiry.pointee = expiry
        record.number.pointee = value.number
        record.keyCount.pointee = UInt32(key.bytes.count)
        record.valueCount.pointee = UInt32(value.bytes.count)
        record.kindNumber.pointee = value.kind.rawValue
        record.isWanted.pointee = 0
        var payload = payload(of: record)
        payload.write(key.bytes)
        payload.write(value.bytes)
    }

    /// Has the entry end at another moment.
    func move(expiryOf record: Record, to expiry: UInt64) {
        csys_atomic_commit(record.expiry, expiry)
        noteExpiry(expiry)
    }

    /// Takes the record away whose reference stands there.
    func remove(at place: UnsafeMutablePointer<UInt32>) {
        let record = record(place.pointee)
        csys_atomic_commit_half(place, record.next.pointee)
        head.entries &-= 1
        giveBack(record)
    }

    /// Takes everything away.
    func clear() {
        // Where nothing ever was, the memory stays untouched.
        guard head.fresh > 0 else { return }
        for index in 0..<layout.bucketCount where buckets[index] != 0 {
            csys_atomic_commit_half(buckets + index, 0)
        }
        head.forgetBlocks()
    }
}
