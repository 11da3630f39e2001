import Control
import Platform

/// What Gunicorn's `show` commands show, key by key, read from the shared pages.
struct ControlView {
    let pages: SharedPages
    let plan: ControlPlan

    /// Workers that live, oldest first.
    var workers: [WorkerSlot] {
        (0..<min(pages.arbiter.slotsInUse, pages.slotCount)).map(pages.slot)
            .filter { $0.pid > 0 && $0.state != .empty }
            .sorted { $0.age < $1.age }
    }

    func text(of subject: ControlCommand.Subject) -> String {
        var json = JSONText()
        json.object { json in
            switch subject {
            case .all: writeAll(&json)
            case .workers: writeWorkers(&json)
            case .dirty: writeDirty(&json)
            case .config: writeConfig(&json)
            case .stats: writeStatistics(&json)
            case .listeners: writeListeners(&json)
            }
        }
        return json.text
    }

    private func writeAll(_ json: inout JSONText) {
        json.object("arbiter") { json in
            json.set("pid", pages.arbiter.pid)
            json.set("type", "arbiter")
            json.set("role", "master")
        }
        let workers = workers
        json.array("web_workers") { json in
            for worker in workers {
                json.object { json in
                    json.set("pid", worker.pid)
                    json.set("type", "web")
                    json.set("age", worker.age)
                    json.set("booted", worker.state != .booting)
                    json.set("last_heartbeat", seconds(since: worker.heartbeat))
                }
            }
        }
        json.set("web_worker_count", workers.count)
        json.setNothing("dirty_arbiter")
        json.array("dirty_workers") { _ in }
        json.set("dirty_worker_count", 0)
    }

    private func writeWorkers(_ json: inout JSONText) {
        let workers = workers
        let timeout = pages.arbiter.timeoutNanoseconds
        let now = Clock.monotonicNanoseconds()
        json.array("workers") { json in
            for worker in workers {
                let heartbeat = worker.heartbeat
                json.object { json in
                    json.set("pid", worker.pid)
                    json.set("age", worker.age)
                    json.set("booted", worker.state != .booting)
                    // It has been silent for longer than it may: the arbiter ends it.
                    let isLate = timeout > 0 && now > heartbeat && now - heartbeat > timeout
                    json.set("aborted", isLate)
                    json.set("last_heartbeat", seconds(since: heartbeat))
                }
            }
        }
        json.set("count", workers.count)
    }

    private func writeDirty(_ json: inout JSONText) {
        json.set("enabled", false)
        json.setNothing("pid")
        json.array("workers") { _ in }
        json.array("apps") { _ in }
    }

    private func writeConfig(_ json: inout JSONText) {
        for setting in plan.settings { json.set(setting.name, setting.value) }
    }

    private func writeStatistics(_ json: inout JSONText) {
        let arbiter = pages.arbiter
        let spawned = (0..<min(arbiter.slotsInUse, pages.slotCount))
            .reduce(UInt64(0)) { $0 &+ pages.slot($1).statistics.births }
        let startedAt = arbiter.startedAt
        let now = Clock.realtimeNanoseconds()
        json.set("uptime", now > startedAt ? rounded(now - startedAt) : 0)
        json.set("pid", arbiter.pid)
        json.set("workers_current", workers.count)
        json.set("workers_target", arbiter.workersWanted)
        json.set("workers_spawned", spawned)
        json.set("workers_killed", pages.control.workersKilled)
        json.set("reloads", arbiter.reloads)
        json.setNothing("dirty_arbiter_pid")
    }

    private func writeListeners(_ json: inout JSONText) {
        json.array("listeners") { json in
            for listener in plan.addresses {
                json.object { json in
                    json.set("address", listener.address)
                    json.set("fd", listener.descriptor)
                    json.set("type", listener.type)
                }
            }
        }
        json.set("count", plan.addresses.count)
    }

    private func seconds(since moment: UInt64) -> Double {
        let now = Clock.monotonicNanoseconds()
        return now > moment ? rounded(now - moment) : 0
    }

    /// Seconds, to the hundredth.
    private func rounded(_ nanoseconds: UInt64) -> Double {
        Double(nanoseconds / 10_000_000) / 100
    }
}
