import Glibc
import Platform
import Testing

@testable import Engine

/// Remembers what it was told.
private final class Listening: EventReceiver {
    private(set) var events: [Interest] = []
    var action: () -> Void = {}

    func ready(_ events: Interest) {
        self.events.append(events)
        action()
    }
}

/// Two connected sockets that nobody else closes.
struct SocketPair {
    var ours: Int32 = -1
    var theirs: Int32 = -1

    init(sendBuffer: Int32 = 0) {
        var ends: [Int32] = [0, 0]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { return }
        ours = ends[0]
        theirs = ends[1]
        if sendBuffer > 0 {
            var size = sendBuffer
            setsockopt(ours, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
    }

    func sayFromTheirs(_ text: String) {
        _ = Array(text.utf8).withUnsafeBytes { write(theirs, $0.baseAddress, $0.count) }
    }

    func close() {
        _ = Glibc.close(ours)
        _ = Glibc.close(theirs)
    }
}

@Suite struct EventLoopTests {
    private static let second: UInt64 = 1_000_000_000

    @Test func `a descriptor's receiver hears of what it is watched for`() throws {
        let loop = try EventLoop()
        let pair = SocketPair()
        defer { pair.close() }
        let listening = Listening()
        try loop.watch(pair.ours, for: .readable, receiver: listening)
        loop.turn(waitingAtMost: 0)
        #expect(listening.events.isEmpty)
        pair.sayFromTheirs("x")
        loop.turn(waitingAtMost: Self.second)
        #expect(listening.events == [.readable])
        try loop.change(pair.ours, to: .writable)
        loop.turn(waitingAtMost: Self.second)
        #expect(listening.events == [.readable, .writable])
        try loop.change(pair.ours, to: [])
        loop.turn(waitingAtMost: 0)
        #expect(listening.events.count == 2)
    }

    @Test func `a forgotten descriptor's receiver hears nothing and is let go`() throws {
        let loop = try EventLoop()
        let pair = SocketPair()
        defer { pair.close() }
        weak var remembered: Listening?
        do {
            let listening = Listening()
            remembered = listening
            try loop.watch(pair.ours, for: .readable, receiver: listening)
        }
        #expect(remembered != nil)
        loop.forget(pair.ours)
        loop.forget(pair.ours)
        #expect(remembered == nil)
        pair.sayFromTheirs("x")
        loop.turn(waitingAtMost: 0)
    }

    @Test func `what was collected for a closed descriptor does not reach its successor`() throws {
        let loop = try EventLoop()
        let first = SocketPair()
        let second = SocketPair()
        let successor = Listening()
        let receivers = [Listening(), Listening()]
        var replaced: Int32 = -1
        for (pair, other, index) in [(first, second, 0), (second, first, 1)] {
            try loop.watch(pair.ours, for: .readable, receiver: receivers[index])
            receivers[index].action = {
                // Whoever is told first closes the other, whose number is then used again.
                guard replaced < 0 else { return }
                replaced = other.ours
                loop.forget(other.ours)
                // Closed by being replaced: other tests open descriptors at the same time.
                let fresh = SocketPair()
                dup2(fresh.ours, replaced)
                fresh.close()
                try? loop.watch(replaced, for: .writable, receiver: successor)
            }
            pair.sayFromTheirs("x")
        }
        let batch = EventBatch()
        batch.collect(from: loop.descriptor, waitingAtMost: Self.second)
        loop.dispatch(batch)
        #expect(replaced >= 0)
        #expect(successor.events.isEmpty)
        #expect(receivers.map(\.events.count).reduce(0, +) == 1)
        for descriptor in [first.ours, first.theirs, second.ours, second.theirs] {
            loop.forget(descriptor)
            close(descriptor)
        }
    }

    @Test func `a descriptor that a child still holds is not reported once forgotten`() throws {
        let loop = try EventLoop()
        let pair = SocketPair()
        let listening = Listening()
        try loop.watch(pair.ours, for: .readable, receiver: listening)
        let held = dup(pair.ours)
        loop.forget(pair.ours)
        close(pair.ours)
        close(pair.theirs)
        defer { close(held) }
        var one = pollfd(fd: loop.descriptor, events: Int16(POLLIN), revents: 0)
        #expect(poll(&one, 1, 0) == 0)
    }

    @Test func `the loop's own descriptor is readable when there is something to do`() throws {
        let loop = try EventLoop()
        let pair = SocketPair()
        defer { pair.close() }
        try loop.watch(pair.ours, for: .readable, receiver: Listening())
        var one = pollfd(fd: loop.descriptor, events: Int16(POLLIN), revents: 0)
        #expect(poll(&one, 1, 0) == 0)
        pair.sayFromTheirs("x")
        #expect(poll(&one, 1, 1000) == 1)
    }

    @Test func `a turn may wait for ever without overflowing`() throws {
        let loop = try EventLoop()
        let pair = SocketPair()
        defer { pair.close() }
        pair.sayFromTheirs("x")
        let listening = Listening()
        try loop.watch(pair.ours, for: .readable, receiver: listening)
        loop.turn(waitingAtMost: .max)
        #expect(listening.events == [.readable])
        #expect(loop.deadline(inSeconds: .max) > loop.now)
        #expect(loop.deadline(inSeconds: -5) == loop.now)
    }

    @Test func `a deadline ends the waiting`() throws {
        let loop = try EventLoop()
        let alarm = Alarm()
        let timer = loop.timers.add(alarm)
        alarm.action = { loop.timers.remove(timer) }
        let begun = loop.now
        loop.timers.set(timer, to: begun + 150_000_000)
        var turns = 0
        while alarm.rings == 0, turns < 50 {
            loop.turn(waitingAtMost: 10 * Self.second)
            turns += 1
        }
        #expect(alarm.rings == 1 && turns <= 3)
        #expect(loop.now >= begun + 150_000_000)
    }

    @Test func `a refused descriptor leaves no trace`() throws {
        let loop = try EventLoop()
        let file = open("/dev/null", O_RDONLY)
        defer { close(file) }
        #expect(throws: SystemError.self) {
            try loop.watch(file, for: .readable, receiver: Listening())
        }
        loop.forget(file)
        loop.turn(waitingAtMost: 0)
    }
}
