import Foundation
import Platform
import Testing

@testable import Arbiter

@Suite struct PIDFileTests {
    private let directory = TemporaryDirectory()
    private var path: String { directory.path + "/pid" }
    private var text: String? { try? String(contentsOfFile: path, encoding: .utf8) }

    @Test func `the file holds our number, is readable by all and goes with us`() throws {
        let file = try PIDFile(claiming: path, for: 4242)
        #expect(text == "4242\n")
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
        #expect(mode as? Int == 0o644)
        file.remove()
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
    }

    @Test func `a live process keeps its file`() throws {
        try "1\n".write(toFile: path, atomically: true, encoding: .utf8)
        #expect {
            try PIDFile(claiming: path, for: 4242)
        } throws: { error in
            "\(error)" == "Already running on PID 1 (or pid file '\(path)' is stale)"
        }
        #expect(text == "1\n")
    }

    @Test(arguments: ["2147483647\n", "", "no number", "-5", "0"])
    func `a stale or senseless file is taken over`(content: String) throws {
        try content.write(toFile: path, atomically: true, encoding: .utf8)
        let file = try PIDFile(claiming: path, for: 4242)
        #expect(text == "4242\n")
        file.remove()
    }

    @Test func `our own number in it is no obstacle`() throws {
        try "1".write(toFile: path, atomically: true, encoding: .utf8)
        _ = try PIDFile(claiming: path, for: 1)
        #expect(text == "1\n")
    }

    @Test func `a file that names somebody else by now is left`() throws {
        let file = try PIDFile(claiming: path, for: 4242)
        try "1\n".write(toFile: path, atomically: true, encoding: .utf8)
        file.remove()
        #expect(text == "1\n")
    }

    @Test func `a directory that is not there is told in Gunicorn's words`() {
        #expect {
            try PIDFile(claiming: "/nosuch/pid", for: 1)
        } throws: { error in
            "\(error)" == "/nosuch doesn't exist. Can't create pidfile."
        }
        #expect {
            try PIDFile(claiming: "/proc/pid", for: 1)
        } throws: { error in
            "\(error)" == "Can't create pidfile '/proc/pid': [Errno 2] No such file or directory"
        }
    }
}
