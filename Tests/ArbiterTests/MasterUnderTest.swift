import Foundation
import Log
import Platform

@testable import Arbiter

/// A directory that is gone when the test is over.
final class TemporaryDirectory: Sendable {
    let path: String
    init() {
        path = NSTemporaryDirectory() + "swiftcorn-\(UUID().uuidString.prefix(8))"
        try? FileManager.default.createDirectory(
            atPath: path,
            withIntermediateDirectories: true
        )
    }
    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Where workers write that they are ready; set once, in the arbiter's process.
nonisolated(unsafe) private var readyFile = ""

/// Announces a worker to its arbiter, and to the test.
func announce(_ seat: WorkerSeat) {
    seat.announceReady()
    guard let file = try? File.openForAppending(readyFile) else { return }
    Array("\(CurrentProcess.pid)\n".utf8).withUnsafeBytes { _ = File.write(file, $0) }
    Descriptor.close(file)
}

/// A worker in a few lines: it announces itself, beats, and leaves when it is told.
func obedientWorker(_ seat: WorkerSeat) -> Int32 {
    guard let inbox = try? SignalInbox(watching: [.terminate, .interrupt, .quit, .abort, .user1])
    else { return 99 }
    announce(seat)
    while CurrentProcess.parent == seat.arbiterPID {
        Descriptor.wait(for: [inbox.descriptor, seat.lifeline], milliseconds: 100)
        inbox.silence()
        seat.slot.heartbeat = Clock.monotonicNanoseconds()
        if inbox.take(.abort) > 0 { return 1 }
        if inbox.take(.terminate) + inbox.take(.quit) + inbox.take(.interrupt) > 0 { return 0 }
    }
    return 0
}

/// A worker that never says anything again, whatever it is told.
func deafWorker(_ seat: WorkerSeat) -> Int32 {
    for signal in [Signal.terminate, .quit, .interrupt, .abort] { signal.ignore() }
    announce(seat)
    while true { pause() }
}

/// The host of a test: closures instead of an interpreter.
final class TestHost: ArbiterHost {
    var worker: (WorkerSeat) -> Int32 = obedientWorker
    var monitor: (MonitorSeat) -> Int32 = { _ in 0 }
    var onStarting: () throws(HookEnding) -> Void = {}
    /// How the hook of that name ends.
    var endings: [String: HookEnding] = [:]
    /// Where the hooks that are called are written down.
    var notes = ""
    var reloading: () throws -> ArbiterOptions
    /// What is done instead of becoming another program.
    var program: ([(name: String, value: String)]) throws -> Void = { _ in }
    private(set) var calls: [String] = []

    init(_ options: ArbiterOptions) { reloading = { options } }

    func beforeFork() { calls.append("before") }
    func afterForkInParent() { calls.append("parent") }
    func afterForkInChild() { calls.append("child") }
    func wait(_ body: () -> Void) { body() }
    func starting() throws(HookEnding) {
        try onStarting()
        try call("starting")
    }
    func whenReady() throws(HookEnding) { try call("when_ready") }
    func reloaded() throws(HookEnding) { try call("on_reload") }
    func workerCountChanged(to count: Int, from former: Int?) throws(HookEnding) {
        try call("nworkers_changed", "\(count) \(former.map(String.init) ?? "None")")
    }
    func workerSpawns(age: Int) throws(HookEnding) { try call("pre_fork", "\(age)") }
    func workerEnded(pid: Int32, halts: Bool) throws(HookEnding) {
        try call("child_exit", halts ? "halts" : "")
    }
    func exiting() throws(HookEnding) { try call("on_exit") }
    func beforeProgram() throws(HookEnding) { try call("pre_exec") }
    func becomeProgram(_ variables: [(name: String, value: String)]) throws {
        try program(variables)
    }

    private func call(_ hook: String, _ more: String = "") throws(HookEnding) {
        var line = more.isEmpty ? "\(hook)\n" : "\(hook) \(more)\n"
        if !notes.isEmpty, let file = try? File.openForAppending(notes) {
            line.withUTF8 { _ = File.write(file, UnsafeRawBufferPointer($0)) }
            Descriptor.close(file)
        }
        if let ending = endings[hook] { throw ending }
    }
    func runWorker(_ seat: WorkerSeat) -> Int32 { worker(seat) }
    func runMonitor(_ seat: MonitorSeat) -> Int32 { monitor(seat) }
    func reload() throws -> ArbiterOptions { try reloading() }
}

/// An arbiter in a process of its own, watched through its log.
final class MasterUnderTest {
    let directory = TemporaryDirectory()
    var options = ArbiterOptions()
    private(set) var pid: Int32 = 0
    private(set) var exit: Exit?

    init() {
        options.banner = "gunicorn 27.0.1"
        options.bind = [.tcp(host: "127.0.0.1", port: 0)]
        options.pidFile = directory.path + "/pid"
        options.gracefulTimeoutSeconds = 5
    }

    var log: String { text("log") }

    func text(_ name: String) -> String {
        (try? String(contentsOfFile: directory.path + "/" + name, encoding: .utf8)) ?? ""
    }

    func write(_ name: String, _ text: String) {
        try? text.write(toFile: directory.path + "/" + name, atomically: true, encoding: .utf8)
    }

    func exists(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: directory.path + "/" + name)
    }

    /// Forks the arbiter; `set` gets its host before it runs.
    func start(level: Level = .info, _ set: (TestHost) -> Void = { _ in }) throws {
        let host = TestHost(options)
        set(host)
        pid = try Child.fork()
        guard pid == 0 else { return }
        CurrentProcess.setDeathSignal(.kill)
        readyFile = directory.path + "/ready"
        var none = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, nil)
        let errors = (try? File.openForAppending(directory.path + "/stderr")) ?? 2
        dup2(errors, 2)
        CurrentProcess.leave(status: run(host, level))
    }

    private func run(_ host: TestHost, _ level: Level) -> Int32 {
        do {
            let log = try Logger(level: level, target: .file(path: directory.path + "/log"))
            let arbiter = try Arbiter(options: options, log: log, host: host)
            return arbiter.run()
        } catch {
            write("failure", "\(error)")
            return 98
        }
    }

    /// Waits until the log holds a text so many times.
    func sees(_ text: String, times: Int = 1, withinSeconds seconds: Double = 15) -> Bool {
        eventually(withinSeconds: seconds) {
            self.log.components(separatedBy: text).count > times
        }
    }

    func eventually(withinSeconds seconds: Double = 15, _ isSo: () -> Bool) -> Bool {
        let deadline = Date().addingTimeInterval(seconds)
        while Date() < deadline {
            if isSo() { return true }
            usleep(5000)
        }
        return isSo()
    }

    func send(_ signal: Signal) { try? signal.send(to: pid) }

    /// Waits for the arbiter's end.
    func end(withinSeconds seconds: Double = 15) -> Exit? {
        _ = eventually(withinSeconds: seconds) {
            if let ended = Child.reap(self.pid) { self.exit = ended.exit }
            return self.exit != nil
        }
        return exit
    }

    /// The processes whose parent is the arbiter.
    var children: [Int32] {
        let path = "/proc/\(pid)/task/\(pid)/children"
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return text.split(separator: " ").compactMap { Int32($0) }
    }

    /// The workers that were ever ready, in the order in which they were.
    var ready: [Int32] { text("ready").split(separator: "\n").compactMap { Int32($0) } }

    /// The workers booted so far, in order.
    var booted: [Int32] {
        log.split(separator: "\n").compactMap { line in
            line.components(separatedBy: "Booting worker with pid: ").dropFirst().first
                .flatMap { Int32($0) }
        }
    }
}
