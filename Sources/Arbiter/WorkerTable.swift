import Platform

/// What the arbiter knows of its workers: bookkeeping only, no system calls.
///
/// The table is told what happened and answers with what to do about it, so every rule about
/// spawning, ageing, reloading and retiring workers can be tested without forking.
///
/// A reload starts a generation beside the one that serves. It counts only when all of it is
/// ready: then the old one retires. When one of the new workers ends before it was ready, the new
/// generation retires instead, and nothing has changed.
struct WorkerTable {
    struct Worker: Equatable {
        let pid: Int32
        let slot: Int
        /// Order of birth: the oldest leaves first.
        let age: Int
        let generation: Int
        let bornAt: UInt64
        /// What its slot had counted before it.
        let requestsBefore: UInt64
        var readyAt: UInt64?
        /// When it was asked to finish.
        var retiredAt: UInt64?
        /// When it was told to abort, after it had been silent for too long.
        var abortedAt: UInt64?
        var isKilled = false
        /// Why a new one takes its place, while it serves on or finishes.
        var wear: Wear?

        var isRetired: Bool { retiredAt != nil }
    }

    enum Wear {
        /// It is old or large enough: what it is doing is waited for.
        case spent
        /// It has a request that does not come back, so it is not waited for longer than any.
        case stuck
    }

    /// The generation that gives way to the current one: all of it once that is complete, or as
    /// many at a time as the batch has.
    private struct Reload {
        var formerGeneration: Int
        var formerTarget: Int
        /// How many new workers are born before as many old ones leave.
        var batch: Int
        /// How many old ones were told to leave, because as many new ones serve.
        var replaced = 0
    }

    /// A worker's end, judged.
    struct Ending: Equatable {
        let worker: Worker
        /// It ended without having been asked to, and before it had done anything.
        var failedToBoot = false
        /// The status the arbiter has to stop with.
        var halt: Int32?
        /// It was one of a new generation: the reload is off.
        var spoilsReload = false
    }

    enum Milestone: Equatable {
        /// The first generation is complete.
        case firstReady
        /// A new generation is complete: the old one can go.
        case reloaded
    }

    static let bootFailure: Int32 = 3
    static let loadFailure: Int32 = 4

    private(set) var workers: [Worker] = []
    /// How many workers there shall be.
    private(set) var target: Int
    private(set) var generation = 1
    private(set) var wasEverReady = false
    private var lastGeneration = 1
    private var lastAge = 0
    private var reload: Reload?

    init(target: Int) { self.target = target }

    var isReloading: Bool { reload != nil }

    /// Whether new workers have shown that they can serve, and old ones have begun to leave.
    var isReloadProven: Bool { reload.map { $0.replaced > 0 } ?? true }

    /// How many of the current generation there shall be for now.
    private var wanted: Int {
        guard let reload, reload.replaced > 0 else { return min(reload?.batch ?? target, target) }
        // The next batch waits for those that leave, so that there are never more at once.
        let old = workers.count { $0.generation == reload.formerGeneration }
        let isLeaving = old > max(0, reload.formerTarget - reload.replaced)
        return min(reload.replaced + (isLeaving ? 0 : reload.batch), target)
    }
    var count: Int { workers.count }

    /// Those of the current generation that are to stay.
    private var current: [Worker] {
        workers.filter { $0.generation == generation && !$0.isRetired }
    }

    /// Those of the current generation that no new one is to replace.
    private var lasting: [Worker] { current.filter { $0.wear == nil } }

    /// How many can answer requests now, of whichever generation.
    var readyCount: Int { workers.count { $0.readyAt != nil && !$0.isRetired } }

    subscript(pid: Int32) -> Worker? { workers.first { $0.pid == pid } }

    private mutating func change(_ pid: Int32, _ body: (inout Worker) -> Void) {
        guard let index = workers.firstIndex(where: { $0.pid == pid }) else { return }
        body(&workers[index])
    }

    // MARK: What happened

    /// The age of the next worker.
    mutating func nextAge() -> Int {
        lastAge += 1
        return lastAge
    }

    mutating func born(
        _ pid: Int32,
        slot: Int,
        age: Int,
        now: UInt64,
        requestsBefore: UInt64 = 0
    ) {
        precondition(self[pid] == nil, "a process is born once")
        workers.append(
            Worker(
                pid: pid,
                slot: slot,
                age: age,
                generation: generation,
                bornAt: now,
                requestsBefore: requestsBefore
            )
        )
    }

    mutating func announced(_ pid: Int32, now: UInt64) {
        change(pid) { worker in
            if worker.readyAt == nil { worker.readyAt = now }
        }
    }

    mutating func retired(_ pid: Int32, now: UInt64) {
        change(pid) { worker in
            if worker.retiredAt == nil { worker.retiredAt = now }
        }
    }

    mutating func aborted(_ pid: Int32, now: UInt64) { change(pid) { $0.abortedAt = now } }

    /// A new one shall take its place, and it shall serve until that one is ready.
    mutating func worn(_ pid: Int32, by wear: Wear) {
        change(pid) { worker in
            if worker.wear == nil || wear == .stuck { worker.wear = wear }
        }
    }

    mutating func killed(_ pid: Int32) { change(pid) { $0.isKilled = true } }

    /// Answers nil for a child that is no worker: as process 1 we also inherit orphans.
    ///
    /// `hadServed` says that it had answered a request, as far as its slot tells.
    mutating func reaped(
        _ pid: Int32,
        _ exit: Exit,
        hadServed: Bool,
        now: UInt64
    ) -> Ending? {
        guard let index = workers.firstIndex(where: { $0.pid == pid }) else { return nil }
        let worker = workers.remove(at: index)
        var ending = Ending(worker: worker)
        if worker.isRetired { return ending }
        ending.failedToBoot = !hadServed && !worker.isEstablished(at: now)
        let isNew = reload != nil && worker.generation == generation
        // Once a batch serves there is no way back: a boot that fails then is tried again.
        ending.spoilsReload = isNew && worker.readyAt == nil && !isReloadProven
        if case .status(let status) = exit, !wasEverReady, !isNew, worker.readyAt == nil,
            status == Self.bootFailure || status == Self.loadFailure
        {
            ending.halt = status
        }
        return ending
    }

    // MARK: What is wanted

    /// Wants one more or fewer (never fewer than one); what is wanted now.
    @discardableResult
    mutating func resize(by difference: Int, limit: Int) -> Int {
        let wanted = target + difference
        target = min(max(wanted, min(target, 1)), limit)
        return target
    }

    /// Wants none at all: the end of a daemon that was upgraded.
    mutating func wantNone() { target = 0 }

    /// Starts a generation beside the one that serves; with a batch of 0 in one go.
    mutating func beginReload(target: Int, batch: Int = 0) {
        precondition(reload == nil, "one reload at a time")
        reload = Reload(
            formerGeneration: generation,
            formerTarget: self.target,
            batch: batch > 0 ? min(batch, target) : target
        )
        lastGeneration += 1
        generation = lastGeneration
        self.target = target
    }

    /// Gives up on the rest of a reload that has begun to serve: another one follows.
    mutating func endReload() {
        precondition(isReloadProven, "there is a way back")
        reload = nil
    }

    /// Goes back to the generation before.
    mutating func abandonReload() {
        guard let former = reload else { return }
        generation = former.formerGeneration
        target = former.formerTarget
        reload = nil
    }

    /// Tells, once each, that the first or a new generation is complete.
    mutating func passMilestone() -> Milestone? {
        guard reload != nil || !wasEverReady else { return nil }
        let ready = current.count { $0.readyAt != nil }
        if let reload, reload.replaced + reload.batch < target {
            // A batch is ready: as many old ones may leave.
            let step = reload.replaced + reload.batch
            guard ready >= step else { return nil }
            self.reload?.replaced = step
            // Also where the first generation gives way before it was complete: from here on there
            // is a service, and no boot that fails may end it.
            wasEverReady = true
            return nil
        }
        guard ready >= target else { return nil }
        let isFirst = !wasEverReady
        wasEverReady = true
        reload = nil
        return isFirst ? .firstReady : .reloaded
    }

    /// How many workers are missing.
    var missing: Int { max(0, wanted - lasting.count) }

    /// Whether all are there that shall be, so that one of them may be replaced.
    ///
    /// As many may still be busy with their last requests as there shall be workers, or one that
    /// never ends would be followed by others for ever.
    var mayReplace: Bool {
        wasEverReady && reload == nil && missing == 0
            && lasting.allSatisfy { $0.readyAt != nil }
            && workers.count { $0.wear != nil } < max(1, target)
    }

    /// Who has to be asked to finish: generations that gave way, then the oldest of too many.
    var surplus: [Int32] {
        let serving = reload.map { [generation, $0.formerGeneration] } ?? [generation]
        var leaving = workers.filter { !$0.isRetired && !serving.contains($0.generation) }
        if let reload, reload.replaced > 0 {
            let old = workers.filter {
                $0.generation == reload.formerGeneration && !$0.isRetired
            }
            let count = old.count - max(0, reload.formerTarget - reload.replaced)
            leaving += old.sorted { $0.age < $1.age }.prefix(max(0, count))
        }
        let lasting = lasting
        if lasting.count(where: { $0.readyAt != nil }) >= target {
            leaving += current.filter { $0.wear != nil }
        }
        let staying = lasting.sorted { $0.age < $1.age }
        leaving += staying.prefix(max(0, staying.count - target))
        return leaving.map(\.pid)
    }
}

extension WorkerTable.Worker {
    /// Why it ended, where another one takes its place.
    func restartCause(
        _ exit: Exit,
        leaving: WorkerStatistics.Leaving,
        failedToBoot: Bool
    ) -> RestartCause {
        if abortedAt != nil { return .timeout }
        if isRetired { return leaving == .budgetSpent ? .budgetSpent : .reload }
        if case .signal = exit { return .signal }
        if failedToBoot, exit != .status(0) { return .bootFailure }
        switch leaving {
        case .budgetSpent where exit == .status(0): return .budgetSpent
        case .sourceChanged where exit == .status(0): return .sourceChanged
        default: return .exit
        }
    }

    /// It was ready for long enough that its end says nothing about the next one's start.
    func isEstablished(at now: UInt64) -> Bool {
        guard let readyAt else { return false }
        return now >= readyAt + Clock.nanosecondsPerSecond
    }
}
