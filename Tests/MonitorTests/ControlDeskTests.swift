import Control
import Platform
import Testing

@testable import Monitor

/// A desk over shared pages that no arbiter looks at.
private struct Desk {
    let pages: SharedPages
    private let desk: ControlDesk

    init(workers: Int, hasOwnLogger: Bool = false) throws {
        pages = try SharedPages(slots: 64)
        pages.arbiter.state = .ready
        pages.arbiter.pid = 7
        pages.arbiter.workersWanted = workers
        pages.arbiter.slotsInUse = workers
        pages.control.granted = (workers, 0)
        for index in 0..<workers {
            let slot = pages.slot(index)
            slot.occupy(age: index + 1, now: Clock.monotonicNanoseconds())
            slot.pid = Int32(100 + index)
        }
        var plan = ControlPlan(
            listener: -1,
            workersAtMost: 32,
            ring: {},
            split: { text in text.split(separator: " ").map(String.init) }
        )
        plan.hasOwnLogger = hasOwnLogger
        desk = ControlDesk(pages, plan, ServerFacts(), Health(pages: pages)) { "{}" }
    }

    func ask(_ command: String) -> String {
        let message = #"{"id": 1, "command": "\#(command)"}"#
        return desk.answer(Array(message.utf8)) ?? "no answer"
    }

    func error(_ command: String) -> String? {
        guard case .text(let text)? = try? JSONReader.read(Array(ask(command).utf8))["error"] else {
            return nil
        }
        return text
    }

    func data(_ command: String, _ key: String) -> JSONValue? {
        (try? JSONReader.read(Array(ask(command).utf8)))?["data"]?[key]
    }
}

@Suite struct ControlDeskTests {
    @Test func `what was asked for counts before the arbiter has got round to it`() throws {
        let desk = try Desk(workers: 2)
        #expect(desk.data("worker add 2", "total") == .number("4"))
        #expect(desk.data("worker add", "total") == .number("5"))
        #expect(desk.data("worker remove 9", "removed") == .number("4"))
        #expect(desk.data("scale 3", "previous") == .number("1"))
        #expect(desk.pages.control.requests.workers == 1)
        desk.pages.control.granted = (3, 1)
        #expect(desk.data("worker add", "previous") == .number("3"))
    }

    @Test func `no number is too large to be asked for, or too small`() throws {
        let desk = try Desk(workers: 2)
        #expect(desk.data("worker add 99999999999999999999", "total") == .number("32"))
        #expect(desk.data("worker add 5", "added") == .number("0"))
        #expect(desk.data("worker remove 99999999999999999999", "total") == .number("1"))
        #expect(desk.data("worker remove -99999999999999999999", "total") == .number("1"))
        #expect(desk.data("scale 99999999999999999999", "total") == .number("32"))
        #expect(desk.data("worker kill -99999999999999999999", "success") == .flag(false))
    }

    @Test func `only so many workers wait for their end`() throws {
        let desk = try Desk(workers: 20)
        for index in 0..<ControlPage.killsAtMost {
            #expect(desk.data("worker kill \(100 + index)", "killed") == .number("\(100 + index)"))
        }
        #expect(desk.error("worker kill 119") == "Command failed: the arbiter is busy, try again")
        #expect(desk.pages.control.victim(3) == 103)
        desk.pages.control.killsDone = 1
        #expect(desk.data("worker kill 119", "success") == .flag(true))
        #expect(desk.pages.control.victim(16) == 119)
        #expect(desk.data("worker kill 7", "success") == .flag(false))
    }

    @Test func `each request is one more of its kind`() throws {
        let desk = try Desk(workers: 1)
        for command in [
            "reload", "reload", "reopen", "shutdown", "drain", "shutdown quick", "log-level error",
        ] {
            #expect(desk.error(command) == nil)
        }
        let asked = desk.pages.control.requests
        #expect(asked.reloads == 2 && asked.reopenings == 1)
        #expect(asked.stops == 2 && asked.quits == 1)
        #expect(asked.levels == 1 && asked.level == 40)
    }

    @Test func `a server that leaves is changed no more, and is still looked at`() throws {
        let desk = try Desk(workers: 1)
        desk.pages.arbiter.state = .draining
        for command in ["reload", "scale 2", "worker add", "worker remove"] {
            #expect(desk.error(command) == "Command failed: the server is stopping")
        }
        #expect(desk.data("show workers", "count") == .number("1"))
        #expect(desk.data("health", "ready")?["reason"] == .text("draining"))
        #expect(desk.error("shutdown quick") == nil)
    }

    @Test func `the operator's own logger keeps its level`() throws {
        let desk = try Desk(workers: 1, hasOwnLogger: true)
        #expect(desk.error("log-level debug") != nil)
        #expect(desk.pages.control.requests.levels == 0)
    }

    @Test(arguments: ["show all", "show workers", "show stats", "show config", "help"])
    func `every answer is JSON`(command: String) throws {
        let answer = try JSONReader.read(Array(Desk(workers: 2).ask(command).utf8))
        #expect(answer["status"] == .text("ok"))
    }
}
