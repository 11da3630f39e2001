/// Whoever set a deadline and is told that it has passed.
package protocol TimerReceiver: AnyObject {
    /// The deadline has passed; it is set no more.
    func deadlinePassed()
}

/// Deadlines of many connections, cheap to move: a hashed wheel of linked slots.
///
/// A deadline that moves later (which is what each request does to its connection's) is one store:
/// the entry stays where it hangs and is hung anew only when its old place comes round.
package struct TimerWheel {
    /// Names one timer of the wheel.
    package struct Timer {
        fileprivate let index: Int32
    }

    /// Width of a slot: deadlines may be this much late, never early.
    package static let tickNanoseconds: UInt64 = 100_000_000
    /// Ticks searched for the next deadline before a loop that could sleep longer looks again.
    static let lookAhead: UInt64 = 10
    /// Slots in the wheel, a power of two; farther deadlines go round more than once.
    static let slotCount = 256

    private struct Entry {
        var deadline: UInt64 = .max
        var next: Int32 = -1
        var previous: Int32 = -1
        var slot: Int32 = -1
        /// The deadline has passed and nobody was told yet.
        var isDue = false
        var receiver: (any TimerReceiver)?
    }

    private var entries: [Entry] = []
    private var free: [Int32] = []
    private var heads = [Int32](repeating: -1, count: Self.slotCount)
    private var hanging = 0
    private var tick: UInt64 = 0
    private var due: [Int32] = []

    package init() {}

    /// A new timer, with no deadline yet.
    package mutating func add(_ receiver: any TimerReceiver) -> Timer {
        if let index = free.popLast() {
            entries[Int(index)] = Entry(receiver: receiver)
            return Timer(index: index)
        }
        entries.append(Entry(receiver: receiver))
        return Timer(index: Int32(entries.count - 1))
    }

    /// Ends a timer: it will not fire, its receiver is let go.
    package mutating func remove(_ timer: Timer) {
        unhang(timer.index)
        entries[Int(timer.index)] = Entry()
        free.append(timer.index)
    }

    /// Sets or moves the deadline, in nanoseconds of the monotonic clock.
    package mutating func set(_ timer: Timer, to deadline: UInt64) {
        let index = Int(timer.index)
        let earlier = deadline < entries[index].deadline
        entries[index].deadline = deadline
        entries[index].isDue = false
        if entries[index].slot < 0 {
            hang(timer.index)
        } else if earlier {
            unhang(timer.index)
            hang(timer.index)
        }
    }

    /// Takes the deadline away; the timer stays.
    package mutating func clear(_ timer: Timer) {
        // It stays hung: its old place comes round and finds that nothing is due.
        entries[Int(timer.index)].deadline = .max
        entries[Int(timer.index)].isDue = false
    }

    /// How long a loop may sleep without being late by more than a tick.
    ///
    /// Looks a bounded way ahead: a loop with nothing but far deadlines wakes up now and then.
    package func nanosecondsToNext(from now: UInt64) -> UInt64 {
        guard hanging > 0 else { return .max }
        // From the first tick not swept yet: the clock may have gone on since.
        let present = now / Self.tickNanoseconds
        guard present < tick &+ UInt64(Self.slotCount) else { return 0 }
        var place = tick &+ 1
        let last = max(tick, present) &+ Self.lookAhead
        while place < last, heads[Self.slot(of: place)] < 0 { place &+= 1 }
        let moment = place &* Self.tickNanoseconds
        return moment > now ? moment &- now : 0
    }

    private static func slot(of place: UInt64) -> Int {
        Int(truncatingIfNeeded: place) & (slotCount - 1)
    }

    /// The receiver of a timer that `advance` found due, one a call, until there is none.
    ///
    /// Receivers are handed out rather than called from in here: they add, move and remove timers.
    package mutating func nextDue() -> (any TimerReceiver)? {
        while let index = due.popLast() {
            // Removed by an earlier receiver, or set again: not due any more.
            guard entries[Int(index)].isDue else { continue }
            entries[Int(index)].isDue = false
            if let receiver = entries[Int(index)].receiver { return receiver }
        }
        return nil
    }

    /// Finds what is due, for `nextDue`; what has been moved later is hung anew.
    package mutating func advance(to now: UInt64) {
        let target = now / Self.tickNanoseconds
        guard hanging > 0, tick < target else {
            tick = max(tick, target)
            return
        }
        let first = max(tick + 1, target - min(target, UInt64(Self.slotCount - 1)))
        tick = target
        for step in first...target {
            sweep(slot: Self.slot(of: step), now: now)
        }
    }

    private mutating func sweep(slot: Int, now: UInt64) {
        var index = heads[slot]
        heads[slot] = -1
        while index >= 0 {
            let next = entries[Int(index)].next
            entries[Int(index)].slot = -1
            entries[Int(index)].next = -1
            entries[Int(index)].previous = -1
            hanging -= 1
            if entries[Int(index)].deadline <= now {
                entries[Int(index)].deadline = .max
                entries[Int(index)].isDue = true
                due.append(index)
            } else if entries[Int(index)].deadline != .max {
                hang(index)
            }
            index = next
        }
    }

    private mutating func hang(_ index: Int32) {
        let deadline = entries[Int(index)].deadline
        // The tick after the deadline: late by less than a tick, never early.
        let place = max(deadline / Self.tickNanoseconds, tick) + 1
        let slot = Int32(truncatingIfNeeded: Self.slot(of: place))
        entries[Int(index)].slot = slot
        entries[Int(index)].previous = -1
        entries[Int(index)].next = heads[Int(slot)]
        if heads[Int(slot)] >= 0 {
            entries[Int(heads[Int(slot)])].previous = index
        }
        heads[Int(slot)] = index
        hanging += 1
    }

    private mutating func unhang(_ index: Int32) {
        let entry = entries[Int(index)]
        guard entry.slot >= 0 else { return }
        if entry.previous >= 0 {
            entries[Int(entry.previous)].next = entry.next
        } else {
            heads[Int(entry.slot)] = entry.next
        }
        if entry.next >= 0 {
            entries[Int(entry.next)].previous = entry.previous
        }
        entries[Int(index)].slot = -1
        entries[Int(index)].next = -1
        entries[Int(index)].previous = -1
        hanging -= 1
    }
}
