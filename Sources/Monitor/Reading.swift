import Platform
import SharedStore

/// What the shared pages and the kernel show of the server at one moment.
struct Reading {
    /// One place for a worker, and who has it.
    struct Place {
        let index: Int
        /// 0 where nobody has it.
        let pid: Int32
        let age: Int
        let state: WorkerSlot.State
        let isWaiting: Bool
        let connections: Int
        let statistics: WorkerStatistics
        /// Nil where the kernel does not tell.
        let memory: UInt64?
        /// Nanoseconds that all workers of this place have used.
        let processorTime: UInt64
        let requests: UInt64

        var isTaken: Bool { state != .empty && pid > 0 }
    }

    let now: UInt64
    let arbiter: ArbiterPage
    /// Those that ever had a worker.
    let places: [Place]
    /// What the application's processes share, where that is told.
    var shared: StoreFigures?

    var workers: [Place] { places.filter(\.isTaken) }

    // MARK: Sums over all places

    func sum(_ number: (WorkerStatistics) -> UInt64) -> UInt64 {
        places.reduce(0) { $0 &+ number($1.statistics) }
    }

    func requests(_ method: CountedMethod, class first: Int) -> UInt64 {
        sum { $0.requests(method, class: first) }
    }

    /// Requests answered with a class of status, whatever their method.
    func requests(class first: Int) -> UInt64 {
        CountedMethod.allCases.reduce(0) { $0 &+ requests($1, class: first) }
    }

    var requests: UInt64 { places.reduce(0) { $0 &+ $1.requests } }
    var refusals: UInt64 {
        RefusalReason.allCases.reduce(0) { sum, reason in sum &+ self.sum { $0.refusals(reason) } }
    }

    func buckets(_ numbers: (WorkerStatistics) -> [UInt64]) -> [UInt64] {
        var sums = [UInt64](repeating: 0, count: DurationScale.bucketCount)
        for place in places {
            for (index, number) in numbers(place.statistics).enumerated() { sums[index] &+= number }
        }
        return sums
    }

    func connections(_ state: ConnectionState) -> Int {
        workers.reduce(0) { $0 + $1.statistics.connections(state) }
    }

    var inFlight: Int { workers.reduce(0) { $0 + $1.statistics.inFlight } }
    var queued: Int { workers.reduce(0) { $0 + $1.statistics.queued } }
    var memory: UInt64 { workers.reduce(0) { $0 &+ ($1.memory ?? 0) } }
    var processorTime: UInt64 { places.reduce(0) { $0 &+ $1.processorTime } }
}

/// Takes readings, and sees to it that no counter of the kernel's goes back.
struct Reader {
    private let pages: SharedPages
    /// The most that was seen of each place: between a worker's end and the arbiter's note of what
    /// it used there is a moment in which neither is known.
    private var processorTimes: [UInt64] = []

    init(pages: SharedPages) { self.pages = pages }

    mutating func read(now: UInt64) -> Reading {
        let count = min(pages.arbiter.slotsInUse, pages.slotCount)
        while processorTimes.count < count { processorTimes.append(0) }
        return Reading(now: now, arbiter: pages.arbiter, places: (0..<count).map { read($0) })
    }

    private mutating func read(_ index: Int) -> Reading.Place {
        let slot = pages.slot(index)
        let statistics = slot.statistics
        let pid = slot.pid
        let figures = ProcessFigures(of: pid)
        let used = statistics.formerProcessorTime &+ (figures?.processorTime ?? 0)
        processorTimes[index] = max(processorTimes[index], used)
        return Reading.Place(
            index: index,
            pid: pid,
            age: slot.age,
            state: slot.state,
            isWaiting: slot.isWaiting,
            connections: slot.connections,
            statistics: statistics,
            memory: figures?.residentBytes,
            processorTime: processorTimes[index],
            requests: statistics.requests
        )
    }
}
