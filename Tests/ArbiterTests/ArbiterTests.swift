import Foundation
import Log
import Platform
import Testing

@testable import Arbiter

/// Real arbiters with real workers, each in a process of its own.
@Suite(.serialized) struct ArbiterTests {
    @Test func `a plain start and stop prints Gunicorn's lines in their order`() async {
        await #expect(processExitsWith: .success) {
            let master = MasterUnderTest()
            try master.start()
            #expect(master.sees("Booting worker with pid: "))
            #expect(master.text("pid") == "\(master.pid)\n")
            #expect(master.eventually { master.children.count == 1 })
            master.send(.terminate)
            #expect(master.end() == .status(0))
            #expect(!master.exists("pid"))
            let lines = master.log.split(separator: "\n").map { line in
                line.components(separatedBy: "] ").dropFirst().joined(separator: "] ")
            }
            let worker = master.booted.first ?? 0
            let port = master.log.components(separatedBy: "127.0.0.1:").last?.prefix { $0 != " " }
            #expect(
                lines == [
                    "[\(master.pid)] [INFO] Starting gunicorn 27.0.1",
                    "[\(master.pid)] [INFO] Listening at: "
                        + "http://127.0.0.1:\(port ?? "?") (\(master.pid))",
                    "[\(master.pid)] [INFO] Using worker: sync",
                    "[\(worker)] [INFO] Booting worker with pid: \(worker)",
                    "[\(master.pid)] [INFO] Handling signal: term",
                    "[\(worker)] [INFO] Worker exiting (pid: \(worker))",
                    "[\(master.pid)] [INFO] Shutting down: Master",
                ]
            )
        }
    }

    @Test(arguments: [Int32(2), 3])
    func `INT and QUIT stop quickly`(number: Int32) async {
        await #expect(processExitsWith: .success) { [number] in
            let master = MasterUnderTest()
            try master.start()
            #expect(master.eventually { master.ready.count == 1 })
            master.send(Signal(rawValue: number))
            #expect(master.end() == .status(0))
            #expect(master.log.contains("Handling signal: \(number == 2 ? "int" : "quit")\n"))
        }
    }

    @Test func `a worker that ends is replaced, and its end is told`() async {
        await #expect(processExitsWith: .success) {
            let master = MasterUnderTest()
            master.options.workers = 2
            try master.start()
            #expect(master.eventually { master.booted.count == 2 })
            let victim = master.booted[0]
            try Signal.kill.send(to: victim)
            #expect(master.eventually { master.booted.count == 3 })
            #expect(
                master.log.contains(
                    "[ERROR] Worker (pid:\(victim)) was sent SIGKILL! Perhaps out of memory?\n"
                )
            )
            master.send(.terminate)
            #expect(master.end() == .status(0))
        }
    }

    @Test(arguments: [Int32(3), 4])
    func `workers that fail at once still end with their status`(status: Int32) async {
        await #expect(processExitsWith: .success) { [status] in
            let master = MasterUnderTest()
            master.options.workers = 4
            master.options.bind = [.unix(path: master.directory.path + "/s")]
            try master.start { $0.worker = { _ in status } }
            #expect(master.end() == .status(status))
            let reason = status == 3 ? "Worker failed to boot." : "App failed to load."
            #expect(master.log.hasSuffix("[ERROR] Reason: \(reason)\n"))
            #expect(master.log.contains("[ERROR] Shutting down: Master\n"))
            #expect(master.log.contains(") exited with code \(status).\n"))
            #expect(!master.exists("pid"))
            #expect(!master.exists("s"))
        }
    }

    @Test func `a silent worker is aborted and then killed`() async {
        await #expect(processExitsWith: .success) {
            let master = MasterUnderTest()
            master.options.timeoutSeconds = 1
            master.options.gracefulTimeoutSeconds = 1
            try master.start { $0.worker = deafWorker }
            #expect(master.eventually { master.booted.count == 2 })
            let first = master.booted[0]
            #expect(master.log.contains("[CRITICAL] WORKER TIMEOUT (pid:\(first))\n"))
            #expect(master.log.contains("Worker (pid:\(first)) was sent SIGKILL!"))
            master.send(.quit)
            #expect(master.end() == .status(0))
        }
    }

    @Test func `TTIN and TTOU change the number, and the oldest leaves`() async {
        await #expect(processExitsWith: .success) {
            let master = MasterUnderTest()
            try master.start()
            #expect(master.eventually { master.ready.count == 1 })
            master.send(.inputOffered)
            #expect(master.eventually { master.booted.count == 2 })
            master.send(.outputOffered)
            #expect(master.sees("Worker exiting (pid: \(master.booted[0]))"))
            master.send(.outputOffered)
            #expect(master.sees("Handling signal: ttou", times: 2))
            #expect(master.eventually { master.children == [master.booted[1]] })
            master.send(.terminate)
            #expect(master.end() == .status(0))
        }
    }

    @Test func `a second INT during a graceful stop makes it quick`() async {
        await #expect(processExitsWith: .success) {
            let master = MasterUnderTest()
            master.options.gracefulTimeoutSeconds = 60
            try master.start { host in
                host.worker = { seat in
                    Signal.terminate.ignore()
                    return obedientWorker(seat, ignoring: .terminate)
                }
            }
            #expect(master.eventually { master.ready.count == 1 })
            master.send(.terminate)
            #expect(master.sees("Handling signal: term"))
            master.send(.interrupt)
            #expect(master.end() == .status(0))
            #expect(master.log.contains("[INFO] Quick shutdown requested\n"))
        }
    }

    @Test func `a worker that ignores everything is killed when its time is over`() async {
        await #expect(processExitsWith: .success) {
            let master = MasterUnderTest()
            master.options.gracefulTimeoutSeconds = 1
            try master.start { $0.worker = deafWorker }
            #expect(master.eventually { master.ready.count == 1 })
            master.send(.terminate)
            #expect(master.end() == .status(0))
            #expect(kill(master.booted[0], 0) != 0)
        }
    }

    @Test func `USR1 opens the log again and tells the workers`() async {
        await #expect(processExitsWith: .success) {
            let master = MasterUnderTest()
            let mark = master.directory.path + "/usr1"
            try master.start { host in
                host.worker = { seat in
                    let inbox = try? SignalInbox(watching: [.user1])
                    announce(seat)
                    while inbox?.take(.user1) == 0 { pause() }
                    try? "x".write(toFile: mark, atomically: true, encoding: .utf8)
                    return obedientWorker(seat)
                }
            }
            #expect(master.eventually { master.ready.count == 1 })
            let log = master.directory.path + "/log"
            try FileManager.default.moveItem(atPath: log, toPath: log + ".1")
            #expect(
                master.eventually {
                    master.send(.user1)
                    return master.exists("usr1") && master.exists("log")
                }
            )
            master.send(.terminate)
            #expect(master.end() == .status(0))
            #expect(master.text("log").contains("Shutting down: Master"))
            #expect(master.text("log.1").contains("Handling signal: usr1"))
        }
    }

    @Test func `WINCH is answered with a line`() async {
        await #expect(processExitsWith: .success) {
            let master = MasterUnderTest()
            try master.start(level: .debug)
            #expect(master.sees("Booting worker"))
            master.send(.windowChanged)
            #expect(master.sees("[DEBUG] SIGWINCH ignored. Not daemonized"))
            #expect(master.sees("[DEBUG] 1 workers"))
            master.send(.terminate)
            #expect(master.end() == .status(0))
        }
    }

    @Test func `workers that die at birth are born ever more slowly`() async {
        await #expect(processExitsWith: .success) {
            let master = MasterUnderTest()
            try master.start { $0.worker = { _ in 7 } }
            usleep(4_000_000)
            let births = master.booted.count
            #expect(births <= 12, "\(births) births")
            #expect(master.eventually { master.booted.count >= 4 })
            master.send(.terminate)
            #expect(master.end() == .status(0))
        }
    }

    @Test func `a worker whose budget is spent is replaced at once`() async {
        await #expect(processExitsWith: .success) {
            let master = MasterUnderTest()
            try master.start { host in
                host.worker = { seat in
                    announce(seat)
                    seat.slot.state = .draining
                    return 0
                }
            }
            // With pauses as after failures, twenty births would take more than a minute.
            #expect(master.eventually { master.ready.count >= 20 })
            master.send(.terminate)
            #expect(master.end() == .status(0))
        }
    }

    @Test func `workers notice by the lifeline that the arbiter was killed`() async {
        await #expect(processExitsWith: .success) {
            let master = MasterUnderTest()
            let mark = master.directory.path + "/orphaned"
            try master.start { host in
                host.worker = { seat in
                    announce(seat)
                    Descriptor.wait(for: [seat.lifeline], milliseconds: 15_000)
                    try? "x".write(toFile: mark, atomically: true, encoding: .utf8)
                    return 0
                }
            }
            #expect(master.eventually { master.ready.count == 1 })
            master.send(.kill)
            #expect(master.end() == .signal(.kill))
            #expect(master.eventually { master.exists("orphaned") })
        }
    }

    @Test func `ten thousand signals are survived`() async {
        await #expect(processExitsWith: .success) {
            let master = MasterUnderTest()
            try master.start()
            #expect(master.eventually { master.ready.count == 1 })
            for _ in 0..<10_000 { master.send(.windowChanged) }
            master.send(.inputOffered)
            #expect(master.eventually { master.ready.count == 2 })
            master.send(.terminate)
            #expect(master.end() == .status(0))
        }
    }

    @Test func `children we did not make are reaped`() async {
        await #expect(processExitsWith: .success) {
            let master = MasterUnderTest()
            let mark = master.directory.path + "/mark"
            try master.start(level: .debug) { host in
                host.worker = { seat in
                    // Left behind by a worker that ends: with a subreaper above, ours to reap.
                    if let child = try? Child.fork(), child == 0 {
                        CurrentProcess.leave(status: 7)
                    }
                    try? "x".write(toFile: mark, atomically: true, encoding: .utf8)
                    return obedientWorker(seat)
                }
                host.onStarting = { CurrentProcess.adoptOrphans() }
            }
            #expect(master.eventually { master.exists("mark") })
            try Signal.kill.send(to: master.booted[0])
            #expect(master.sees("[DEBUG] Reaped unknown child process (pid:"))
            #expect(master.log.contains(", status:1792)\n"))
            master.send(.terminate)
            #expect(master.end() == .status(0))
        }
    }
}

/// The obedient worker, deaf to one signal.
func obedientWorker(_ seat: WorkerSeat, ignoring signal: Signal) -> Int32 {
    guard let inbox = try? SignalInbox(watching: [.interrupt, .quit]) else { return 99 }
    announce(seat)
    while CurrentProcess.parent == seat.arbiterPID {
        Descriptor.wait(for: [inbox.descriptor, seat.lifeline], milliseconds: 100)
        inbox.silence()
        seat.slot.heartbeat = Clock.monotonicNanoseconds()
        if inbox.take(.quit) + inbox.take(.interrupt) > 0 { return 0 }
    }
    return 0
}
