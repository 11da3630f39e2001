internal import CSystem

/// Whether the process of that number, which has a lock, is gone for good.
package typealias StoreOwnerCheck = @convention(c) (UInt64) -> Bool

/// Keys and values in memory that several processes see, bounded in everything.
///
/// A call takes the lock of one part, and either happens as a whole or not at all, whenever its
/// process is killed. It never waits: where a living process has the lock the outcome is `busy`.
package struct SharedStore: @unchecked Sendable {
    package let layout: StoreLayout
    private let base: UnsafeMutableRawPointer
    private let seed: StoreSeed
    private let isGone: StoreOwnerCheck

    /// A store in `layout.size` bytes at `base`, which are all zero or a store already.
    package init(
        at base: UnsafeMutableRawPointer,
        _ layout: StoreLayout,
        seed: StoreSeed,
        isGone: @escaping StoreOwnerCheck
    ) {
        self.base = base
        self.layout = layout
        self.seed = seed
        self.isGone = isGone
    }

    package func key(_ bytes: UnsafeRawBufferPointer) -> StoreKey { StoreKey(bytes, seed: seed) }

    func part(_ index: Int) -> Part { Part(index, of: layout, at: base) }

    private func part(of key: StoreKey) -> Part {
        part(Int(truncatingIfNeeded: key.hash) & (layout.partCount - 1))
    }

    // MARK: Calls

    /// Copies the value of a key.
    package func get(
        _ key: StoreKey,
        into buffer: ValueBuffer,
        _ call: StoreCall
    ) -> StoreOutcome {
        let part = part(of: key)
        guard part.take(call.caller, isGone: isGone) else { return .busy }
        defer { part.letGo() }
        let place = part.findLiving(key, call.now)
        guard place.pointee != 0 else {
            part.head.misses.pointee &+= 1
            return .declined
        }
        let record = part.record(place.pointee)
        record.isWanted.pointee = 1
        part.copy(record, into: buffer)
        part.head.hits.pointee &+= 1
        return .done
    }

    /// Puts a value under a key; it ends at `expiry`, or never where that is 0.
    package func set(
        _ key: StoreKey,
        _ value: StoredValue,
        expiry: UInt64,
        _ call: StoreCall
    ) -> StoreOutcome {
        guard isAllowed(key, value) else { return .tooLong }
        let part = part(of: key)
        guard part.take(call.caller, isGone: isGone) else { return .busy }
        defer { part.letGo() }
        part.put(key, value, expiry: expiry, call.now)
        part.head.writes.pointee &+= 1
        return .done
    }

    /// The same, but only where the value is `expected`; nil expects none.
    package func set(
        _ key: StoreKey,
        _ value: StoredValue,
        expiry: UInt64,
        expecting expected: StoredValue?,
        _ call: StoreCall
    ) -> StoreOutcome {
        guard isAllowed(key, value) else { return .tooLong }
        let part = part(of: key)
        guard part.take(call.caller, isGone: isGone) else { return .busy }
        defer { part.letGo() }
        let place = part.findLiving(key, call.now)
        if place.pointee == 0 {
            guard expected == nil else { return .declined }
        } else {
            guard let expected, part.isEqual(part.record(place.pointee), expected) else {
                return .declined
            }
        }
        part.put(key, value, expiry: expiry, call.now)
        part.head.writes.pointee &+= 1
        return .done
    }

    /// What is added to an integer, and what it is and when it ends where there was none.
    package struct Increment {
        package let delta: Int64
        package let initial: Int64
        package let expiry: UInt64

        package init(by delta: Int64, from initial: Int64 = 0, expiry: UInt64 = 0) {
            self.delta = delta
            self.initial = initial
            self.expiry = expiry
        }
    }

    /// Adds to an integer; `sum` is what it is then.
    package func increment(
        _ key: StoreKey,
        _ increment: Increment,
        _ call: StoreCall,
        sum: inout Int64
    ) -> StoreOutcome {
        guard key.bytes.count <= StoreLayout.keyAtMost else { return .tooLong }
        let part = part(of: key)
        guard part.take(call.caller, isGone: isGone) else { return .busy }
        defer { part.letGo() }
        let place = part.findLiving(key, call.now)
        var former = increment.initial
        if place.pointee != 0 {
            let record = part.record(place.pointee)
            guard record.kind == .integer else { return .notAnInteger }
            former = Int64(bitPattern: record.number.pointee)
        }
        let (result, isOverflow) = former.addingReportingOverflow(increment.delta)
        guard !isOverflow else { return .overflow }
        if place.pointee != 0 {
            let record = part.record(place.pointee)
            record.isWanted.pointee = 1
            csys_atomic_commit(record.number, UInt64(bitPattern: result))
        } else {
            part.put(key, .integer(result), expiry: increment.expiry, call.now)
        }
        sum = result
        part.head.writes.pointee &+= 1
        return .done
    }

    /// Has an entry end at another moment; 0 for never.
    package func touch(_ key: StoreKey, expiry: UInt64, _ call: StoreCall) -> StoreOutcome {
        let part = part(of: key)
        guard part.take(call.caller, isGone: isGone) else { return .busy }
        defer { part.letGo() }
        let place = part.findLiving(key, call.now)
        guard place.pointee != 0 else { return .declined }
        part.move(expiryOf: part.record(place.pointee), to: expiry)
        return .done
    }

    package func delete(_ key: StoreKey, _ call: StoreCall) -> StoreOutcome {
        let part = part(of: key)
        guard part.take(call.caller, isGone: isGone) else { return .busy }
        defer { part.letGo() }
        let place = part.findLiving(key, call.now)
        guard place.pointee != 0 else { return .declined }
        part.remove(at: place)
        return .done
    }

    /// Takes everything away; what was busy keeps what it has, and the outcome says so.
    package func clear(_ call: StoreCall) -> StoreOutcome {
        for index in 0..<layout.partCount {
            let part = part(index)
            guard part.take(call.caller, isGone: isGone) else { return .busy }
            part.clear()
            part.letGo()
        }
        return .done
    }

    private func isAllowed(_ key: StoreKey, _ value: StoredValue) -> Bool {
        key.bytes.count <= StoreLayout.keyAtMost && value.bytes.count <= layout.valueAtMost
    }
}
