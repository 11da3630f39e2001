import Platform
import Testing

@testable import Monitor

@Suite struct MetricsTests {
    private func reading() throws -> (Reading, SharedPages) {
        let pages = try SharedPages(slots: 4)
        pages.arbiter.slotsInUse = 2
        let scale = DurationScale()
        for index in 0..<2 {
            let slot = pages.slot(index)
            slot.occupy(age: index + 1, now: 1)
            slot.pid = index == 0 ? CurrentProcess.pid : 0
            slot.state = index == 0 ? .ready : .empty
            let statistics = slot.statistics
            for milliseconds: UInt64 in [1, 20, 90_000] {
                let duration = milliseconds * 1_000_000
                statistics.answered(
                    method: CountedMethod.get.rawValue,
                    status: 200,
                    nanoseconds: duration,
                    bucket: scale.bucket(of: duration)
                )
            }
            statistics.waited(nanoseconds: 3_000_000, bucket: scale.bucket(of: 3_000_000))
            statistics.refused(.host)
        }
        pages.arbiter.countRestart(.timeout)
        var reader = Reader(pages: pages)
        return (reader.read(now: Clock.monotonicNanoseconds()), pages)
    }

    private func lines(_ form: MetricsText.Form) throws -> [String] {
        let (reading, pages) = try reading()
        var facts = BuildFacts()
        facts.version = "1\"2\\3\n4"
        let text = Metrics.text(of: reading, facts, Health(pages: pages), as: form)
        return text.split(separator: "\n").map(String.init)
    }

    @Test func `counters are sums over all places, also those that nobody has any more`() throws {
        let lines = try lines(.prometheus)
        #expect(lines.contains("swiftcorn_requests_total{method=\"GET\",status=\"2xx\"} 6"))
        #expect(lines.contains("swiftcorn_requests_total{method=\"POST\",status=\"5xx\"} 0"))
        #expect(!lines.contains { $0.contains("method=\"TRACE\"") })
        #expect(lines.contains("swiftcorn_refusals_total{reason=\"host\"} 2"))
        #expect(lines.contains("swiftcorn_worker_restarts_total{cause=\"timeout\"} 1"))
        #expect(lines.contains("swiftcorn_worker_requests_total{worker=\"1\"} 3"))
        #expect(!lines.contains { $0.hasPrefix("swiftcorn_worker_uptime_seconds{worker=\"1\"") })
    }

    @Test func `a histogram counts up to the number of all, and who did not wait is in it`() throws
    {
        let lines = try lines(.prometheus)
        let name = "swiftcorn_request_duration_seconds"
        #expect(lines.contains("\(name)_bucket{le=\"0.0005\"} 0"))
        #expect(lines.contains("\(name)_bucket{le=\"0.001\"} 2"))
        #expect(lines.contains("\(name)_bucket{le=\"60.0\"} 4"))
        #expect(lines.contains("\(name)_bucket{le=\"+Inf\"} 6"))
        #expect(lines.contains("\(name)_count 6"))
        #expect(lines.contains("\(name)_sum 180.042"))
        #expect(lines.contains("swiftcorn_queue_wait_seconds_bucket{le=\"0.0001\"} 4"))
        #expect(lines.contains("swiftcorn_queue_wait_seconds_bucket{le=\"0.005\"} 6"))
        #expect(lines.contains("swiftcorn_queue_wait_seconds_count 6"))
    }

    @Test func `both forms have the same samples, and OpenMetrics its own heads and end`() throws {
        let (plain, open) = (try lines(.prometheus), try lines(.openMetrics))
        let changing = ["cpu_seconds", "memory", "uptime"]
        func samples(_ lines: [String]) -> [String] {
            lines.filter { line in
                !line.hasPrefix("#") && !changing.contains { line.contains($0) }
            }
        }
        #expect(samples(plain) == samples(open))
        #expect(plain.contains("# TYPE swiftcorn_requests_total counter"))
        #expect(open.contains("# TYPE swiftcorn_requests counter"))
        #expect(open.contains("# UNIT swiftcorn_sent_bytes bytes"))
        #expect(open.last == "# EOF")
        #expect(!plain.contains { $0.contains("EOF") || $0.contains("UNIT") })
    }

    @Test func `the value of a label cannot end it`() throws {
        let first = try lines(.prometheus).first { $0.hasPrefix("swiftcorn_build_info{") }
        #expect(first?.hasPrefix(#"swiftcorn_build_info{version="1\"2\\3\n4","#) == true)
    }

    @Test(arguments: [
        ("", false), ("*/*", false), ("text/plain", false), ("application/json", false),
        ("application/openmetrics-text", true),
        ("Application/OpenMetrics-Text; version=1.0.0", true),
        (
            "application/openmetrics-text;version=1.0.0,application/openmetrics-text;"
                + "version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", true
        ),
        ("application/openmetrics-text;q=0.3, text/plain;q=0.5", false),
        ("application/openmetrics-text;q=0", false),
        ("application/openmetrics-text;q=0.000", false),
        ("application/openmetrics-text;q=nonsense", false),
        ("application/openmetrics-text;q=1.0.0", false),
        ("application/openmetrics-text;q=-1", false),
        (";;;,,,;q=", false),
    ])
    func `the form is the one that the client prefers`(field: String, isOpen: Bool) {
        #expect(Accept(field).prefersOpenMetrics == isOpen)
    }

    @Test func `processor time never goes back, whoever dies`() throws {
        let pages = try SharedPages(slots: 1)
        pages.arbiter.slotsInUse = 1
        let slot = pages.slot(0)
        slot.occupy(age: 1, now: 1)
        slot.pid = CurrentProcess.pid
        slot.state = .ready
        slot.statistics.usedProcessorTime(60 * Clock.nanosecondsPerSecond)
        var reader = Reader(pages: pages)
        let before = reader.read(now: 2).processorTime
        #expect(before >= 60 * Clock.nanosecondsPerSecond)
        // Gone, and not noted yet.
        slot.pid = 0
        #expect(reader.read(now: 3).processorTime == before)
        slot.statistics.usedProcessorTime(60 * Clock.nanosecondsPerSecond)
        slot.vacate()
        #expect(reader.read(now: 4).processorTime >= before)
    }

    @Test func `a percentile lies in the bucket that it falls into`() {
        var counts = [UInt64](repeating: 0, count: DurationScale.bucketCount)
        #expect(Percentile.of(counts, fraction: 0.5) == 0)
        counts[3] = 100
        #expect(Percentile.of(counts, fraction: 0.5) == 750_000)
        #expect(Percentile.of(counts, fraction: 1) == 1_000_000)
        counts[18] = 900
        #expect(Percentile.of(counts, fraction: 0.05) == 750_000)
        #expect(Percentile.of(counts, fraction: 0.5) == 60_000_000_000)
    }

    @Test func `a sample is what happened since the one before, as it lies in the pages`() throws {
        let pages = try SharedPages(slots: 1)
        pages.arbiter.slotsInUse = 1
        let statistics = pages.slot(0).statistics
        var reader = Reader(pages: pages)
        var recorder = Recorder(page: pages.history, first: reader.read(now: 10))
        #expect(recorder.due == 10 + 5 * Clock.nanosecondsPerSecond)
        for status in [200, 200, 404, 500] {
            statistics.answered(method: 1, status: status, nanoseconds: 2_000_000, bucket: 4)
        }
        recorder.record(reader.read(now: 10 + 2 * Clock.nanosecondsPerSecond))
        recorder.record(reader.read(now: 10 + 4 * Clock.nanosecondsPerSecond))
        let samples = recorder.samples
        #expect(samples.map(\.requests) == [4, 0])
        #expect(samples.map(\.clientErrors) == [1, 0])
        #expect(samples.map(\.serverErrors) == [1, 0])
        #expect(samples[0].rate(samples[0].requests) == 2)
        #expect(samples[0].percentiles[0] == 1_750_000)
        #expect(samples[1].percentiles == [0, 0, 0])
        #expect(samples[0].words == Sample(words: samples[0].words).words)
    }

    @Test func `JSON escapes what could end a text, or a script`() {
        var json = JSONText()
        json.object { json in
            json.set("a\"b", "</script>\\\n\u{1}\u{2028}é🦄")
            json.set("n", Double.nan)
            json.array("list") { json in
                json.set(nil, 1)
                json.set(nil, true)
                json.object { $0.setNothing("x") }
            }
            json.object("empty") { _ in }
        }
        let expected =
            #"{"a\"b":"\u003c/script>\\\n\u0001\u2028é🦄","n":null,"#
            + #""list":[1,true,{"x":null}],"empty":{}}"#
        #expect(json.text == expected)
    }
}
