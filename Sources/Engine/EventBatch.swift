private import CSystem
private import Platform

/// What one wait brought: events that are not dispatched yet, in memory of one thread's own.
///
/// Collecting touches nothing but the kernel, so that a thread may wait without any lock while
/// another one turns the loop. What became of a descriptor meanwhile, its token's generation tells.
package final class EventBatch {
    /// Events taken from the kernel at once; more wait for the next time.
    package static let capacity = 256

    private let events: UnsafeMutablePointer<epoll_event>
    package private(set) var count = 0

    package init() {
        events = .allocate(capacity: Self.capacity)
    }

    deinit {
        events.deallocate()
    }

    /// Waits for events of an epoll descriptor, at most so long.
    package func collect(from queue: Int32, waitingAtMost nanoseconds: UInt64) {
        // Rounded up: a wait cut short would turn the loop in vain until the time is there.
        let isWhole = nanoseconds % 1_000_000 == 0
        let milliseconds = Int32(clamping: nanoseconds / 1_000_000 + (isWhole ? 0 : 1))
        let result = csys_epoll_wait(queue, events, Int32(Self.capacity), milliseconds)
        precondition(result >= 0, "epoll_wait failed: the loop's descriptor is gone")
        count = Int(result)
    }

    func token(_ index: Int) -> EventToken {
        EventToken(raw: csys_epoll_token(events + index))
    }

    func interest(_ index: Int) -> Interest {
        Interest(rawValue: csys_epoll_events(events + index))
    }

    /// Forgets all of it.
    func clear() {
        count = 0
    }
}
