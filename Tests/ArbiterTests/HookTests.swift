import Arbiter
import Foundation
import Log
import Platform
import Testing

/// When the operator's hooks are called, and what their ends do to the server.
@Suite struct HookTests {
    @Test func `hooks are called in the order of what happens`() async {
        await #expect(processExitsWith: .success) {
            let master = MasterUnderTest()
            try master.start { host in host.notes = master.directory.path + "/hooks" }
            #expect(master.eventually { master.ready.count == 1 })
            master.send(.inputOffered)
            #expect(master.eventually { master.ready.count == 2 })
            master.send(.terminate)
            #expect(master.end() == .status(0))
            let expected = [
                "nworkers_changed 1 None", "starting", "when_ready", "pre_fork 1",
                "nworkers_changed 2 1", "pre_fork 2", "child_exit", "child_exit", "on_exit", "",
            ]
            #expect(master.text("hooks").components(separatedBy: "\n") == expected)
        }
    }

    @Test func `the end of a hook decides the status`() async {
        await #expect(processExitsWith: .success) {
            let cases: [(hook: String, ending: HookEnding, status: Int32)] = [
                ("starting", .failed(traceback: "Traceback", sentence: ""), 1),
                ("when_ready", .stop(traceback: "StopIteration"), 1),
                ("when_ready", .halt(status: 5, reason: "why"), 5),
                ("nworkers_changed", .exit(status: 7), 7),
                ("pre_fork", .failed(traceback: "Traceback", sentence: "said"), 255),
                ("pre_fork", .halt(status: 5, reason: "why"), 5),
                ("pre_fork", .stop(traceback: ""), 0),
                ("on_exit", .failed(traceback: "Traceback", sentence: "said"), 1),
            ]
            for (hook, ending, status) in cases {
                let master = MasterUnderTest()
                try master.start { host in host.endings[hook] = ending }
                if hook == "on_exit" {
                    #expect(master.eventually { master.ready.count == 1 })
                    master.send(.terminate)
                }
                #expect(master.end() == .status(status), "\(hook) \(ending)")
                #expect(!master.exists("pid"))
            }
        }
    }
}
