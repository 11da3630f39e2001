import Control
import Platform

/// Answers the requests of the control socket: shows what the shared pages show, and takes down for
/// the arbiter what is to change.
struct ControlDesk {
    /// A command that is one, and cannot be carried out now.
    private struct Failure: Error { let text: String }

    private let pages: SharedPages
    private let plan: ControlPlan
    private let facts: ServerFacts
    private let health: Health
    private let status: () -> String

    init(
        _ pages: SharedPages,
        _ plan: ControlPlan,
        _ facts: ServerFacts,
        _ health: Health,
        status: @escaping () -> String
    ) {
        self.pages = pages
        self.plan = plan
        self.facts = facts
        self.health = health
        self.status = status
    }

    /// The answer to one message; nil for what is none.
    func answer(_ message: [UInt8]) -> String? {
        guard let request = ControlRequest(message) else { return nil }
        var json = JSONText()
        do {
            let words = try words(of: request)
            let command = try ControlCommand(words: words)
            let data = try data(for: command)
            json.object { json in
                json.set("id", request.id)
                json.set("status", "ok")
                json.embed("data", data)
            }
        } catch {
            json.object { json in
                json.set("id", request.id)
                json.set("status", "error")
                json.set("error", Self.words(for: error))
            }
        }
        return json.text
    }

    private static func words(for error: any Error) -> String {
        switch error {
        case let flaw as ControlCommand.Flaw where flaw.text == "Empty command": flaw.text
        case let flaw as ControlCommand.Flaw: "Invalid argument: \(flaw.text)"
        case let failure as Failure: "Command failed: \(failure.text)"
        default: "Invalid argument: \(error)"
        }
    }

    private func words(of request: ControlRequest) throws -> [String] {
        let hasCommand = request.command.contains { !$0.isWhitespace }
        // As in Gunicorn arguments alone are no command.
        guard hasCommand else { throw ControlCommand.Flaw("Empty command") }
        return try plan.split(request.command) + request.arguments
    }

    private func data(for command: ControlCommand) throws -> String {
        switch command {
        case .show(let subject): view.text(of: subject)
        case .help: ControlHelp.text
        case .status: status()
        case .health: healthText
        case .resizeDirty: noDirtyPool
        case .addWorkers(let count): try resize("added") { $0 + min(count, plan.workersAtMost) }
        case .removeWorkers(let count):
            try resize("removed") { max(1, $0 - min(count, plan.workersAtMost)) }
        case .scale(let count): try resize("") { _ in count }
        case .killWorker(let pid): try kill(pid)
        case .reload: try ask("reloading") { $0.reloads += 1 }
        case .reopen: try ask("reopening") { $0.reopenings += 1 }
        case .shutDown(let mode): try shutDown(mode)
        case .setLevel(let name): try setLevel(name)
        }
    }

    private var view: ControlView { ControlView(pages: pages, plan: plan) }

    private var noDirtyPool: String {
        Self.object { json in
            json.set("success", false)
            json.set("error", "Dirty arbiter not running")
        }
    }

    private static func object(_ body: (inout JSONText) -> Void) -> String {
        var json = JSONText()
        json.object(nil, body)
        return json.text
    }

    // MARK: Changes

    private func change(_ body: (inout ControlPage.Requests) -> Void) {
        var requests = pages.control.requests
        body(&requests)
        pages.control.requests = requests
        plan.ring()
    }

    private func refuseWhileLeaving() throws(Failure) {
        if pages.arbiter.isLeaving { throw Failure(text: "the server is stopping") }
    }

    private func ask(
        _ status: String,
        _ body: (inout ControlPage.Requests) -> Void
    ) throws(Failure) -> String {
        if status == "reloading" { try refuseWhileLeaving() }
        change(body)
        return Self.object { $0.set("status", status) }
    }

    private func shutDown(_ mode: String) throws(Failure) -> String {
        change { requests in
            if mode == "quick" { requests.quits += 1 } else { requests.stops += 1 }
        }
        return Self.object { json in
            json.set("status", "shutting_down")
            json.set("mode", mode)
        }
    }

    /// Wants another number of workers, and says how many more or fewer that are.
    private func resize(_ verb: String, _ wish: (Int) -> Int) throws(Failure) -> String {
        try refuseWhileLeaving()
        let asked = pages.control.requests.workers
        let granted = pages.control.granted
        // What was asked for and the arbiter has not got round to.
        let waiting = Int32(truncatingIfNeeded: asked) &- granted.workers
        let former = granted.target + Int(waiting)
        let wanted = min(wish(former), plan.workersAtMost)
        change { $0.workers += Int64(wanted - former) }
        return Self.object { json in
            if !verb.isEmpty { json.set(verb, abs(wanted - former)) }
            json.set("previous", former)
            json.set("total", wanted)
        }
    }

    private func kill(_ pid: Int) throws(Failure) -> String {
        let workers = view.workers
        guard let victim = Int32(exactly: pid), workers.contains(where: { $0.pid == victim })
        else {
            return Self.object { json in
                json.set("success", false)
                json.set("error", "Worker \(pid) not found")
            }
        }
        let number = pages.control.requests.kills
        let waiting = number &- pages.control.killsDone
        guard waiting < UInt64(ControlPage.killsAtMost) else {
            throw Failure(text: "the arbiter is busy, try again")
        }
        pages.control.setVictim(number, victim)
        change { $0.kills += 1 }
        return Self.object { json in
            json.set("success", true)
            json.set("killed", pid)
        }
    }

    private func setLevel(_ name: String) throws(Failure) -> String {
        guard !plan.hasOwnLogger else {
            throw Failure(text: "the level is the operator's logger class's to set")
        }
        let numbers: [String: UInt64] = [
            "debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50,
        ]
        change { requests in
            requests.levels += 1
            requests.level = numbers[name] ?? 20
        }
        return Self.object { json in json.set("level", name) }
    }

    // MARK: Health

    private var healthText: String {
        let now = Clock.monotonicNanoseconds()
        return Self.object { json in
            for (key, checks) in [
                ("started", health.startup()), ("live", health.liveness(now: now)),
                ("ready", health.readiness(now: now)),
            ] {
                json.object(key) { json in
                    let fault = checks.compactMap(\.fault).first
                    json.set("ok", fault == nil)
                    if let fault { json.set("reason", fault) }
                }
            }
        }
    }
}
