import Log
import Platform

/// Births and deaths.
extension Arbiter {
    // MARK: Reap

    /// Collects whoever ended, and notices who became ready before judging the ends.
    func reap(_ now: UInt64) {
        for worker in table.workers where worker.readyAt == nil {
            noticeReady(worker, now)
        }
        noticeLeaving()
        if inbox.take(.child) > 0 { log.debug(ArbiterMessage.handling(.child)) }
        while let child = Child.reap() {
            if child.pid == monitor.pid {
                monitorEnded(child.exit, now)
            } else if child.pid == upgrade.successor {
                successorEnded(child.exit)
            } else if let worker = table[child.pid] {
                pages.slot(worker.slot).statistics.usedProcessorTime(child.processorTime)
                workerEnded(worker, child.exit, now)
            } else {
                log.debug(ArbiterMessage.orphan(child.pid, child.exit))
            }
        }
    }

    private func noticeReady(_ worker: WorkerTable.Worker, _ now: UInt64) {
        switch pages.slot(worker.slot).state {
        case .ready, .draining: table.announced(worker.pid, now: now)
        case .booting, .empty: break
        }
    }

    private func workerEnded(_ worker: WorkerTable.Worker, _ exit: Exit, _ now: UInt64) {
        // A worker that obeyed an abort: its timeout has been told of.
        let isAbort = worker.abortedAt != nil && exit == .status(1)
        // One that was killed while it booted was not out of memory.
        let isExpected = worker.isKilled && worker.readyAt == nil && worker.isRetired
        if !isAbort, !isExpected, let (level, text) = ArbiterMessage.ended(worker.pid, exit) {
            log.log(level, text)
        }
        noticeReady(worker, now)
        let slot = pages.slot(worker.slot)
        // One that drains of its own accord (its budget is spent) has served, whatever it counted.
        let hadServed = slot.requests > worker.requestsBefore || slot.state == .draining
        let ending = table.reaped(worker.pid, exit, hadServed: hadServed, now: now)
        countRestart(worker, exit, failedToBoot: ending?.failedToBoot ?? false)
        slot.vacate()
        calling { () throws(HookEnding) in
            try host.workerEnded(pid: worker.pid, halts: ending?.halt != nil)
        }
        guard let ending, !worker.isRetired else { return }
        if exit != .status(0) { pages.arbiter.workersLost += 1 }
        if ending.halt != nil && haltStatus == nil { haltStatus = ending.halt }
        if ending.spoilsReload {
            abandonReload(because: "a new worker did not boot")
        } else if ending.failedToBoot {
            bootFailed(now)
        }
    }

    /// Counts an end after which another worker takes the place.
    private func countRestart(_ worker: WorkerTable.Worker, _ exit: Exit, failedToBoot: Bool) {
        // Whoever is retired of the current generation is one too many, or all of them end, unless
        // another has taken the place.
        guard !worker.isRetired || worker.generation != table.generation || worker.wear != nil,
            ![.draining, .stopping].contains(pages.arbiter.state)
        else { return }
        let leaving = pages.slot(worker.slot).statistics.leaving
        pages.arbiter.countRestart(
            worker.restartCause(exit, leaving: leaving, failedToBoot: failedToBoot)
        )
    }

    private func bootFailed(_ now: UInt64) {
        pace.failed(now: now)
        guard pace.pause == BootPace.longest, !hasReportedPace else { return }
        hasReportedPace = true
        log.error("Workers keep ending at birth: from now on one boots every 5 seconds")
    }

    // MARK: Balance

    /// Brings the workers nearer to what is wanted.
    func balance() throws(Departure) {
        try endIfHookWants()
        let now = Clock.monotonicNanoseconds()
        if pace.failures > 0 && table.workers.contains(where: { provesPace($0, now) }) {
            pace.succeeded()
            hasReportedPace = false
        }
        for _ in 0..<pace.allowance(missing: table.missing, now: now) {
            guard try spawnWorker() else { break }
            pace.spawned(now: now)
        }
        passMilestone()
        for leaving in table.surplus {
            table.retired(leaving, now: now)
            send(.terminate, to: leaving)
        }
        try keepMonitor(now)
        if table.count != shownCount {
            shownCount = table.count
            log.debug("\(shownCount) workers")
        }
    }

    private func provesPace(_ worker: WorkerTable.Worker, _ now: UInt64) -> Bool {
        guard worker.bornAt > pace.failedAt, worker.readyAt != nil else { return false }
        let hasServed = pages.slot(worker.slot).requests > worker.requestsBefore
        return hasServed || worker.isEstablished(at: now)
    }

    private func passMilestone() {
        guard table.passMilestone() != nil else { return }
        if pages.arbiter.state == .starting { pages.arbiter.state = .ready }
        commitReload()
        // The service is the predecessor's while there is one.
        guard upgrade.predecessor == nil else { return }
        let ready = ServiceNotice().with("READY", "1").with("MAINPID", "\(pid)")
        tell(stating(ArbiterMessage.ready(table.readyCount), in: ready))
    }

    // MARK: Spawn

    /// Forks one worker; false when the machine refuses.
    private func spawnWorker() throws(Departure) -> Bool {
        guard let index = freeSlot() else {
            log.error("No more than \(pages.slotCount) workers can live at once")
            return false
        }
        let slot = pages.slot(index)
        let age = table.nextAge()
        let requestsBefore = slot.requests
        guard calling({ () throws(HookEnding) in try host.workerSpawns(age: age) }) else {
            return false
        }
        slot.occupy(age: age, now: Clock.monotonicNanoseconds())
        openChannels(for: index)
        guard let child = fork("a worker") else {
            slot.vacate()
            pace.failed(now: Clock.monotonicNanoseconds())
            return false
        }
        guard child != 0 else { throw Departure(status: serve(index, age: age)) }
        slot.pid = child
        table.born(
            child,
            slot: index,
            age: age,
            now: Clock.monotonicNanoseconds(),
            requestsBefore: requestsBefore
        )
        host.workerBorn(pid: child)
        return true
    }

    /// Makes the channels of this slot and of those that will be used soon: who is forked before a
    /// channel is made cannot send over it.
    private func openChannels(for index: Int) {
        // A reload has two generations at once, also of a worker that is otherwise alone.
        let wanted = min(max(index + 1, 2 * table.target), Self.channelLimit)
        while channels.count < wanted {
            do {
                channels.append(try DescriptorChannel())
            } catch {
                return log.warning("Workers cannot hand over connections: \(error)")
            }
        }
    }

    /// Forks between the interpreter's hooks: 0 in the child, nil when the machine refuses.
    func fork(_ what: StaticString) -> Int32? {
        host.beforeFork()
        do {
            let child = try Child.fork()
            if child == 0 {
                // First of all, so that an arbiter's death is seen by all who outlive it.
                Descriptor.close(lifeline.writeEnd)
                host.afterForkInChild()
            } else {
                host.afterForkInParent()
            }
            return child
        } catch {
            host.afterForkInParent()
            log.error("Cannot fork \(what): \(error)")
            return nil
        }
    }

    private func freeSlot() -> Int? {
        let taken = Set(table.workers.map(\.slot))
        guard let index = (0..<pages.slotCount).first(where: { !taken.contains($0) }) else {
            return nil
        }
        pages.arbiter.slotsInUse = max(pages.arbiter.slotsInUse, index + 1)
        return index
    }

    /// A worker's whole life, in its own process.
    private func serve(_ index: Int, age: Int) -> Int32 {
        let own = CurrentProcess.pid
        let slot = pages.slot(index)
        slot.pid = own
        monitor.listeners.forget()
        control.listener?.close()
        CurrentProcess.setTitle("gunicorn: worker [\(shownName)]")
        log.journal?.speak(asWorker: age)
        log.info("Booting worker with pid: \(own)")
        let seat = WorkerSeat(
            age: age,
            arbiterPID: pid,
            options: options,
            listeners: listeners.all,
            slot: slot,
            slotIndex: index,
            pages: pages,
            channels: channels,
            lifeline: lifeline.readEnd,
            bell: bell
        )
        let status = host.runWorker(seat)
        log.info("Worker exiting (pid: \(own))")
        return host.workerExits(seat, status: status)
    }
}
