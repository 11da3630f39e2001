internal import CSystem
package import Platform

/// Whoever owns a descriptor and is told what happened to it.
package protocol EventReceiver: AnyObject {
    /// Something of what the descriptor is watched for has happened.
    func ready(_ events: Interest)
}

/// One epoll set and one timer wheel, turned by whoever owns the thread.
///
/// A turn collects events, then acts on them; nobody calls epoll from inside the waiting. Because
/// the loop can be turned by others and its own descriptor can be watched, asyncio, gevent and the
/// rest can drive it as well as our own workers do.
package final class EventLoop {
    /// Events taken from the kernel in one turn; more wait for the next.
    package static let eventsPerTurn = 256

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
    private let events: UnsafeMutablePointer<epoll_event>
    private var collected = 0

    package init() throws(SystemError) {
        descriptor = try checked("epoll_create1", csys_epoll_create())
        events = .allocate(capacity: Self.eventsPerTurn)
        now = Clock.monotonicNanoseconds()
    }

    deinit {
        events.deallocate()
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

    /// Waits for events, at most `nanoseconds`, and keeps them for `dispatch`.
    ///
    /// Touches nothing but the kernel, so a caller may give up a lock (Python's) around it.
    package func collect(waitingAtMost nanoseconds: UInt64) {
        let untilTimer = timers.nanosecondsToNext(from: now)
        let wait = min(nanoseconds, untilTimer)
        // Rounded up: a wait cut short would turn the loop in vain until the time is there.
        let milliseconds = Int32(clamping: wait / 1_000_000 + (wait % 1_000_000 == 0 ? 0 : 1))
        let count = csys_epoll_wait(
            descriptor,
            events,
            Int32(Self.eventsPerTurn),
            milliseconds
        )
        precondition(count >= 0, "epoll_wait failed: the loop's descriptor is gone")
        collected = Int(count)
        now = Clock.monotonicNanoseconds()
    }

    /// Hands the collected events to their receivers, then the timers that are due.
    package func dispatch() {
        let count = collected
        collected = 0
        for index in 0..<count {
            let token = EventToken(raw: csys_epoll_token(events + index))
            let slot = Int(token.descriptor)
            guard slot < registrations.count,
                registrations[slot].generation == token.generation,
                let receiver = registrations[slot].receiver
            else { continue }
            receiver.ready(Interest(rawValue: csys_epoll_events(events + index)))
        }
        timers.advance(to: now)
        while let receiver = timers.nextDue() {
            receiver.deadlinePassed()
        }
    }

    /// One round: wait, act.
    package func turn(waitingAtMost nanoseconds: UInt64) {
        collect(waitingAtMost: nanoseconds)
        dispatch()
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
