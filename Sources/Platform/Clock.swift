private import CSystem
import Glibc

/// The machine's clocks; everything that measures uses the monotonic one.
package enum Clock {
    /// Nanoseconds since some moment of the past; no one can set it back.
    package static func monotonicNanoseconds() -> UInt64 { csys_clock_monotonic() }

    /// Nanoseconds since 1970.
    package static func realtimeNanoseconds() -> UInt64 { csys_clock_realtime() }

    /// Seconds since 1970 as of the kernel's last tick (a few milliseconds late, nearly free).
    package static func realtimeSeconds() -> Int { Int(csys_clock_seconds()) }

    /// Waits, where there is nothing to wait for but another process's progress.
    package static func sleep(microseconds: UInt32) { usleep(microseconds) }

    package static let nanosecondsPerSecond: UInt64 = 1_000_000_000
}

/// A moment in the local calendar, with its distance from Greenwich.
package struct CalendarTime: Equatable, Sendable {
    package let year: Int32
    package let month: Int32
    package let day: Int32
    package let hour: Int32
    package let minute: Int32
    package let second: Int32
    package let offsetSeconds: Int32

    /// Reads the local time zone for a moment in seconds since 1970.
    package init(secondsSinceEpoch seconds: Int) {
        var calendar = csys_calendar()
        csys_clock_calendar(Int64(seconds), &calendar)
        year = calendar.year
        month = calendar.month
        day = calendar.day
        hour = calendar.hour
        minute = calendar.minute
        second = calendar.second
        offsetSeconds = calendar.offset_seconds
    }
}
