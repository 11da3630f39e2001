import Log
import Platform

/// What the arbiter knows of the process that answers for our health.
struct MonitorState {
    var listeners = Listeners()
    var pid: Int32?
    /// When a monitor that ended may be born again.
    var restartAt: UInt64?
    var pause: UInt64 = shortestPause

    static let shortestPause = Clock.nanosecondsPerSecond / 10
    static let longestPause = 5 * Clock.nanosecondsPerSecond
}

/// The monitor is a process of its own, so that nobody who asks for health can delay supervision.
extension Arbiter {
    /// Forks the monitor when there should be one and is none.
    func keepMonitor(_ now: UInt64) throws(Departure) {
        guard monitor.pid == nil else { return }
        if let restartAt = monitor.restartAt, now < restartAt { return }
        guard !monitor.listeners.all.isEmpty || isControlAsked else { return }
        guard let child = fork("the monitor") else {
            monitor.restartAt = now + MonitorState.longestPause
            return
        }
        guard child != 0 else { throw Departure(status: watch()) }
        monitor.pid = child
        monitor.restartAt = nil
    }

    /// The monitor's whole life, in its own process.
    private func watch() -> Int32 {
        listeners.forget()
        CurrentProcess.setTitle("gunicorn: monitor [\(shownName)]")
        let seat = MonitorSeat(
            arbiterPID: pid,
            options: options,
            listeners: monitor.listeners.all,
            served: listeners.all,
            control: control.listener?.descriptor,
            pages: pages,
            lifeline: lifeline.readEnd,
            bell: bell
        )
        return host.runMonitor(seat)
    }

    /// It is born again, the later the more often it ends.
    func monitorEnded(_ exit: Exit, _ now: UInt64) {
        let former = monitor.pid ?? 0
        monitor.pid = nil
        monitor.restartAt = now + monitor.pause
        monitor.pause = min(monitor.pause * 2, MonitorState.longestPause)
        switch exit {
        case .status(0):
            // It was asked to go, or nobody has asked it anything for a while.
            if monitor.listeners.all.isEmpty { monitor.restartAt = nil }
        case .status(let code): log.error("Monitor (pid:\(former)) exited with code \(code).")
        case .signal(let signal): log.warning("Monitor (pid:\(former)) was sent \(signal.name)!")
        }
    }
}
