import Log
import Platform

/// Workers that are old or large enough, or that have a request which does not come back: a new
/// one is born first, and when it is ready they finish what they are doing.
extension Arbiter {
    /// Has at most one worker replaced that is beyond a limit, and all that are stuck.
    func replaceWorn(_ now: UInt64) {
        wear.keep(table.workers)
        for worker in table.workers where worker.wear != .stuck {
            guard pages.slot(worker.slot).isStuck else { continue }
            let lingering = table.workers.count { $0.wear != nil }
            // What replaces it might soon be stuck too.
            guard worker.wear != nil || lingering < max(1, table.target) else { continue }
            log.warning("Worker (pid:\(worker.pid)) is stuck: a new one takes its place")
            table.worn(worker.pid, by: .stuck)
        }
        guard table.mayReplace else { return }
        let serving = table.workers.filter { worker in
            worker.wear == nil && !worker.isRetired && pages.slot(worker.slot).state == .ready
        }
        if let worker = serving.first(where: { wear.isOld($0, options.limits, now: now) }) {
            let seconds = (now - worker.bornAt) / Clock.nanosecondsPerSecond
            log.info(
                "Worker (pid:\(worker.pid)) is \(seconds) seconds old (max_worker_age): "
                    + "a new one takes its place"
            )
            table.worn(worker.pid, by: .spent)
        } else if wear.measures(by: options.limits, now: now) {
            replaceLargest(of: serving)
        }
    }

    private func replaceLargest(of workers: [WorkerTable.Worker]) {
        let sizes = workers.compactMap { worker in
            size(of: worker.pid).map { (pid: worker.pid, bytes: $0) }
        }
        let limit = options.limits.memoryAtMost
        guard let largest = sizes.max(by: { $0.bytes < $1.bytes }), largest.bytes > limit else {
            return
        }
        log.warning(
            "Worker (pid:\(largest.pid)) has \(Self.mebibytes(largest.bytes)) MiB of memory, "
                + "and max_worker_memory is \(Self.mebibytes(limit)) MiB: a new one takes its place"
        )
        table.worn(largest.pid, by: .spent)
    }

    /// Where the proportional measure is not ours to see, the resident one has to do.
    private func size(of pid: Int32) -> UInt64? {
        do throws(SystemError) {
            return try ProcessMemory.bytes(of: pid, by: options.limits.measure)
        } catch {
            guard options.limits.measure == .proportional, Signal.exists(pid) else { return nil }
            if !wear.hasReportedFailure {
                wear.hasReportedFailure = true
                log.warning("The workers' PSS is not to be had, RSS counts instead: \(error)")
            }
        }
        return try? ProcessMemory.bytes(of: pid, by: .resident)
    }

    private static func mebibytes(_ bytes: UInt64) -> UInt64 { bytes >> 20 }

    // MARK: Boots that hang

    /// How its silence is judged: while it boots by a limit of its own, where there is one.
    func verdict(on worker: WorkerTable.Worker, _ now: UInt64) -> Heartbeats.Verdict {
        let ownLimit = isBooting(worker) ? options.limits.bootNanoseconds : 0
        return heartbeats.judgeSilence(
            since: pages.slot(worker.slot).heartbeat,
            abortedAt: worker.abortedAt,
            now: now,
            within: ownLimit > 0 ? ownLimit : heartbeats.timeoutNanoseconds
        )
    }

    private func isBooting(_ worker: WorkerTable.Worker) -> Bool {
        worker.readyAt == nil && pages.slot(worker.slot).state == .booting
    }

    /// Says that it was the boot that took too long; the worker shows where it stands.
    func tellOfHangingBoot(_ worker: WorkerTable.Worker, _ now: UInt64) {
        guard isBooting(worker) else { return }
        let seconds = (now - worker.bornAt) / Clock.nanosecondsPerSecond
        log.error("Worker (pid:\(worker.pid)) has not booted within \(seconds) seconds")
    }
}
