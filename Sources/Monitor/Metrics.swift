import Platform
import SharedStore

/// What the programs are that are at work.
package struct BuildFacts: Sendable {
    /// Our own version.
    package var version = ""
    /// The version of Gunicorn whose behaviour this is.
    package var gunicorn = ""
    package var python = ""
    /// The name of the workers' class.
    package var workerClass = ""

    package init() {}
}

/// The metrics of the server, from one reading.
struct Metrics {
    private let reading: Reading
    private let facts: BuildFacts
    private let health: Health
    private var text: MetricsText

    /// The whole document; what the application counts by itself stands at its end.
    static func text(
        of reading: Reading,
        _ facts: BuildFacts,
        _ health: Health,
        _ application: String = "",
        as form: MetricsText.Form
    ) -> String {
        var metrics = Metrics(reading, facts, health, form)
        metrics.write()
        // That part brings its own end.
        if !application.isEmpty { return metrics.text.text + application }
        metrics.text.end()
        return metrics.text.text
    }

    private init(
        _ reading: Reading,
        _ facts: BuildFacts,
        _ health: Health,
        _ form: MetricsText.Form
    ) {
        self.reading = reading
        self.facts = facts
        self.health = health
        text = MetricsText(form)
    }

    private mutating func write() {
        writeServer()
        writeRequests()
        writeConnections()
        writeFaults()
        writeSupervision()
        writeWorkers()
        if let shared = reading.shared { writeShared(shared) }
    }

    private static func seconds(_ nanoseconds: UInt64) -> Double { Double(nanoseconds) / 1e9 }

    private mutating func writeServer() {
        text.family("swiftcorn_build_info", .gauge, "The versions at work; always 1.")
        text.sample(
            1,
            [
                ("version", facts.version), ("gunicorn", facts.gunicorn),
                ("python", facts.python), ("worker_class", facts.workerClass),
            ]
        )
        text.family(
            "swiftcorn_start_time_seconds",
            .gauge,
            unit: "seconds",
            "When the server was started, since 1970."
        )
        text.sample(Self.seconds(reading.arbiter.startedAt))
        text.family("swiftcorn_live", .gauge, "Whether /livez answers 200.")
        text.sample(isGood(health.liveness(now: reading.now)))
        text.family("swiftcorn_ready", .gauge, "Whether /readyz answers 200.")
        text.sample(isGood(health.readiness(now: reading.now)))
    }

    private func isGood(_ checks: [Health.Check]) -> Int {
        checks.allSatisfy { $0.fault == nil } ? 1 : 0
    }

    private mutating func writeRequests() {
        text.family("swiftcorn_requests", .counter, "Requests answered, refused ones included.")
        for method in CountedMethod.allCases {
            for first in 0..<WorkerStatistics.classes {
                let count = reading.requests(method, class: first)
                // What is usual is there from the start, so that its first occurrence is seen.
                let isUsual = (method == .get || method == .post) && (2...5).contains(first)
                guard count > 0 || isUsual else { continue }
                let status = first == 0 ? "other" : "\(first)xx"
                text.sample(count, [("method", "\(method.label)"), ("status", status)])
            }
        }
        let bounds = DurationScale.bounds.map(Self.seconds)
        text.family(
            "swiftcorn_request_duration_seconds",
            .histogram,
            unit: "seconds",
            "Time from the complete request to the end of its answer."
        )
        text.histogram(
            bounds: bounds,
            counts: reading.buckets(\.durations),
            sum: Self.seconds(reading.sum(\.durationSum))
        )
        text.family(
            "swiftcorn_queue_wait_seconds",
            .histogram,
            unit: "seconds",
            "Time that complete requests waited for the application."
        )
        var waits = reading.buckets(\.waits)
        // Who did not wait is not counted there.
        let waited = waits.reduce(0, &+)
        let requests = reading.requests
        waits[0] &+= requests > waited ? requests - waited : 0
        text.histogram(bounds: bounds, counts: waits, sum: Self.seconds(reading.sum(\.waitSum)))
        text.family("swiftcorn_requests_in_flight", .gauge, "Calls of the application now.")
        text.sample(reading.inFlight)
        text.family(
            "swiftcorn_requests_queued",
            .gauge,
            "Complete requests that wait for the application now."
        )
        text.sample(reading.queued)
        text.family(
            "swiftcorn_requests_handed_over",
            .counter,
            "Requests that a busy worker handed to an idle one."
        )
        text.sample(reading.sum(\.requestsHandedOver))
    }

    private mutating func writeConnections() {
        text.family("swiftcorn_connections", .gauge, "Connections by what they are doing.")
        for state in ConnectionState.allCases {
            text.sample(reading.connections(state), [("state", "\(state.label)")])
        }
        text.family("swiftcorn_connections_accepted", .counter, "Connections accepted.")
        text.sample(reading.sum(\.connectionsAccepted))
        text.family(
            "swiftcorn_received_bytes",
            .counter,
            unit: "bytes",
            "Bytes received from clients."
        )
        text.sample(reading.sum(\.receivedBytes))
        text.family("swiftcorn_sent_bytes", .counter, unit: "bytes", "Bytes sent to clients.")
        text.sample(reading.sum(\.sentBytes))
    }

    private mutating func writeFaults() {
        text.family(
            "swiftcorn_refusals",
            .counter,
            "Requests and connections that the server itself refused."
        )
        for reason in RefusalReason.allCases {
            let count = reading.sum { $0.refusals(reason) }
            text.sample(count, [("reason", "\(reason.label)")])
        }
        text.family("swiftcorn_client_timeouts", .counter, "Clients that took too long.")
        for what in Expiry.allCases {
            text.sample(reading.sum { $0.expiries(what) }, [("phase", "\(what.label)")])
        }
    }

    private mutating func writeSupervision() {
        text.family("swiftcorn_workers", .gauge, "Workers by state.")
        let states: [(String, WorkerSlot.State)] = [
            ("booting", .booting), ("ready", .ready), ("draining", .draining),
        ]
        for (name, state) in states {
            text.sample(reading.workers.count { $0.state == state }, [("state", name)])
        }
        text.family("swiftcorn_workers_wanted", .gauge, "Workers there shall be.")
        text.sample(reading.arbiter.workersWanted)
        text.family(
            "swiftcorn_worker_restarts",
            .counter,
            "Workers that ended and were replaced, by cause."
        )
        for cause in RestartCause.allCases {
            text.sample(reading.arbiter.restarts(cause), [("cause", "\(cause.label)")])
        }
        text.family("swiftcorn_reloads", .counter, "How often the settings were loaded again.")
        text.sample(reading.arbiter.reloads)
        text.family("swiftcorn_reload_failed", .gauge, "Whether the last reload failed.")
        text.sample(reading.arbiter.reloadFailed ? 1 : 0)
    }

    /// By place, not by process: a series for each process there ever was would be too many.
    private mutating func writeWorkers() {
        let places = reading.places
        let workers = reading.workers
        text.family("swiftcorn_worker_requests", .counter, "Requests answered by each worker.")
        for place in places { text.sample(place.requests, label(place)) }
        text.family(
            "swiftcorn_worker_cpu_seconds",
            .counter,
            unit: "seconds",
            "Processor time of each worker."
        )
        for place in places { text.sample(Self.seconds(place.processorTime), label(place)) }
        text.family(
            "swiftcorn_worker_resident_memory_bytes",
            .gauge,
            unit: "bytes",
            "Resident memory of each worker, shared pages included."
        )
        for place in workers {
            if let memory = place.memory { text.sample(memory, label(place)) }
        }
        text.family("swiftcorn_worker_requests_in_flight", .gauge, "Calls in each worker now.")
        for place in workers { text.sample(place.statistics.inFlight, label(place)) }
        text.family(
            "swiftcorn_worker_oldest_request_seconds",
            .gauge,
            unit: "seconds",
            "For how long the oldest call of each worker lasts."
        )
        for place in workers {
            let oldest = place.statistics.oldestCall
            let age = oldest > 0 && reading.now > oldest ? reading.now - oldest : 0
            text.sample(Self.seconds(age), label(place))
        }
        text.family(
            "swiftcorn_worker_uptime_seconds",
            .gauge,
            unit: "seconds",
            "Age of each worker."
        )
        for place in workers {
            let age = reading.now &- min(place.statistics.bornAt, reading.now)
            text.sample(Self.seconds(age), label(place))
        }
    }

    private mutating func writeShared(_ shared: StoreFigures) {
        text.family("swiftcorn_shared_entries", .gauge, "Entries of swiftcorn.shared.")
        text.sample(shared.entries)
        text.family("swiftcorn_shared_entries_limit", .gauge, "Entries it holds at most.")
        text.sample(shared.entriesAtMost)
        text.family(
            "swiftcorn_shared_used_bytes",
            .gauge,
            unit: "bytes",
            "Memory that its entries take."
        )
        text.sample(shared.usedBytes)
        text.family(
            "swiftcorn_shared_limit_bytes",
            .gauge,
            unit: "bytes",
            "Memory that its entries may take."
        )
        text.sample(shared.bytes)
        text.family("swiftcorn_shared_reads", .counter, "Calls of get, by what they found.")
        text.sample(shared.hits, [("result", "hit")])
        text.sample(shared.misses, [("result", "miss")])
        text.family("swiftcorn_shared_writes", .counter, "Values set and counters added to.")
        text.sample(shared.writes)
        text.family(
            "swiftcorn_shared_removals",
            .counter,
            "Entries that ended by themselves, by cause."
        )
        text.sample(shared.evictions, [("cause", "room")])
        text.sample(shared.expirations, [("cause", "expiry")])
        text.family(
            "swiftcorn_shared_recoveries",
            .counter,
            "Locks taken over from processes that were killed."
        )
        text.sample(shared.recoveries)
    }

    private func label(_ place: Reading.Place) -> MetricsText.Labels {
        [("worker", "\(place.index)")]
    }
}
