import Foundation
import Platform
import Testing

@testable import Arbiter

private struct BrokenSettings: Error, CustomStringConvertible {
    let description = "Failed to read config file: gunicorn.conf.py"
}

/// HUP, when it works and when it does not.
@Suite(.serialized) struct ReloadTests {
    @Test func `new workers are ready before the old ones are asked to leave`() async {
        await #expect(processExitsWith: .success) {
            let master = MasterUnderTest()
            master.options.workers = 2
            let slow = master.directory.path + "/slow"
            try master.start { host in
                host.worker = { seat in
                    // The second generation boots for as long as the file is there.
                    while access(slow, F_OK) == 0 { usleep(5000) }
                    return obedientWorker(seat)
                }
                host.reloading = { [options = master.options] in
                    var options = options
                    options.workers = 3
                    return options
                }
            }
            #expect(master.eventually { master.ready.count == 2 })
            let old = master.booted
            master.write("slow", "")
            master.send(.hangUp)
            #expect(master.eventually { master.booted.count == 5 })
            #expect(master.log.contains("[INFO] Handling signal: hup\n"))
            #expect(master.log.contains("[INFO] Hang up: Master\n"))
            #expect(!master.log.contains("Worker exiting"))
            unlink(slow)
            #expect(master.sees("Worker exiting", times: 2))
            #expect(master.eventually { Set(master.children) == Set(master.booted.dropFirst(2)) })
            #expect(old.allSatisfy { master.log.contains("Worker exiting (pid: \($0))") })
            master.send(.terminate)
            #expect(master.end() == .status(0))
        }
    }

    @Test func `settings that cannot be read leave everything as it was`() async {
        await #expect(processExitsWith: .success) {
            let master = MasterUnderTest()
            try master.start { $0.reloading = { throw BrokenSettings() } }
            #expect(master.eventually { master.booted.count == 1 })
            master.send(.hangUp)
            #expect(
                master.sees(
                    "[ERROR] Reload failed, the old workers go on serving: "
                        + "Failed to read config file: gunicorn.conf.py"
                )
            )
            #expect(master.children == master.booted)
            #expect(master.text("pid") == "\(master.pid)\n")
            master.send(.terminate)
            #expect(master.end() == .status(0))
        }
    }

    @Test(arguments: [Int32(3), 1, 0])
    func `an application that no longer loads leaves the old workers serving`(
        status: Int32
    ) async {
        await #expect(processExitsWith: .success) { [status] in
            let master = MasterUnderTest()
            master.options.workers = 2
            let broken = master.directory.path + "/broken"
            try master.start { host in
                host.worker = { seat in
                    access(broken, F_OK) == 0 ? status : obedientWorker(seat)
                }
            }
            #expect(master.eventually { master.ready.count == 2 })
            let old = master.booted
            master.write("broken", "")
            master.send(.hangUp)
            #expect(master.sees("[ERROR] Reload failed, the old workers go on serving: "))
            #expect(master.eventually { Set(master.children) == Set(old) })
            // The next one can succeed.
            unlink(broken)
            master.send(.hangUp)
            #expect(
                master.eventually {
                    let now = Set(master.children)
                    return now.count == 2 && now.isDisjoint(with: old)
                }
            )
            master.send(.terminate)
            #expect(master.end() == .status(0))
        }
    }

    @Test func `TERM during a reload stops both generations`() async {
        await #expect(processExitsWith: .success) {
            let master = MasterUnderTest()
            let slow = master.directory.path + "/slow"
            try master.start { host in
                host.worker = { seat in
                    while access(slow, F_OK) == 0 { usleep(5000) }
                    return obedientWorker(seat)
                }
            }
            #expect(master.eventually { master.ready.count == 1 })
            master.write("slow", "")
            master.send(.hangUp)
            #expect(master.eventually { master.booted.count == 2 })
            master.send(.terminate)
            #expect(master.end(withinSeconds: 3) == .status(0))
            #expect(!master.log.contains("Reload failed"))
        }
    }

    @Test func `a changed address is bound, and the one that stays is kept`() async {
        await #expect(processExitsWith: .success) {
            let master = MasterUnderTest()
            let path = master.directory.path
            master.options.bind = [.unix(path: path + "/a"), .unix(path: path + "/b")]
            try master.start { host in
                host.reloading = { [options = master.options] in
                    var options = options
                    options.bind = [.unix(path: path + "/b"), .unix(path: path + "/c")]
                    return options
                }
            }
            #expect(master.sees("Listening at: unix:\(path)/a,unix:\(path)/b (\(master.pid))\n"))
            #expect(master.eventually { master.ready.count == 1 })
            master.send(.hangUp)
            #expect(master.sees("Listening at: unix:\(path)/b,unix:\(path)/c\n"))
            #expect(master.eventually { !master.exists("a") && master.exists("c") })
            #expect(master.exists("b"))
            master.send(.terminate)
            #expect(master.end() == .status(0))
            #expect(!master.exists("b"))
            #expect(!master.exists("c"))
        }
    }

    @Test func `an address that cannot be bound leaves the old ones`() async {
        await #expect(processExitsWith: .success) {
            let master = MasterUnderTest()
            let path = master.directory.path
            master.options.bind = [.unix(path: path + "/a")]
            try master.start { host in
                host.reloading = { [options = master.options] in
                    var options = options
                    options.bind = [.unix(path: path + "/c"), .unix(path: path + "/no/b")]
                    return options
                }
            }
            #expect(master.eventually { master.ready.count == 1 })
            master.send(.hangUp)
            #expect(master.sees("go on serving: cannot listen at \(path)/no/b"))
            #expect(master.exists("a"))
            #expect(!master.exists("c"))
            #expect(master.children == master.booted)
            master.send(.terminate)
            #expect(master.end() == .status(0))
        }
    }
}
