import Foundation
import Platform
import Testing

@testable import Log

/// A logger of somebody else's.
private final class Relay: LogRelay {
    var threshold = Level.info
    var isReachable = true
    var works = true
    private(set) var said: [String] = []
    private(set) var reopened = 0

    func deliver(_ record: LogRecord) -> Bool {
        guard works else { return false }
        said.append("\(record.level.name) \(record.text)")
        return true
    }

    func reopen() { reopened += 1 }
}

private struct Failure: LoggedFailure {
    let traceback = "Traceback\nValueError: x"
    let typeName = "ValueError"
    let message = "x"
}

@Suite struct LogRelayTests {
    private let directory = TemporaryDirectory()
    private let relay = Relay()
    private let log: Logger

    init() throws {
        log = try Logger(level: .warning, target: .file(path: directory.path + "/e"))
        log.hand(to: relay)
    }

    @Test func `the relay says every line, and decides how grave it has to be`() {
        log.info("a")
        log.debug("b")
        log.error("c", Failure())
        #expect(relay.said == ["INFO a", "ERROR c\nTraceback\nValueError: x"])
        #expect(directory.text("e").isEmpty)
        log.hand(to: nil)
        log.info("d")
        log.warning("e")
        #expect(relay.said.count == 2)
        #expect(directory.text("e").hasSuffix("[WARNING] e\n"))
    }

    @Test func `what the relay cannot say is written natively`() {
        relay.works = false
        log.error("a", Failure())
        #expect(directory.text("e").hasSuffix("[ERROR] a\nTraceback\nValueError: x\n"))
    }

    @Test func `lines wait for a thread that can reach the relay`() {
        relay.isReachable = false
        log.info("a")
        log.info("b")
        #expect(relay.said.isEmpty)
        relay.isReachable = true
        log.info("c")
        #expect(relay.said == ["INFO a", "INFO b", "INFO c"])
        relay.isReachable = false
        log.info("d")
        relay.isReachable = true
        log.sayWaiting()
        #expect(relay.said.last == "INFO d")
    }

    @Test func `the oldest of too many that wait are given up, and counted`() {
        relay.isReachable = false
        for number in 0..<WaitingRecords.longest + 5 { log.info("\(number)") }
        relay.isReachable = true
        log.sayWaiting()
        #expect(relay.said.first == "INFO 5")
        #expect(relay.said.count == WaitingRecords.longest)
        #expect(directory.text("e").hasSuffix("5 log lines were lost: nobody took them\n"))
    }

    @Test func `its files are opened again with the others`() throws {
        try log.reopen()
        #expect(relay.reopened == 1)
    }
}
