import Platform

/// What the service manager hears while the server runs, and when: decided here, sent elsewhere.
///
/// A sentence for `systemctl status` when it has changed, at most once a second; a sign of life at
/// half of the time that the watchdog allows; and while the last workers drain, the request for
/// more time. What could not be delivered, because nobody read, waits for the next turn.
struct ServiceReport {
    /// What the sentence is made of.
    struct Facts: Equatable {
        var workersReady = 0
        var workersWanted = 0
        /// Requests answered, ever.
        var requests: UInt64 = 0
        /// Requests being answered now.
        var inFlight = 0
        /// Nanoseconds spent in those that are answered.
        var busyNanoseconds: UInt64 = 0
        /// A worker that is ready moves.
        var isHealthy = false
        var reloadFailure: String?
    }

    static let statusInterval = Clock.nanosecondsPerSecond
    /// What a draining server asks for at a time; it asks again long before that is over.
    static let extensionMicroseconds: UInt64 = 10_000_000
    static let extensionInterval = 2 * Clock.nanosecondsPerSecond
    /// Messages that wait for a reader; the oldest are the first to be given up.
    static let owedAtMost = 16

    /// Whether anybody listens.
    let isWanted: Bool
    private let pulse: UInt64?
    private var pulseAt: UInt64 = 0
    private var statusAt: UInt64 = 0
    private var extensionAt: UInt64 = 0
    private var shown = ""
    private var counted = Facts()
    private var countedAt: UInt64 = 0
    /// What was not taken yet, oldest first.
    private(set) var owed: [ServiceNotice] = []

    init(isWanted: Bool, watchdogNanoseconds: UInt64?) {
        self.isWanted = isWanted
        pulse = isWanted ? watchdogNanoseconds.map { max(1, $0 / 2) } : nil
    }

    /// Whether it is time to look whether something is to be said.
    func mayBeDue(_ now: UInt64) -> Bool {
        if let nextPulse, now >= nextPulse { return true }
        return now >= statusAt + Self.statusInterval
    }

    /// What is to be said now; empty where there is nothing.
    mutating func due(_ facts: Facts, now: UInt64) -> ServiceNotice {
        var notice = ServiceNotice()
        guard isWanted else { return notice }
        if isPulseDue(now), facts.isHealthy { notice = notice.with("WATCHDOG", "1") }
        guard now >= statusAt + Self.statusInterval else { return notice }
        let sentence = self.sentence(facts, now: now)
        guard sentence != shown else { return notice }
        return notice.status(said(sentence, now: now))
    }

    /// What is to be said while the last workers finish.
    mutating func dueWhileDraining(_ facts: Facts, left: Int, now: UInt64) -> ServiceNotice {
        var notice = ServiceNotice()
        guard isWanted, left > 0 else { return notice }
        if isPulseDue(now), facts.isHealthy { notice = notice.with("WATCHDOG", "1") }
        if extensionAt == 0 || now >= extensionAt + Self.extensionInterval {
            extensionAt = now
            notice = notice.with("EXTEND_TIMEOUT_USEC", "\(Self.extensionMicroseconds)")
        }
        guard now >= statusAt + Self.statusInterval else { return notice }
        let sentence =
            "Stopping: \(ArbiterMessage.count(left)) left, "
            + "\(Self.count(facts.inFlight, "request")) in progress"
        guard sentence != shown else { return notice }
        return notice.status(said(sentence, now: now))
    }

    /// Notes the sentence that another message carries.
    mutating func said(_ sentence: String, now: UInt64) -> String {
        shown = sentence
        statusAt = now
        return sentence
    }

    /// Whether a watchdog waits for signs of life.
    var isWatched: Bool { pulse != nil }

    /// When the next sign of life is due; nil where nobody waits for one.
    var nextPulse: UInt64? { pulse.map { pulseAt + $0 } }

    /// Whether it is time for a sign of life; the next time is one pulse later, given or not.
    private mutating func isPulseDue(_ now: UInt64) -> Bool {
        guard let nextPulse, pulseAt == 0 || now >= nextPulse else { return false }
        pulseAt = now
        return true
    }

    private mutating func sentence(_ facts: Facts, now: UInt64) -> String {
        let elapsed = now - countedAt
        // Before the first look there is no time that the sums could belong to.
        let busy = facts.busyNanoseconds &- counted.busyNanoseconds
        let load = countedAt == 0 || elapsed == 0 ? 0 : busy &* 100 / elapsed
        counted = facts
        countedAt = now
        var sentence =
            "\(facts.workersReady) of \(ArbiterMessage.count(facts.workersWanted)) ready, "
            + "\(Self.count(Int(truncatingIfNeeded: facts.requests), "request")), "
            + "load \(load / 100).\(load % 100 / 10)\(load % 10)"
        if let reason = facts.reloadFailure { sentence += "; the last reload failed: \(reason)" }
        return sentence
    }

    private static func count(_ count: Int, _ noun: String) -> String {
        "\(count) \(noun)\(count == 1 ? "" : "s")"
    }

    // MARK: Nobody reads

    /// Keeps a message for the next turn; the watchdog and mere words are not worth that.
    mutating func owe(_ notice: ServiceNotice) {
        if owed.count == Self.owedAtMost { owed.removeFirst() }
        owed.append(notice)
    }

    mutating func takeOwed() -> [ServiceNotice] {
        defer { owed = [] }
        return owed
    }
}
