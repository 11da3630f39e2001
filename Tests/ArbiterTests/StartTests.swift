import Foundation
import Log
import Platform
import Testing

@testable import Arbiter

/// Starts that must not happen, and what the service manager sees of those that do.
@Suite(.serialized) struct StartTests {
    @Test func `a port in use is tried five times and leaves nothing behind`() async {
        await #expect(processExitsWith: .success) {
            let taken = try Listener.bind(
                to: .tcp(host: "127.0.0.1", port: 0),
                ListenerOptions()
            )
            let port = taken.address.port
            let master = MasterUnderTest()
            let path = master.directory.path + "/s"
            master.options.bind = [.unix(path: path), .tcp(host: "127.0.0.1", port: port)]
            try master.start(level: .debug)
            #expect(master.sees("Starting gunicorn"))
            #expect(master.end() == .status(1))
            let address = "('127.0.0.1', \(port))"
            func count(_ text: String) -> Int { master.log.components(separatedBy: text).count - 1 }
            #expect(count("[ERROR] Connection in use: \(address)\n") == 5)
            #expect(
                count(
                    "[ERROR] connection to \(address) failed: "
                        + "[Errno 98] Address already in use\n"
                ) == 5
            )
            #expect(count("[DEBUG] Retrying in 1 second.\n") == 5)
            #expect(master.log.hasSuffix("[ERROR] Can't connect to \(address)\n"))
            #expect(!master.exists("pid"))
            #expect(!master.exists("s"))
        }
    }

    @Test func `TERM while an address is tried ends the start at once`() async {
        await #expect(processExitsWith: .success) {
            let master = MasterUnderTest()
            master.options.bind = [.unix(path: "/nosuch/s")]
            try master.start()
            #expect(master.sees("connection to /nosuch/s failed: [Errno 2] No such file"))
            master.send(.terminate)
            #expect(master.end(withinSeconds: 2) == .status(0))
            #expect(!master.exists("pid"))
        }
    }

    @Test func `a live pid file refuses the start`() async {
        await #expect(processExitsWith: .success) {
            let master = MasterUnderTest()
            master.write("pid", "1\n")
            try master.start()
            #expect(master.end() == .status(1))
            let path = master.directory.path + "/pid"
            #expect(
                master.text("stderr")
                    == "\nError: Already running on PID 1 (or pid file '\(path)' is stale)\n\n"
            )
            #expect(master.text("pid") == "1\n")
        }
    }

    @Test func `a file in the socket's place refuses the start`() async {
        await #expect(processExitsWith: .success) {
            let master = MasterUnderTest()
            master.write("s", "text")
            let path = master.directory.path + "/s"
            master.options.bind = [.unix(path: path)]
            try master.start()
            #expect(master.end() == .status(1))
            #expect(master.text("stderr") == "\nError: '\(path)' is not a socket\n\n")
            #expect(master.text("s") == "text")
            #expect(!master.exists("pid"))
        }
    }

    @Test func `TERM at any moment of the start is clean`() async {
        await #expect(processExitsWith: .success) {
            for step in 0..<40 {
                let master = MasterUnderTest()
                master.options.workers = 2
                try master.start()
                // Before its handlers are there a process has none: from the first line on.
                #expect(master.sees("Starting"))
                usleep(UInt32(step) * 300)
                master.send(.terminate)
                #expect(master.end() == .status(0), "step \(step)")
                #expect(!master.exists("pid"), "step \(step)")
            }
        }
    }

    @Test func `READY is told when all workers are ready, and STOPPING at the end`() async {
        await #expect(processExitsWith: .success) {
            let master = MasterUnderTest()
            master.options.workers = 2
            let path = master.directory.path + "/notify"
            let socket = try NotifySocket(path)
            let slow = master.directory.path + "/slow"
            master.write("slow", "")
            setenv("NOTIFY_SOCKET", path, 1)
            try master.start { host in
                host.worker = { seat in
                    while seat.age == 2 && access(slow, F_OK) == 0 { usleep(5000) }
                    return obedientWorker(seat)
                }
            }
            #expect(master.eventually { socket.heard("STATUS=Starting 2 workers") })
            #expect(master.eventually { master.children.count == 2 })
            #expect(!socket.heard("READY=1"))
            unlink(slow)
            #expect(
                master.eventually {
                    socket.heard("READY=1\nMAINPID=\(master.pid)\nSTATUS=2 workers ready")
                }
            )
            master.send(.hangUp)
            #expect(master.eventually { socket.heard("RELOADING=1\nMONOTONIC_USEC=") })
            #expect(master.eventually { socket.count("READY=1") == 2 })
            master.send(.terminate)
            #expect(master.end() == .status(0))
            #expect(master.eventually { socket.heard("STOPPING=1") })
        }
    }

    @Test func `passed sockets replace the configured addresses and are left alone`() async {
        await #expect(processExitsWith: .success) {
            let master = MasterUnderTest()
            let path = master.directory.path + "/s"
            let passed = try Listener.bind(to: .unix(path: path), ListenerOptions())
            master.options.bind = [.unix(path: "/nosuch/s")]
            reserveThree()
            try master.start { host in
                host.onStarting = {
                    // As the service manager leaves it: descriptor 3, and who it is meant for.
                    dup2(passed.descriptor, 3)
                    setenv("LISTEN_FDS", "1", 1)
                    setenv("LISTEN_PID", "\(CurrentProcess.pid)", 1)
                }
            }
            #expect(master.sees("Listening at: unix:\(path) (\(master.pid))\n"))
            #expect(master.eventually { master.ready.count == 1 })
            master.send(.hangUp)
            #expect(master.sees("Worker exiting"))
            master.send(.terminate)
            #expect(master.end() == .status(0))
            #expect(master.exists("s"))
        }
    }

    @Test func `a passed descriptor that is no listening socket refuses the start`() async {
        await #expect(processExitsWith: .success) {
            let master = MasterUnderTest()
            let file = open("/dev/null", O_RDONLY)
            reserveThree()
            try master.start { host in
                host.onStarting = {
                    dup2(file, 3)
                    setenv("LISTEN_FDS", "1", 1)
                    setenv("LISTEN_PID", "\(CurrentProcess.pid)", 1)
                }
            }
            #expect(master.end() == .status(1))
            #expect(
                master.text("stderr")
                    == "\nError: The service manager passed what we cannot serve: "
                    + "fd://3: [Errno 88] Socket operation on non-socket\n\n"
            )
            #expect(!master.exists("pid"))
        }
    }

    @Test func `the monitor is restarted, sees the draining and goes last`() async {
        await #expect(processExitsWith: .success) {
            let master = MasterUnderTest()
            let path = master.directory.path
            master.options.monitorBind = [.unix(path: path + "/health")]
            try master.start { host in
                host.monitor = { seat in
                    guard let inbox = try? SignalInbox(watching: [.terminate]) else { return 1 }
                    var seen: Set<String> = []
                    while inbox.take(.terminate) == 0 {
                        usleep(1000)
                        let state = "\(seat.pages.arbiter.state)"
                        guard seen.insert(state).inserted else { continue }
                        let line = "\(CurrentProcess.pid) \(state)\n"
                        guard let file = try? File.openForAppending(path + "/states") else {
                            return 2
                        }
                        Array(line.utf8).withUnsafeBytes { _ = File.write(file, $0) }
                        Descriptor.close(file)
                    }
                    return 0
                }
                host.worker = { seat in
                    let status = obedientWorker(seat)
                    usleep(50_000)
                    return status
                }
            }
            func monitors() -> [Int32] {
                master.text("states").split(separator: "\n").compactMap {
                    $0.split(separator: " ").first.flatMap { Int32($0) }
                }
            }
            #expect(master.eventually { master.text("states").contains("ready") })
            let first = monitors().first ?? 0
            try Signal.kill.send(to: first)
            #expect(master.sees("Monitor (pid:\(first)) was sent SIGKILL!"))
            #expect(master.eventually { Set(monitors()).count == 2 })
            master.send(.terminate)
            #expect(master.end() == .status(0))
            #expect(master.text("states").contains("draining"))
            #expect(!master.exists("health"))
            #expect(monitors().allSatisfy { kill($0, 0) != 0 })
        }
    }
}

/// Sees to it that the arbiter of a test makes no descriptor of its own with the number 3.
private func reserveThree() {
    if fcntl(3, F_GETFD) < 0 { dup2(2, 3) }
}

/// The service manager's side of `NOTIFY_SOCKET`.
final class NotifySocket {
    private let descriptor: Int32
    private var messages: [String] = []

    init(_ path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        if result != 0 { throw SystemError(call: "bind", errno: errno) }
    }

    private func receive() {
        var room = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(descriptor, &room, room.count, Int32(MSG_DONTWAIT))
            guard count >= 0 else { return }
            messages.append(String(decoding: room.prefix(count), as: UTF8.self))
        }
    }

    func count(_ text: String) -> Int {
        receive()
        return messages.count { $0.hasPrefix(text) }
    }

    func heard(_ text: String) -> Bool { count(text) > 0 }
}
