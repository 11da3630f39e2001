private import CSystem

/// Why a request, or a connection, was refused by the server itself.
package enum RefusalReason: Int, CaseIterable, Sendable {
    case requestLine
    case targetTooLong
    case method
    case version
    case field
    case fieldsTooLarge
    case framing
    case transferCoding
    case expectation
    case scheme
    case host
    case scriptName
    case chunk
    case proxyHeader
    case contentTooLarge
    case late
    case overloaded
    case storage
    case connectionsOfAddress
    case descriptors
    case other

    /// The value of the label in metrics.
    package var label: StaticString {
        switch self {
        case .requestLine: "request_line"
        case .targetTooLong: "target_too_long"
        case .method: "method"
        case .version: "version"
        case .field: "field"
        case .fieldsTooLarge: "fields_too_large"
        case .framing: "framing"
        case .transferCoding: "transfer_coding"
        case .expectation: "expectation"
        case .scheme: "scheme"
        case .host: "host"
        case .scriptName: "script_name"
        case .chunk: "chunk"
        case .proxyHeader: "proxy_header"
        case .contentTooLarge: "content_too_large"
        case .late: "late"
        case .overloaded: "overloaded"
        case .storage: "storage"
        case .connectionsOfAddress: "connections_of_address"
        case .descriptors: "descriptors"
        case .other: "other"
        }
    }
}

/// What took longer than it may.
package enum Expiry: Int, CaseIterable, Sendable {
    /// The head of a request.
    case head
    /// The content of a request.
    case body
    /// A complete request's wait for the application.
    case queue
    /// The client's taking of a response.
    case write
    /// A connection between two requests, which is no fault.
    case idle

    /// The value of the label in metrics.
    package var label: StaticString {
        switch self {
        case .head: "head"
        case .body: "body"
        case .queue: "queue"
        case .write: "write"
        case .idle: "idle"
        }
    }
}

/// What a connection is doing.
package enum ConnectionState: Int, CaseIterable, Sendable {
    case idle
    case reading
    case waiting
    case answering
    case writing
    case closing

    /// The value of the label in metrics.
    package var label: StaticString {
        switch self {
        case .idle: "idle"
        case .reading: "reading"
        case .waiting: "waiting"
        case .answering: "answering"
        case .writing: "writing"
        case .closing: "closing"
        }
    }
}

/// The method of a request, as far as it is counted by name, in the order of the pages.
package enum CountedMethod: Int, CaseIterable, Sendable {
    case other
    case get
    case head
    case post
    case put
    case patch
    case delete
    case options
    case connect
    case trace

    /// The value of the label in metrics.
    package var label: StaticString {
        switch self {
        case .other: "other"
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .patch: "PATCH"
        case .delete: "DELETE"
        case .options: "OPTIONS"
        case .connect: "CONNECT"
        case .trace: "TRACE"
        }
    }
}

/// The numbers of one worker's slot: counters that outlive the worker, and gauges that do not.
///
/// Written by the worker alone, one thread of it at a time, so adding is a load and a store.
package struct WorkerStatistics: @unchecked Sendable {
    /// Buckets of `DurationScale`.
    static let buckets = 19
    /// Classes of status: none, 1xx to 5xx.
    package static let classes = 6

    /// Where each of the numbers lies, in words.
    private enum Place {
        static let requests = 0
        static let durations = 60
        static let durationSum = 79
        static let waits = 80
        static let waitSum = 99
        static let received = 100
        static let sent = 101
        static let refusals = 102
        static let expiries = 128
        static let handedOver = 136
        static let takenOver = 137
        static let accepted = 138
        static let formerProcessorTime = 139
        static let births = 140
        // The gauges.
        static let inFlight = 144
        static let oldestCall = 145
        static let freeAt = 146
        static let queued = 147
        static let connections = 148
        static let bornAt = 154
        static let leaving = 155
        static let check = 156
        static let checkBegan = 157
        static let checkEnded = 158
        static let end = 160
    }

    static let size = Place.end * 8

    /// Where a server counts that no page belongs to: nobody looks there.
    package static let nowhere: WorkerStatistics = {
        let words = UnsafeMutablePointer<UInt64>.allocate(capacity: Place.end)
        words.initialize(repeating: 0, count: Place.end)
        return WorkerStatistics(words: words)
    }()

    private let words: UnsafeMutablePointer<UInt64>

    init(words: UnsafeMutablePointer<UInt64>) { self.words = words }

    @inline(__always)
    private func add(_ place: Int, _ amount: UInt64) {
        csys_atomic_store(words + place, csys_atomic_load(words + place) &+ amount)
    }

    private func number(_ place: Int) -> UInt64 { csys_atomic_load(words + place) }

    private func numbers(_ place: Int, _ count: Int) -> [UInt64] {
        (place..<place + count).map(number)
    }

    // MARK: Requests

    /// Counts one answered request; a status outside 100 to 599 has no class.
    @inline(__always)
    package func answered(method: Int, status: Int, nanoseconds: UInt64, bucket: Int) {
        let first = status >= 100 && status < 600 ? status / 100 : 0
        add(Place.requests &+ method &* Self.classes &+ first, 1)
        add(Place.durations &+ bucket, 1)
        add(Place.durationSum, nanoseconds)
    }

    /// Counts what a request waited for the application; those that did not wait are not told.
    package func waited(nanoseconds: UInt64, bucket: Int) {
        add(Place.waits + bucket, 1)
        add(Place.waitSum, nanoseconds)
    }

    /// Requests answered with a class of status: 0 for none, 1 for 1xx up to 5 for 5xx.
    package func requests(_ method: CountedMethod, class first: Int) -> UInt64 {
        precondition(first >= 0 && first < Self.classes, "status classes are 0 to 5")
        return number(Place.requests + method.rawValue * Self.classes + first)
    }

    package var requests: UInt64 {
        numbers(Place.requests, CountedMethod.allCases.count * Self.classes).reduce(0, &+)
    }

    /// Requests by bucket of `DurationScale`.
    package var durations: [UInt64] { numbers(Place.durations, Self.buckets) }
    /// Nanoseconds spent in all of them.
    package var durationSum: UInt64 { number(Place.durationSum) }
    /// The same of requests that waited.
    package var waits: [UInt64] { numbers(Place.waits, Self.buckets) }
    package var waitSum: UInt64 { number(Place.waitSum) }

    // MARK: Calls of the application

    /// A call begins, of a request that was complete at that moment.
    @inline(__always)
    package func callBegins(at moment: UInt64) {
        let count = csys_atomic_load(words + Place.inFlight)
        if count == 0 { csys_atomic_store(words + Place.oldestCall, moment) }
        csys_atomic_store(words + Place.inFlight, count &+ 1)
    }

    @inline(__always)
    package func callEnds() {
        let count = csys_atomic_load(words + Place.inFlight) &- 1
        csys_atomic_store(words + Place.inFlight, count)
        if count == 0 { csys_atomic_store(words + Place.oldestCall, 0) }
    }

    /// Calls that last now.
    package var inFlight: Int { Int(truncatingIfNeeded: number(Place.inFlight)) }

    /// Since when the oldest of them lasts; 0 where there is none.
    package var oldestCall: UInt64 {
        get { number(Place.oldestCall) }
        nonmutating set { csys_atomic_store(words + Place.oldestCall, newValue) }
    }

    /// When the worker was last seen to wait for work; 0 where it has never said so.
    package var freeAt: UInt64 {
        get { number(Place.freeAt) }
        @inline(__always)
        nonmutating set { csys_atomic_store(words + Place.freeAt, newValue) }
    }

    /// Complete requests that wait for the application.
    package var queued: Int {
        get { Int(truncatingIfNeeded: number(Place.queued)) }
        nonmutating set {
            csys_atomic_store(words + Place.queued, UInt64(truncatingIfNeeded: newValue))
        }
    }

    // MARK: Bytes and connections

    @inline(__always)
    package func received(bytes: Int) { add(Place.received, UInt64(truncatingIfNeeded: bytes)) }
    @inline(__always)
    package func sent(bytes: Int) { add(Place.sent, UInt64(truncatingIfNeeded: bytes)) }
    package func accepted() { add(Place.accepted, 1) }
    package func handedOver() { add(Place.handedOver, 1) }
    package func tookOver() { add(Place.takenOver, 1) }

    package var receivedBytes: UInt64 { number(Place.received) }
    package var sentBytes: UInt64 { number(Place.sent) }
    package var connectionsAccepted: UInt64 { number(Place.accepted) }
    package var requestsHandedOver: UInt64 { number(Place.handedOver) }
    package var requestsTakenOver: UInt64 { number(Place.takenOver) }

    /// Connections in a state, as of the last count; there is one a second.
    package func connections(_ state: ConnectionState) -> Int {
        Int(truncatingIfNeeded: number(Place.connections + state.rawValue))
    }

    package func setConnections(_ state: ConnectionState, to count: Int) {
        let place = words + Place.connections + state.rawValue
        csys_atomic_store(place, UInt64(truncatingIfNeeded: count))
    }

    // MARK: What went wrong

    package func refused(_ reason: RefusalReason) { add(Place.refusals + reason.rawValue, 1) }
    package func expired(_ what: Expiry) { add(Place.expiries + what.rawValue, 1) }
    package func refusals(_ reason: RefusalReason) -> UInt64 {
        number(Place.refusals + reason.rawValue)
    }
    package func expiries(_ what: Expiry) -> UInt64 { number(Place.expiries + what.rawValue) }

    // MARK: The worker's life

    /// When the worker was born, on the monotonic clock.
    package var bornAt: UInt64 { number(Place.bornAt) }
    /// Workers that ever had this slot.
    package var births: UInt64 { number(Place.births) }
    /// Nanoseconds of processor time that the workers before this one have used.
    package var formerProcessorTime: UInt64 { number(Place.formerProcessorTime) }

    /// Why the worker leaves of its own accord.
    package var leaving: Leaving {
        get { Leaving(rawValue: number(Place.leaving)) ?? .none }
        nonmutating set { csys_atomic_store(words + Place.leaving, newValue.rawValue) }
    }

    package enum Leaving: UInt64, Sendable {
        case none
        case budgetSpent
        case sourceChanged
    }

    // MARK: The application's own check

    package enum Check: UInt64, Sendable {
        case none
        case passed
        case failed
    }

    /// How the last check ended.
    package var check: Check { Check(rawValue: number(Place.check)) ?? .none }
    /// When it began that lasts now; 0 where none does.
    package var checkBegan: UInt64 { number(Place.checkBegan) }
    /// When the last one ended; 0 where there was none.
    package var checkEnded: UInt64 { number(Place.checkEnded) }

    package func checkBegins(at moment: UInt64) {
        csys_atomic_store(words + Place.checkBegan, moment)
    }

    package func checkEnds(_ outcome: Check, at moment: UInt64) {
        csys_atomic_store(words + Place.check, outcome.rawValue)
        csys_atomic_store(words + Place.checkEnded, moment)
        csys_atomic_store(words + Place.checkBegan, 0)
    }

    // MARK: The arbiter writes, while no worker owns the slot

    /// Another worker gets the slot.
    func occupy(now: UInt64) {
        csys_atomic_store(words + Place.bornAt, now)
        add(Place.births, 1)
    }

    /// What described the worker that has ended is forgotten; the counters stay.
    func vacate() {
        for place in Place.inFlight..<Place.end { csys_atomic_store(words + place, 0) }
    }

    /// Adds what a worker that ended has used.
    package func usedProcessorTime(_ nanoseconds: UInt64) {
        add(Place.formerProcessorTime, nanoseconds)
    }
}
