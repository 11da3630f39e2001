import Log
import Platform

/// What a reload that did not count goes back to.
struct PendingReload {
    let options: ArbiterOptions
    let listeners: Listeners
    let monitorListeners: Listeners
    let pidFile: PIDFile?
}

/// HUP: a new generation beside the one that serves. Nothing is taken away before the new workers
/// are ready, so whatever fails on the way leaves the old ones serving.
extension Arbiter {
    func reloadIfAsked() {
        if takeLogged(.hangUp) > 0 { isReloadWaiting = true }
        // One at a time: a HUP during a reload is answered by another one after it, unless that
        // one cannot end by itself.
        guard isReloadWaiting, !table.isReloading || isReloadStuck else { return }
        if table.isReloading {
            table.endReload()
            commitReload()
        }
        isReloadWaiting = false
        log.info("Hang up: \(masterName)")
        let microseconds = Clock.monotonicNanoseconds() / 1000
        let reloading = ServiceNotice().with("RELOADING", "1")
            .with("MONOTONIC_USEC", "\(microseconds)")
        tell(stating("Reloading", in: reloading))
        pages.arbiter.reloads += 1
        do {
            try adopt(try host.reload())
        } catch {
            reloadFailed("\(error)")
        }
    }

    /// New workers serve already, and those that are to follow do not boot.
    private var isReloadStuck: Bool { table.isReloadProven && pace.failures > 0 }

    /// Listens where the new settings say, and starts their generation.
    private func adopt(_ fresh: ArbiterOptions) throws {
        let former = PendingReload(
            options: options,
            listeners: listeners,
            monitorListeners: monitor.listeners,
            pidFile: pidFile
        )
        do {
            try listen(by: fresh)
            if fresh.pidFile != options.pidFile {
                pidFile = try pidPath(fresh).map { try PIDFile(claiming: $0, for: pid) }
            }
        } catch {
            goBack(to: former)
            host.abandonReload()
            throw ReloadFailure(error)
        }
        let count = table.target
        options = fresh
        pendingReload = former
        applyNumbers()
        table.beginReload(
            target: min(fresh.workers, Self.slotLimit / 2),
            batch: fresh.reloadBatch
        )
        pace.succeeded()
        pages.arbiter.workersWanted = table.target
        CurrentProcess.setTitle("gunicorn: master [\(shownName)]")
        host.reloadTaken()
        forgetLevel()
        calling { () throws(HookEnding) in
            try host.workerCountChanged(to: table.target, from: count)
        }
        calling(host.reloaded)
    }

    /// One attempt for each new address: the server must not stand still for five seconds.
    private func listen(by fresh: ArbiterOptions) throws(ListenerFailure) {
        let binding = PatientBinding(
            log: log,
            options: fresh.listener,
            attempts: 1,
            pause: { false }
        )
        let former = listeners
        // What an upgrade has passed on stays, as in Gunicorn, until the addresses change.
        let isLost = listeners.all.contains(where: \.isPathLost)
        if !isActivated
            && (isLost || fresh.bind != options.bind || fresh.listener != options.listener)
        {
            let wanted = fresh.listener.reusePort ? [] : fresh.bind
            listeners = try Listeners(wanted: wanted, keeping: former, bind: binding.bind)
        }
        monitor.listeners = try Listeners(
            wanted: fresh.monitorBind,
            keeping: monitor.listeners,
            bind: binding.bind
        )
        if listeners.all.map(\.descriptor) != former.all.map(\.descriptor) {
            log.info("Listening at: \(listeners.display(secure: fresh.isSecure))")
            host.listening(listeners.all)
        }
    }

    private func applyNumbers() {
        heartbeats.timeoutNanoseconds = options.timeoutNanoseconds
        pages.arbiter.timeoutNanoseconds = options.timeoutNanoseconds
    }

    private func goBack(to former: PendingReload) {
        host.listening(former.listeners.all)
        listeners.closeAll(except: former.listeners, unlinking: upgrade.isNone)
        monitor.listeners.closeAll(except: former.monitorListeners, unlinking: upgrade.isNone)
        if let file = pidFile, file.path != former.pidFile?.path { file.remove() }
        listeners = former.listeners
        monitor.listeners = former.monitorListeners
        pidFile = former.pidFile
        options = former.options
        applyNumbers()
    }

    /// The new generation is complete: what only the old one needed goes.
    func commitReload() {
        guard let former = pendingReload else { return }
        pendingReload = nil
        pages.arbiter.reloadFailed = false
        reloadFailure = nil
        host.reloadCounts()
        former.listeners.closeAll(except: listeners, unlinking: upgrade.isNone)
        if let file = former.pidFile, file.path != pidFile?.path { file.remove() }
        former.monitorListeners.closeAll(except: monitor.listeners, unlinking: upgrade.isNone)
        updateStore()
        openControl()
        // The next one has the new settings; whoever asks meanwhile waits in the listener's queue.
        if let child = monitor.pid {
            monitor.pause = MonitorState.shortestPause
            send(.terminate, to: child)
        }
    }

    /// The new generation does not come up: it goes, and the old one stays.
    func abandonReload(because reason: String) {
        guard let former = pendingReload else { return }
        pendingReload = nil
        goBack(to: former)
        table.abandonReload()
        pace.succeeded()
        pages.arbiter.workersWanted = table.target
        host.abandonReload()
        reloadFailed(reason)
    }

    private func reloadFailed(_ reason: String) {
        pages.arbiter.reloadFailed = true
        reloadFailure = reason
        log.error("Reload failed, the old workers go on serving: \(reason)")
        let ready = ArbiterMessage.ready(table.readyCount)
        let sentence = "\(ready) as before; the last reload failed: \(reason)"
        tell(stating(sentence, in: ServiceNotice().with("READY", "1")))
    }
}

/// Why the new settings could not be taken, in one sentence.
private struct ReloadFailure: Error, CustomStringConvertible {
    let description: String

    init(_ error: any Error) {
        switch error {
        case ListenerFailure.unreachable(let address, _):
            description = "cannot listen at \(address)"
        case ListenerFailure.hopeless(let cause): description = "\(cause)"
        default: description = "\(error)"
        }
    }
}
