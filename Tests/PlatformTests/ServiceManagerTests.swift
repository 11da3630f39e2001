import Foundation
import Platform
import Testing

/// They change the environment, so they do it in processes of their own.
@Suite struct ServiceManagerTests {
    @Test func `without a service manager nobody listens`() async {
        await #expect(processExitsWith: .success) {
            let pid = try forked {
                unsetenv("NOTIFY_SOCKET")
                unsetenv("LISTEN_PID")
                guard ServiceManager.notify("READY=1") == .nobodyListens else { return 1 }
                return (try? ServiceManager.takeDescriptors())?.isEmpty == true ? 0 : 2
            }
            #expect(ended(pid) == .status(0))
        }
    }

    @Test func `what we tell arrives as it is`() async {
        await #expect(processExitsWith: .success) {
            let listener = try DatagramListener()
            let pid = try forked {
                setenv("NOTIFY_SOCKET", listener.path, 1)
                return ServiceManager.notify("READY=1\nSTATUS=fine") == .delivered ? 0 : 1
            }
            #expect(ended(pid) == .status(0))
            #expect(listener.next() == "READY=1\nSTATUS=fine")
        }
    }

    @Test func `passed descriptors come with their names, and only once`() async {
        await #expect(processExitsWith: .success) {
            let listener = try Listener.bind(
                to: .tcp(host: "127.0.0.1", port: 0),
                ListenerOptions()
            )
            defer { listener.close() }
            let pid = try forked {
                dup2(listener.descriptor, 3)
                setenv("LISTEN_PID", "\(CurrentProcess.pid)", 1)
                setenv("LISTEN_FDS", "1", 1)
                setenv("LISTEN_FDNAMES", "http", 1)
                guard let passed = try? ServiceManager.takeDescriptors() else { return 1 }
                guard passed.map(\.number) == [3], passed.map(\.name) == ["http"] else { return 2 }
                guard ServiceManager.isListening(3), getenv("LISTEN_FDS") == nil else { return 3 }
                return (try? ServiceManager.takeDescriptors())?.isEmpty == true ? 0 : 4
            }
            #expect(ended(pid) == .status(0))
        }
    }

    @Test func `what is malformed is refused with what it says`() async {
        await #expect(processExitsWith: .success) {
            let cases: [(pid: String, count: String, names: String?)] = [
                ("x", "1", "http"), ("ME", "x", "http"), ("ME", "-1", ""), ("ME", "1", "a:b"),
                ("ME", "500", nil), ("ME", "99999999999999999999", nil),
            ]
            for given in cases {
                let pid = try forked {
                    let number = given.pid == "ME" ? "\(CurrentProcess.pid)" : given.pid
                    setenv("LISTEN_PID", number, 1)
                    setenv("LISTEN_FDS", given.count, 1)
                    if let names = given.names { setenv("LISTEN_FDNAMES", names, 1) }
                    do throws(ActivationFailure) {
                        _ = try ServiceManager.takeDescriptors()
                        return 1
                    } catch {
                        let text = error.description
                        return text.contains("LISTEN_FDS=\(given.count)") ? 0 : 2
                    }
                }
                #expect(ended(pid) == .status(0), "\(given)")
            }
        }
    }

    @Test func `sockets of another process, and none at all, are no sockets of ours`() async {
        await #expect(processExitsWith: .success) {
            let pid = try forked {
                setenv("LISTEN_PID", "1", 1)
                setenv("LISTEN_FDS", "1", 1)
                guard (try? ServiceManager.takeDescriptors()) == [] else { return 1 }
                setenv("LISTEN_PID", "\(CurrentProcess.pid)", 1)
                setenv("LISTEN_FDS", "0", 1)
                return (try? ServiceManager.takeDescriptors()) == [] ? 0 : 2
            }
            #expect(ended(pid) == .status(0))
        }
    }

    @Test func `the watchdog is ours where it names us or nobody`() async {
        await #expect(processExitsWith: .success) {
            let pid = try forked {
                unsetenv("WATCHDOG_PID")
                unsetenv("WATCHDOG_USEC")
                guard ServiceManager.watchdogNanoseconds == nil else { return 1 }
                setenv("WATCHDOG_USEC", "2000000", 1)
                guard ServiceManager.watchdogNanoseconds == 2_000_000_000 else { return 2 }
                setenv("WATCHDOG_PID", "\(CurrentProcess.pid)", 1)
                guard ServiceManager.watchdogNanoseconds == 2_000_000_000 else { return 3 }
                setenv("WATCHDOG_PID", "1", 1)
                guard ServiceManager.watchdogNanoseconds == nil else { return 4 }
                unsetenv("WATCHDOG_PID")
                for text in ["", "0", "-1", "x", "99999999999999999999"] {
                    setenv("WATCHDOG_USEC", text, 1)
                    guard ServiceManager.watchdogNanoseconds == nil else { return 5 }
                }
                return 0
            }
            #expect(ended(pid) == .status(0))
        }
    }
}
