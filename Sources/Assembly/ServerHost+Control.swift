import Arbiter
import CommandLine
import Control
import Monitor
import Platform
import Settings

/// What the control socket shows of this generation, and how it is asked.
extension ServerHost {
    func controlPlan(of seat: MonitorSeat) -> ControlPlan? {
        guard let listener = seat.control else { return nil }
        var plan = ControlPlan(
            listener: listener,
            workersAtMost: seat.pages.slotCount / 2,
            ring: seat.ring,
            split: { text in
                do throws(ShellWords.Flaw) {
                    return try ShellWords.split(text)
                } catch {
                    throw ControlCommand.Flaw(error.text)
                }
            }
        )
        plan.addresses = seat.served.map { listener in
            let family = listener.address.family
            return ControlPlan.Address(
                address: listener.display(secure: seat.options.isSecure),
                descriptor: listener.descriptor,
                type: family == .unix ? "unix" : family == .ipv6 ? "tcp6" : "tcp"
            )
        }
        let settings = generation.settings
        plan.settings = Self.shownSettings.map { name in
            JSONValue.Member(name: name, value: shown(settings, name))
        }
        plan.hasOwnLogger = settings.loggerClass != nil
        return plan
    }

    /// The ones that Gunicorn shows, in its order.
    private static let shownSettings = [
        "bind", "workers", "worker_class", "threads", "timeout", "graceful_timeout", "keepalive",
        "max_requests", "max_requests_jitter", "worker_connections", "preload_app", "daemon",
        "pidfile", "proc_name", "reload", "dirty_workers", "dirty_apps", "dirty_timeout",
        "control_socket", "control_socket_disable",
    ]

    /// A worker's class is shown as Python shows one.
    private func shown(_ settings: Settings, _ name: String) -> JSONValue {
        if name == "worker_class", let uri = settings.workerClass {
            return .text("<class '\(WorkerClassName(uri: uri)?.path ?? uri)'>")
        }
        return switch settings[name] {
        case .none: .null
        case .bool(let flag): .flag(flag)
        case .integer(let number): .number("\(number)")
        case .text(let text): .text(text)
        case .list(let items): .list(items.map(JSONValue.text))
        case let value: .text(value.pythonText(object: settings.surroundings.objectText))
        }
    }
}
