import Platform

/// What the monitor is told of the server by whoever forked it.
package struct ServerFacts: Sendable {
    package var build = BuildFacts()
    /// The name in process titles.
    package var name = ""
    package var application = ""
    /// What the server listens at, as its first lines in the log say it.
    package var addresses: [String] = []
    /// Settings that are not as they are by default, with where they come from.
    package var settings: [(name: String, value: String, origin: String)] = []

    package init() {}
}

/// The document behind the status page: `/status.json`, and the events of `/events`.
///
/// Its fields are described in docs/observability.md; a field keeps its name and meaning.
struct StatusDocument {
    private let reading: Reading
    private let facts: ServerFacts
    private let health: Health

    init(_ reading: Reading, _ facts: ServerFacts, _ health: Health) {
        self.reading = reading
        self.facts = facts
        self.health = health
    }

    /// The whole of it, or what an event tells: that leaves out what does not change, and all but
    /// the newest of the samples.
    func text(_ samples: [Sample], isEvent: Bool = false) -> String {
        var json = JSONText()
        json.object { json in
            if !isEvent {
                writeServer(&json)
                writeSettings(&json)
            }
            writeState(&json)
            json.array("workers") { json in
                for place in reading.workers.sorted(by: { $0.age < $1.age }) {
                    write(place, into: &json)
                }
            }
            writeTotals(&json)
            writeHistory(isEvent ? samples.suffix(1) : samples, into: &json)
        }
        return json.text
    }

    private static func seconds(_ nanoseconds: UInt64) -> Double {
        // A millisecond is as exact as anybody reads it.
        Double(nanoseconds / 1_000_000) / 1e3
    }

    private func since(_ moment: UInt64) -> Double {
        moment > 0 && reading.now > moment ? Self.seconds(reading.now - moment) : 0
    }

    // MARK: The server

    private func writeServer(_ json: inout JSONText) {
        json.object("server") { json in
            json.set("version", facts.build.version)
            json.set("gunicorn", facts.build.gunicorn)
            json.set("python", facts.build.python)
            json.set("name", facts.name)
            json.set("application", facts.application)
            json.set("worker_class", facts.build.workerClass)
            json.array("addresses") { json in
                for address in facts.addresses { json.set(nil, address) }
            }
            json.set("timeout_seconds", Self.seconds(reading.arbiter.timeoutNanoseconds))
            json.set("pid", reading.arbiter.pid)
            json.set("started", Self.seconds(reading.arbiter.startedAt))
        }
    }

    private func writeSettings(_ json: inout JSONText) {
        json.array("settings") { json in
            for setting in facts.settings {
                json.object { json in
                    json.set("name", setting.name)
                    json.set("value", setting.value)
                    json.set("origin", setting.origin)
                }
            }
        }
    }

    private func writeState(_ json: inout JSONText) {
        json.set("state", "\(reading.arbiter.state)")
        json.set("time", Self.seconds(Clock.realtimeNanoseconds()))
        write("live", health.liveness(now: reading.now), into: &json)
        write("ready", health.readiness(now: reading.now), into: &json)
        json.set("workers_wanted", reading.arbiter.workersWanted)
        json.set("reloads", reading.arbiter.reloads)
        json.set("reload_failed", reading.arbiter.reloadFailed)
    }

    private func write(_ key: String, _ checks: [Health.Check], into json: inout JSONText) {
        json.object(key) { json in
            json.set("ok", checks.allSatisfy { $0.fault == nil })
            json.array("checks") { json in
                for check in checks {
                    json.object { json in
                        json.set("name", check.name)
                        json.set("ok", check.fault == nil)
                        if let fault = check.fault { json.set("reason", fault) }
                    }
                }
            }
        }
    }

    // MARK: Workers

    private func write(_ place: Reading.Place, into json: inout JSONText) {
        let statistics = place.statistics
        json.object { json in
            json.set("worker", place.index)
            json.set("pid", place.pid)
            json.set("age", place.age)
            json.set("state", "\(place.state)")
            json.set("uptime_seconds", since(statistics.bornAt))
            json.set("requests", place.requests)
            json.set("in_flight", statistics.inFlight)
            json.set("oldest_request_seconds", since(statistics.oldestCall))
            json.set("queued", statistics.queued)
            json.set("connections", place.connections)
            if let memory = place.memory {
                json.set("memory_bytes", memory)
            } else {
                json.setNothing("memory_bytes")
            }
            json.set("cpu_seconds", Self.seconds(place.processorTime))
            json.set("restarts", statistics.births > 0 ? statistics.births - 1 : 0)
        }
    }

    // MARK: Sums

    private func writeTotals(_ json: inout JSONText) {
        json.object("totals") { json in
            json.set("requests", reading.requests)
            json.object("responses") { json in
                for first in 1..<WorkerStatistics.classes {
                    json.set("\(first)xx", reading.requests(class: first))
                }
            }
            json.set("in_flight", reading.inFlight)
            json.set("queued", reading.queued)
            json.object("connections") { json in
                for state in ConnectionState.allCases {
                    json.set("\(state.label)", reading.connections(state))
                }
            }
            json.set("received_bytes", reading.sum(\.receivedBytes))
            json.set("sent_bytes", reading.sum(\.sentBytes))
            json.set("handed_over", reading.sum(\.requestsHandedOver))
            json.object("refusals") { json in
                for reason in RefusalReason.allCases {
                    json.set("\(reason.label)", reading.sum { $0.refusals(reason) })
                }
            }
            json.object("client_timeouts") { json in
                for what in Expiry.allCases {
                    json.set("\(what.label)", reading.sum { $0.expiries(what) })
                }
            }
            json.object("restarts") { json in
                for cause in RestartCause.allCases {
                    json.set("\(cause.label)", reading.arbiter.restarts(cause))
                }
            }
        }
    }

    private func writeHistory(
        _ samples: some Sequence<Sample>,
        into json: inout JSONText
    ) {
        json.object("history") { json in
            json.set("interval_seconds", HistoryPage.intervalSeconds)
            json.array("samples") { json in
                for sample in samples { write(sample, into: &json) }
            }
        }
    }

    private func write(_ sample: Sample, into json: inout JSONText) {
        json.object { json in
            json.set("time", Double(sample.time) / 1e3)
            json.set("requests_per_second", Self.rounded(sample.rate(sample.requests)))
            json.set("client_errors_per_second", Self.rounded(sample.rate(sample.clientErrors)))
            json.set("server_errors_per_second", Self.rounded(sample.rate(sample.serverErrors)))
            json.set("refusals_per_second", Self.rounded(sample.rate(sample.refusals)))
            for (name, value) in zip(["p50", "p95", "p99"], sample.percentiles) {
                json.set("\(name)_seconds", Double(value / 1000) / 1e6)
            }
            json.set("in_flight", sample.inFlight)
            json.set("memory_bytes", sample.memory)
            json.set("cpu_cores", Self.rounded(sample.rate(sample.processorTime) / 1e9))
        }
    }

    private static func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
}
