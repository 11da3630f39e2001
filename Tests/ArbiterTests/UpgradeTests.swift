import Foundation
import Platform
import Testing

@testable import Arbiter

@Suite struct InheritanceTests {
    @Test func `nothing is inherited without a process that it comes from`() throws {
        #expect(try Inheritance(variables: [:]) == Inheritance())
        #expect(try Inheritance(variables: ["GUNICORN_FD": "3,x"]) == Inheritance())
    }

    @Test func `the process and its descriptors are read`() throws {
        let found = try Inheritance(
            variables: ["GUNICORN_PID": "12", "GUNICORN_FD": "5,3", "SWIFTCORN_HEALTH_FD": "7"]
        )
        #expect(found.predecessor == 12)
        #expect(found.descriptors == [5, 3])
        #expect(found.monitorDescriptors == [7])
    }

    @Test(arguments: ["", "0", "-1", "x", "99999999999", "1 "])
    func `a process number has to be one`(text: String) {
        #expect(throws: InheritanceError.unreadable("GUNICORN_PID", text)) {
            try Inheritance(variables: ["GUNICORN_PID": text])
        }
    }

    @Test(arguments: ["x", "3,", ",3", "3,,4", "3,3", "-1", "3 ,4", "99999999999"])
    func `descriptors are numbers with commas, each once`(text: String) {
        #expect(throws: InheritanceError.unreadable("GUNICORN_FD", text)) {
            try Inheritance(variables: ["GUNICORN_PID": "12", "GUNICORN_FD": text])
        }
    }

    @Test func `a list without end is a mistake`() {
        let text = (0...Inheritance.descriptorsAtMost).map(String.init).joined(separator: ",")
        #expect(throws: InheritanceError.unreadable("GUNICORN_FD", text)) {
            try Inheritance(variables: ["GUNICORN_PID": "12", "GUNICORN_FD": text])
        }
    }
}

/// USR2, with a host that becomes no other program.
@Suite(.serialized) struct UpgradeTests {
    private struct NoProgram: Error, CustomStringConvertible {
        let description = "there is no program"
    }

    @Test func `a program that cannot be started leaves everything as it was`() async {
        await #expect(processExitsWith: .success) {
            let master = MasterUnderTest()
            try master.start { host in host.program = { _ in throw NoProgram() } }
            #expect(master.eventually { master.ready.count == 1 })
            for times in 1...2 {
                master.send(.user2)
                let line = "[ERROR] The new program cannot be started: there is no program"
                #expect(master.sees(line, times: times))
                #expect(master.sees("exited with code 1, this one goes on.", times: times))
            }
            #expect(master.children == master.booted)
            #expect(master.text("pid") == "\(master.pid)\n")
            master.send(.terminate)
            #expect(master.end() == .status(0))
        }
    }

    @Test func `a hook may end the process that is to become the program`() async {
        await #expect(processExitsWith: .success) {
            let master = MasterUnderTest()
            try master.start { $0.endings["pre_exec"] = .exit(status: 9) }
            #expect(master.eventually { master.ready.count == 1 })
            master.send(.user2)
            #expect(master.sees("exited with code 9, this one goes on."))
            #expect(master.children == master.booted)
            master.send(.terminate)
            #expect(master.end() == .status(0))
        }
    }

    @Test func `the next program is told of the sockets, which stay open for it`() async {
        await #expect(processExitsWith: .success) {
            let master = MasterUnderTest()
            let told = master.directory.path + "/told"
            try master.start { host in
                host.program = { variables in
                    let named = variables.map { "\($0.name)=\($0.value)" }
                    let number = variables.last.flatMap { Int32($0.value) } ?? -1
                    let flags = fcntl(number, F_GETFD)
                    let text = (named + ["\(flags)"]).joined(separator: " ")
                    try text.write(toFile: told, atomically: true, encoding: .utf8)
                    while true { pause() }
                }
            }
            #expect(master.eventually { master.ready.count == 1 })
            master.send(.user2)
            #expect(master.eventually { master.exists("told") })
            let parts = master.text("told").split(separator: " ")
            #expect(parts.count == 3)
            #expect(parts.first == "GUNICORN_PID=\(master.pid)")
            #expect(parts.dropFirst().first?.hasPrefix("GUNICORN_FD=") == true)
            #expect(parts.last == "0", "it is not closed by the exec")
            // A second one is refused while that one lives.
            master.send(.user2)
            #expect(master.sees("[WARNING] USR2 signal ignored. Child exists."))
            let successor = master.children.first { !master.booted.contains($0) } ?? 0
            try Signal.kill.send(to: successor)
            #expect(master.sees("[ERROR] The new master (pid:\(successor)) was sent SIGKILL"))
            master.send(.terminate)
            #expect(master.end() == .status(0))
        }
    }
}
