import Testing

@testable import Engine

/// Remembers that its deadline passed, and may do something about it.
final class Alarm: TimerReceiver {
    private(set) var rings = 0
    var action: () -> Void = {}

    func deadlinePassed() {
        rings += 1
        action()
    }
}

@Suite struct TimerWheelTests {
    private static let tick = TimerWheel.tickNanoseconds
    /// A clock that has run for a while, as the machine's has.
    private static let start: UInt64 = 1_234_567_890_123

    private var wheel = TimerWheel()

    init() {
        wheel.advance(to: Self.start)
    }

    private mutating func pass(to now: UInt64) {
        wheel.advance(to: now)
        while let receiver = wheel.nextDue() { receiver.deadlinePassed() }
    }

    @Test(arguments: [0, 1, 99_999_999, 100_000_000, 2_000_000_000, 30_000_000_000] as [UInt64])
    mutating func `a deadline passes never early and less than two ticks late`(_ after: UInt64) {
        let alarm = Alarm()
        let deadline = Self.start + after
        wheel.set(wheel.add(alarm), to: deadline)
        var now = Self.start
        while now < deadline {
            pass(to: now)
            #expect(alarm.rings == 0 || now >= deadline)
            now += 10_000_000
        }
        pass(to: deadline + Self.tick)
        #expect(alarm.rings == 1)
        pass(to: deadline + 600 * Self.tick)
        #expect(alarm.rings == 1)
    }

    @Test mutating func `a sleep as long as the wheel says is never late by more than a tick`() {
        var now = Self.start
        for milliseconds in [50, 120, 1999, 2001, 25_599, 25_601, 51_300, 700_000] as [UInt64] {
            let alarm = Alarm()
            let deadline = now + milliseconds * 1_000_000
            wheel.set(wheel.add(alarm), to: deadline)
            var turns = 0
            while alarm.rings == 0 {
                now += wheel.nanosecondsToNext(from: now)
                pass(to: now)
                turns += 1
            }
            #expect(now >= deadline && now <= deadline + Self.tick)
            #expect(turns <= 2 + Int(milliseconds) / 900 + Int(milliseconds) / 25_600)
        }
        #expect(wheel.nanosecondsToNext(from: now) == .max)
    }

    @Test mutating func `a deadline that moves later does not pass at its old place`() {
        let alarm = Alarm()
        let timer = wheel.add(alarm)
        var deadline = Self.start + 5 * Self.tick
        for step in 0..<100 as Range<UInt64> {
            deadline = Self.start + (5 + step) * Self.tick
            wheel.set(timer, to: deadline)
            pass(to: Self.start + step * Self.tick)
            #expect(alarm.rings == 0)
        }
        pass(to: deadline + Self.tick)
        #expect(alarm.rings == 1)
    }

    @Test mutating func `a deadline that moves earlier passes at its new place`() {
        let alarm = Alarm()
        let timer = wheel.add(alarm)
        wheel.set(timer, to: Self.start + 500 * Self.tick)
        wheel.set(timer, to: Self.start + 2 * Self.tick)
        pass(to: Self.start + 3 * Self.tick)
        #expect(alarm.rings == 1)
    }

    @Test mutating func `a deadline in the past passes at the next tick`() {
        let alarm = Alarm()
        wheel.set(wheel.add(alarm), to: Self.start - 50 * Self.tick)
        #expect(wheel.nanosecondsToNext(from: Self.start) <= Self.tick)
        pass(to: Self.start + Self.tick)
        #expect(alarm.rings == 1)
    }

    @Test mutating func `a timer taken away does not ring and is used again`() {
        let first = Alarm()
        let timer = wheel.add(first)
        wheel.set(timer, to: Self.start + Self.tick)
        wheel.remove(timer)
        let second = Alarm()
        _ = wheel.add(second)
        pass(to: Self.start + 1000 * Self.tick)
        #expect(first.rings == 0)
        #expect(second.rings == 0)
    }

    @Test mutating func `a deadline that was cleared does not pass`() {
        let alarm = Alarm()
        let timer = wheel.add(alarm)
        wheel.set(timer, to: Self.start + Self.tick)
        wheel.clear(timer)
        pass(to: Self.start + 3 * Self.tick)
        #expect(alarm.rings == 0)
        wheel.set(timer, to: Self.start + 5 * Self.tick)
        pass(to: Self.start + 7 * Self.tick)
        #expect(alarm.rings == 1)
    }

    /// What the receiver that is told first does to the other one, which is due as well.
    enum Meddling: CaseIterable {
        case remove
        case removeAndReuse
        case clear
        case moveLater
    }

    @Test(arguments: Meddling.allCases)
    mutating func `a due timer that another receiver changes does not ring`(_ kind: Meddling) {
        let alarms = [Alarm(), Alarm()]
        let late = Alarm()
        let timers = alarms.map { wheel.add($0) }
        for timer in timers { wheel.set(timer, to: Self.start + Self.tick) }
        let now = Self.start + 2 * Self.tick
        wheel.advance(to: now)
        let told = wheel.nextDue()
        let other = told === alarms[0] ? timers[1] : timers[0]
        switch kind {
        case .remove: wheel.remove(other)
        case .removeAndReuse:
            wheel.remove(other)
            _ = wheel.add(late)
        case .clear: wheel.clear(other)
        case .moveLater: wheel.set(other, to: now + 5 * Self.tick)
        }
        let second = wheel.nextDue()
        #expect(second == nil)
        wheel.advance(to: now + 7 * Self.tick)
        let third = wheel.nextDue()
        #expect((third != nil) == (kind == .moveLater))
    }

    @Test mutating func `ten thousand timers ring once each, however coarse the clock`() {
        var random = SystemRandomNumberGenerator()
        let alarms = (0..<10_000).map { _ in Alarm() }
        var last = Self.start
        for alarm in alarms {
            let timer = wheel.add(alarm)
            for _ in 0..<3 {
                let deadline = Self.start + UInt64.random(in: 0..<90_000_000_000, using: &random)
                wheel.set(timer, to: deadline)
                last = max(last, deadline)
            }
        }
        var now = Self.start
        while now <= last + Self.tick {
            now += UInt64.random(in: 1...9_000_000_000, using: &random)
            pass(to: now)
        }
        #expect(alarms.allSatisfy { $0.rings == 1 })
        #expect(wheel.nanosecondsToNext(from: now) == .max)
    }

    @Test mutating func `a clock that jumps far ahead costs one round`() {
        let alarm = Alarm()
        wheel.set(wheel.add(alarm), to: Self.start + Self.tick)
        let later = Self.start + 1_000_000 * Self.tick
        #expect(wheel.nanosecondsToNext(from: later) == 0)
        pass(to: later)
        #expect(alarm.rings == 1)
    }
}
