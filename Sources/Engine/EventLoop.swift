internal import CSystem
package import Platform

/// Whoever owns a descriptor and is told what happened to it.
package protocol EventReceiver: AnyObject {
    /// Something of what the descriptor is watched for has happened.
    func ready(_ events: Interest)
}

/// One epoll set and one timer wheel, turned by whoever owns the thread.
///
/// A turn collects events into a batch, then dispatches them. Several threads may turn one loop, as
/// long as a lock of theirs lets only one at a time touch it; collecting needs no lock. Because the
/// loop can be turned by others and its own descriptor can be watched, asyncio, gevent and the rest
/// can drive it as well as our own workers do.
package final class EventLoop {
    private struct Registration {
        var generation: UInt32 = 0
        var interest: Interest = []
        var receiver: (any EventReceiver)?
    }

    /// The epoll descriptor: readable when a turn has something to do.
    package let descriptor: Int32
    /// The monotonic clock in nanoseconds, read once a turn.
    package private(set) var now: UInt64
    /// Deadlines of everything that lives on this loop.
    package var timers = TimerWheel()

    private var registrations: [Registration] = []
    /// What the one-threaded `turn` collects into.
    private let events = EventBatch()
    /// Which turn this is: a thread that finds another number has been overtaken.
    private var turns: UInt64 = 0

    package init() throws(SystemError) {
        descriptor = try checked("epoll_create1", csys_epoll_create())
        now = Clock.monotonicNanoseconds()
    }

    deinit {
        _ = csys_descriptor_close(descriptor)
    }

    /// Watches a descriptor until `forget`; the receiver is kept alive so long.
    package func watch(
        _ target: Int32,
        for interest: Interest,
        receiver: any EventReceiver
    ) throws(SystemError) {
        let index = Int(target)
        while registrations.count <= index {
            registrations.append(Registration())
        }
        registrations[index].generation &+= 1
        let token = EventToken(
            descriptor: target,
            generation: registrations[index].generation
        )
        _ = try checked(
            "epoll_ctl",
            csys_epoll_add(descriptor, target, interest.rawValue, token.raw)
        )
        registrations[index].interest = interest
        registrations[index].receiver = receiver
    }

    /// Changes what a descriptor is watched for; no system call where nothing changes.
    package func change(_ target: Int32, to interest: Interest) throws(SystemError) {
        let index = Int(target)
        precondition(index < registrations.count, "a descriptor was changed that is not watched")
        guard registrations[index].interest != interest else { return }
        let token = EventToken(
            descriptor: target,
            generation: registrations[index].generation
        )
        _ = try checked(
            "epoll_ctl",
            csys_epoll_change(descriptor, target, interest.rawValue, token.raw)
        )
        registrations[index].interest = interest
    }

    /// Forgets a descriptor, also where its events are collected already.
    ///
    /// Also before it is closed: the kernel drops a closed descriptor by itself only when no forked
    /// child holds it open, and would report it for ever to nobody.
    package func forget(_ target: Int32) {
        let index = Int(target)
        guard index < registrations.count, registrations[index].receiver != nil else { return }
        registrations[index].generation &+= 1
        registrations[index].receiver = nil
        _ = csys_epoll_remove(descriptor, target)
    }

    /// How long a wait may last that begins now: so long, or until the next timer.
    package func pause(atMost nanoseconds: UInt64) -> UInt64 {
        min(nanoseconds, timers.nanosecondsToNext(from: now))
    }

    /// Waits until a turn would have something to do, and leaves that to others; needs no lock.
    package func waitUntilReady(atMost nanoseconds: UInt64) -> Bool {
        let milliseconds = Int32(clamping: (nanoseconds + 999_999) / 1_000_000)
        return csys_descriptor_wait_readable(descriptor, milliseconds) > 0
    }

    /// Hands collected events to their receivers, then the timers that are due.
    ///
    /// Ends early when somebody else has turned the loop while a receiver was at work (events are
    /// level-triggered: whoever turned has seen what the rest of the batch tells), or as soon as
    /// `isEnough` says so.
    package func dispatch(_ batch: EventBatch, isEnough: () -> Bool = { false }) {
        now = Clock.monotonicNanoseconds()
        turns &+= 1
        let turn = turns
        defer { batch.clear() }
        for index in 0..<batch.count {
            let token = batch.token(index)
            let slot = Int(token.descriptor)
            guard slot < registrations.count,
                registrations[slot].generation == token.generation,
                let receiver = registrations[slot].receiver
            else { continue }
            receiver.ready(batch.interest(index))
            if turns != turn || isEnough() { return }
        }
        timers.advance(to: now)
        while let receiver = timers.nextDue() {
            receiver.deadlinePassed()
            if turns != turn || isEnough() { return }
        }
    }

    /// One round: wait, act.
    package func turn(waitingAtMost nanoseconds: UInt64) {
        events.collect(from: descriptor, waitingAtMost: pause(atMost: nanoseconds))
        dispatch(events)
    }

    /// The moment so many seconds from now; far is as good as never.
    package func deadline(inSeconds seconds: Int) -> UInt64 {
        now &+ UInt64(clamping: min(seconds, 1 << 32)) &* Clock.nanosecondsPerSecond
    }

    /// Reads the clock again: after something long, before a deadline is computed.
    package func refreshClock() {
        now = Clock.monotonicNanoseconds()
    }
}
