import Platform

/// What happened between two readings, as the charts show it.
struct Sample {
    /// Milliseconds since 1970.
    let time: UInt64
    /// Nanoseconds that it stands for.
    let period: UInt64
    let requests: UInt64
    let clientErrors: UInt64
    let serverErrors: UInt64
    let refusals: UInt64
    /// Nanoseconds that half, 95 and 99 of a hundred requests took at most.
    let percentiles: [UInt64]
    let inFlight: UInt64
    let memory: UInt64
    let processorTime: UInt64

    /// The fractions that `percentiles` are of.
    static let fractions = [0.5, 0.95, 0.99]

    init(from former: Totals, to reading: Reading, milliseconds: UInt64) {
        let totals = Totals(reading)
        time = milliseconds
        period = reading.now &- former.moment
        requests = totals.requests &- former.requests
        clientErrors = totals.clientErrors &- former.clientErrors
        serverErrors = totals.serverErrors &- former.serverErrors
        refusals = totals.refusals &- former.refusals
        let counts = zip(totals.durations, former.durations).map { $0 &- $1 }
        percentiles = Self.fractions.map { Percentile.of(counts, fraction: $0) }
        inFlight = UInt64(clamping: reading.inFlight)
        memory = reading.memory
        processorTime = totals.processorTime &- former.processorTime
    }

    /// As it lies in the pages.
    init(words: [UInt64]) {
        time = words[0]
        period = words[1]
        requests = words[2]
        clientErrors = words[3]
        serverErrors = words[4]
        refusals = words[5]
        percentiles = Array(words[6..<9])
        inFlight = words[9]
        memory = words[10]
        processorTime = words[11]
    }

    var words: [UInt64] {
        [time, period, requests, clientErrors, serverErrors, refusals] + percentiles
            + [inFlight, memory, processorTime]
    }

    /// A number of the sample, a second.
    func rate(_ count: UInt64) -> Double {
        period > 0 ? Double(count) * 1e9 / Double(period) : 0
    }
}

/// The counters that a sample is the difference of.
struct Totals {
    let moment: UInt64
    let requests: UInt64
    let clientErrors: UInt64
    let serverErrors: UInt64
    let refusals: UInt64
    let durations: [UInt64]
    let processorTime: UInt64

    init(_ reading: Reading) {
        moment = reading.now
        requests = reading.requests
        clientErrors = reading.requests(class: 4)
        serverErrors = reading.requests(class: 5)
        refusals = reading.refusals
        durations = reading.buckets(\.durations)
        processorTime = reading.processorTime
    }
}

/// Estimates from counts in buckets.
enum Percentile {
    /// The duration that a fraction of the counted does not exceed; 0 where nothing was counted.
    ///
    /// Inside of a bucket durations count as spread evenly; above the last bound it is that bound.
    static func of(_ counts: [UInt64], fraction: Double) -> UInt64 {
        let total = counts.reduce(0, &+)
        guard total > 0 else { return 0 }
        let wanted = Double(total) * fraction
        var seen = 0.0
        for (index, count) in counts.enumerated() where count > 0 {
            let here = Double(count)
            guard seen + here >= wanted else {
                seen += here
                continue
            }
            guard index < DurationScale.bounds.count else { break }
            let lower = index == 0 ? 0 : Double(DurationScale.bounds[index - 1])
            let upper = Double(DurationScale.bounds[index])
            return UInt64(lower + (upper - lower) * (wanted - seen) / here)
        }
        return DurationScale.bounds.last ?? 0
    }
}

/// Takes a sample now and then, and keeps those of the last quarter of an hour.
struct Recorder {
    private let page: HistoryPage
    private var former: Totals

    init(page: HistoryPage, first: Reading) {
        self.page = page
        former = Totals(first)
    }

    /// When the next sample is due.
    var due: UInt64 {
        former.moment &+ UInt64(HistoryPage.intervalSeconds) &* Clock.nanosecondsPerSecond
    }

    mutating func record(_ reading: Reading) {
        let milliseconds = Clock.realtimeNanoseconds() / 1_000_000
        page.append(Sample(from: former, to: reading, milliseconds: milliseconds).words)
        former = Totals(reading)
    }

    var samples: [Sample] { page.samples.map(Sample.init) }
}
