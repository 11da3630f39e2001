import Foundation
import Platform
import Testing

/// Each test that forks does so in a process of its own.
@Suite struct ProcessTests {
    @Test func `a child's exit status is told`() async {
        await #expect(processExitsWith: .success) {
            let pid = try forked { 7 }
            #expect(ended(pid) == .status(7))
        }
    }

    @Test func `a child's signal is told by name`() async {
        await #expect(processExitsWith: .success) {
            let pid = try forked {
                while true { pause() }
                return 0
            }
            try Signal.kill.send(to: pid)
            #expect(ended(pid) == .signal(.kill))
            #expect(Signal.segmentationFault.name == "SIGSEGV")
            #expect(Signal(rawValue: 35).name == "signal 35")
        }
    }

    @Test func `signals are counted, none is lost in a storm`() async {
        await #expect(processExitsWith: .success) {
            let pid = try forked {
                guard let inbox = try? SignalInbox(watching: [.user1, .user2]) else { return 1 }
                for _ in 0..<10_000 { raise(SIGUSR1) }
                raise(SIGUSR2)
                Descriptor.wait(for: [inbox.descriptor], milliseconds: 5000)
                inbox.silence()
                guard inbox.take(.user1) == 10_000, inbox.take(.user2) == 1 else { return 2 }
                return inbox.take(.user1) == 0 ? 0 : 3
            }
            #expect(ended(pid) == .status(0))
        }
    }

    @Test func `a child has default actions and none of its parent's signals`() async {
        await #expect(processExitsWith: .success) {
            let pid = try forked {
                guard let inbox = try? SignalInbox(watching: [.terminate]) else { return 1 }
                raise(SIGTERM)
                let grandchild = try? forked {
                    while true { pause() }
                    return 0
                }
                guard let grandchild else { return 2 }
                try? Signal.terminate.send(to: grandchild)
                guard ended(grandchild) == .signal(.terminate) else { return 3 }
                return inbox.take(.terminate) == 1 ? 0 : 4
            }
            #expect(ended(pid) == .status(0))
        }
    }

    @Test func `a process the application forks behind our back still ends on TERM`() async {
        await #expect(processExitsWith: .success) {
            let pid = try forked {
                guard let inbox = try? SignalInbox(watching: [.terminate]) else { return 1 }
                typealias Fork = @convention(c) () -> Int32
                guard let symbol = dlsym(nil, "fork") else { return 2 }
                let stranger = unsafeBitCast(symbol, to: Fork.self)()
                if stranger == 0 {
                    while true { pause() }
                }
                try? Signal.terminate.send(to: stranger)
                guard ended(stranger) == .signal(.terminate) else { return 3 }
                return inbox.take(.terminate) == 0 ? 0 : 4
            }
            #expect(ended(pid) == .status(0))
        }
    }

    @Test func `the title is shown and the environment survives`() async {
        await #expect(processExitsWith: .success) {
            let pid = try forked {
                setenv("SWIFTCORN_TITLE_TEST", "kept", 1)
                CurrentProcess.setTitle("gunicorn: worker [app]")
                let shown = try? String(contentsOfFile: "/proc/self/cmdline", encoding: .utf8)
                guard shown?.hasPrefix("gunicorn: worker [app]\0") == true else { return 1 }
                guard getenv("SWIFTCORN_TITLE_TEST") != nil, getenv("PATH") != nil else { return 2 }
                CurrentProcess.setTitle(String(repeating: "long ", count: 100_000))
                guard getenv("PATH").map({ String(cString: $0).contains("/bin") }) == true else {
                    return 3
                }
                CurrentProcess.setTitle("short")
                let again = try? String(contentsOfFile: "/proc/self/cmdline", encoding: .utf8)
                return again?.hasPrefix("short\0") == true ? 0 : 4
            }
            #expect(ended(pid) == .status(0))
        }
    }

    @Test func `shared pages are seen by parent and child, and totals outlive a worker`() async {
        await #expect(processExitsWith: .success) {
            let pages = try SharedPages(slots: 3)
            let slot = pages.slot(1)
            slot.occupy(age: 4, now: 99)
            pages.arbiter.state = .ready
            let pid = try forked {
                guard pages.arbiter.state == .ready, slot.state == .booting else { return 1 }
                let statistics = slot.statistics
                statistics.answered(method: 1, status: 200, nanoseconds: 5, bucket: 0)
                statistics.answered(method: 3, status: 503, nanoseconds: 7, bucket: 2)
                statistics.answered(method: 3, status: 999, nanoseconds: 1, bucket: 2)
                statistics.callBegins(at: 17)
                slot.connections = 9
                slot.state = .ready
                return 0
            }
            #expect(ended(pid) == .status(0))
            #expect(slot.state == .ready)
            #expect(slot.requests == 3)
            let statistics = slot.statistics
            #expect(statistics.durationSum == 13)
            #expect(statistics.durations.prefix(3) == [1, 0, 2])
            #expect(statistics.requests(.get, class: 2) == 1)
            #expect(statistics.requests(.post, class: 5) == 1)
            #expect(statistics.requests(.post, class: 0) == 1)
            #expect(statistics.inFlight == 1)
            #expect(statistics.oldestCall == 17)
            #expect(slot.connections == 9)
            slot.vacate()
            #expect(slot.requests == 3)
            #expect(statistics.inFlight == 0)
            #expect(statistics.oldestCall == 0)
            #expect(slot.connections == 0)
            #expect(slot.state == .empty)
            #expect(pages.slot(0).requests == 0)
            #expect(pages.slot(2).requests == 0)
        }
    }

    @Test func `a pipe ends when its only writer does`() async {
        await #expect(processExitsWith: .success) {
            let pipe = try Platform.Pipe()
            let holder = try forked {
                while true { pause() }
                return 0
            }
            Descriptor.close(pipe.writeEnd)
            try Signal.kill.send(to: holder)
            Descriptor.wait(for: [pipe.readEnd], milliseconds: 10_000)
            var byte: UInt8 = 0
            #expect(read(pipe.readEnd, &byte, 1) == 0)
            #expect(ended(holder) == .signal(.kill))
            Descriptor.close(pipe.readEnd)
        }
    }

    @Test func `a process that is gone does not exist`() async {
        await #expect(processExitsWith: .success) {
            let pid = try forked { 0 }
            #expect(ended(pid) == .status(0))
            #expect(!Signal.exists(pid))
            #expect(Signal.exists(CurrentProcess.pid))
            #expect(throws: SystemError.self) { try Signal.terminate.send(to: pid) }
        }
    }
}
