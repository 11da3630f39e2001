import Log
import Platform

/// What the arbiter knows of the control socket.
struct ControlState {
    var listener: Listener?
    var options: ArbiterOptions.ControlOptions?
    /// What was asked for and has been heard.
    var heard = ControlPage.Requests()
    /// Workers more, or fewer, that were asked for since the last turn.
    var resize = 0
}

/// The control socket is the monitor's to serve; the arbiter only opens it and hears, from the
/// shared pages, what was asked for. So no client of it can delay supervision.
extension Arbiter {
    /// Listens where the settings say; an unwritable place is a line in the log, and no more.
    func openControl() {
        guard control.options != options.control || control.listener == nil else { return }
        closeControl()
        control.options = options.control
        guard let wanted = options.control else { return }
        var made = ListenerOptions()
        made.backlog = 128
        made.unixMask = ~wanted.mode & 0o777
        do {
            try File.makeDirectories(above: wanted.path)
            control.listener = try Listener.bind(to: .unix(path: wanted.path), made)
            log.info("Control socket listening at \(wanted.path)")
        } catch {
            log.error("Control server error: \(error)")
        }
    }

    func closeControl() {
        control.listener?.close()
        control.listener?.unlink()
        control.listener = nil
    }

    // MARK: Clients

    /// What to wait for beside everything else: callers, while no monitor answers them.
    var unheardCallers: [Int32] {
        guard let listener = control.listener, monitor.pid == nil, monitor.restartAt == nil else {
            return []
        }
        return [listener.descriptor]
    }

    /// Whether somebody waits at the control socket: only then a monitor is needed for it.
    var isControlAsked: Bool {
        guard let listener = control.listener else { return false }
        return Descriptor.isReadable(listener.descriptor)
    }

    // MARK: Requests

    /// Takes down what was asked for, as if signals had said so.
    func hearControl() {
        let asked = pages.control.requests
        let heard = control.heard
        guard asked != heard else { return }
        control.heard = asked
        let signals: [(Signal, UInt64)] = [
            (.hangUp, asked.reloads &- heard.reloads),
            (.user1, asked.reopenings &- heard.reopenings),
            (.terminate, asked.stops &- heard.stops),
            (.interrupt, asked.quits &- heard.quits),
        ]
        for (signal, count) in signals where count > 0 {
            inbox.add(signal, times: Int(clamping: count))
        }
        control.resize += Int(asked.workers &- heard.workers)
        for number in heard.kills..<max(heard.kills, asked.kills) {
            let victim = pages.control.victim(number)
            if table[victim] != nil { deliver(.terminate, to: victim) }
        }
        pages.control.killsDone = asked.kills
        if asked.levels != heard.levels { take(level: Int(clamping: asked.level)) }
    }

    /// As TTIN and TTOU, in one step as in Gunicorn.
    func resizeAsControlled() {
        let former = table.target
        if control.resize != 0 {
            table.resize(by: control.resize, limit: Self.slotLimit / 2)
            control.resize = 0
        }
        if table.target != former {
            calling { () throws(HookEnding) in
                try host.workerCountChanged(to: table.target, from: former)
            }
        }
        let heard = Int32(truncatingIfNeeded: control.heard.workers)
        pages.control.granted = (table.target, heard)
    }

    // MARK: The level of the log

    private func take(level number: Int) {
        guard let level = Level(rawValue: number) else { return }
        log.info("Log level: \(level.name), until the next reload")
        log.follow(level)
        publish(level: number)
    }

    /// New settings have the say again.
    func forgetLevel() {
        if pages.control.level.number != 0 { publish(level: 0) }
    }

    private func publish(level number: Int) {
        let changes = pages.control.level.changes + 1
        pages.control.level = (number, changes)
    }
}
