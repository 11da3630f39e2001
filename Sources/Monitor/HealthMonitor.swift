package import Engine
import HTTP
package import Log
package import Platform
import Serving
package import SharedStore

/// What a monitor is to watch, and to tell.
package struct MonitorPlan {
    package var listeners: [Listener]
    package var pages: SharedPages
    /// Readable when the arbiter is gone.
    package var lifeline: Int32
    package var health = HealthOptions()
    package var facts = ServerFacts()
    /// The control socket, where there is one.
    package var control: ControlPlan?
    /// The application's own metrics, in OpenMetrics or the older form; empty where there are none.
    package var applicationMetrics: (_ asOpenMetrics: Bool) -> String = { _ in "" }

    /// What the application's processes share, where they do.
    package var sharedStore: SharedStore?

    package init(listeners: [Listener], pages: SharedPages, lifeline: Int32) {
        self.listeners = listeners
        self.pages = pages
        self.lifeline = lifeline
    }
}

/// The process that answers probes and scrapes and shows the status page: a server of its own, so
/// that no client of it can stall supervision and no stuck worker can stall a probe.
package final class HealthMonitor: EventReceiver {
    private static let longestSleep: UInt64 = 1_000_000_000
    /// How often pages that are looked at are told of news.
    private static let eventPause: UInt64 = 1_000_000_000
    /// Pages that may be looked at at a time.
    private static let streamsAtMost = 32
    private static let connectionsAtMost = 256
    /// Of one address: others are to have a chance when somebody takes what there is.
    private static let connectionsOfOneAtMost = 128
    /// Seconds that a head, and the taking of an answer, may last.
    private static let patienceSeconds = 5

    private let plan: MonitorPlan
    private let health: Health
    private let log: Logger
    private var reader: Reader
    private var recorder: Recorder
    private var streams: [EventStream] = []
    private var eventDue: UInt64 = 0
    private var loop: EventLoop?
    private var control: ControlServer?
    private var hasEnded = false

    package init(_ plan: MonitorPlan, log: Logger) {
        self.plan = plan
        self.log = log
        health = Health(pages: plan.pages, options: plan.health)
        reader = Reader(pages: plan.pages)
        let first = reader.read(now: Clock.monotonicNanoseconds())
        recorder = Recorder(page: plan.pages.history, first: first)
    }

    /// Answers until the arbiter says, or shows, that it is over.
    package func run() -> Int32 {
        do {
            let loop = try EventLoop()
            self.loop = loop
            // Without an address of its own it is there for the control socket alone.
            let server = plan.listeners.isEmpty ? nil : makeServer(loop)
            let signals = try SignalInbox(watching: [.terminate, .interrupt, .quit])
            try loop.watch(plan.lifeline, for: .readable, receiver: self)
            try loop.watch(signals.descriptor, for: .readable, receiver: self)
            try server?.start()
            try openControl(loop)
            while !hasEnded {
                let pause = self.pause(loop.now)
                if let server {
                    server.turn(waitingAtMost: pause) { wait in wait() }
                } else {
                    loop.turn(waitingAtMost: pause)
                }
                keepRecord(loop.now)
                tellStreams(loop.now)
                keepControl(loop.now)
            }
            control?.end()
            for stream in streams { stream.end() }
            server?.closeAll()
            return 0
        } catch {
            log.error("The monitor cannot serve: \(error)")
            return 1
        }
    }

    /// A signal has arrived, or the arbiter is gone: either way it is over.
    package func ready(_ events: Interest) {
        hasEnded = true
    }

    private func makeServer(_ loop: EventLoop) -> Server {
        var options = ServingOptions()
        options.headSeconds = Self.patienceSeconds
        options.bodySeconds = Self.patienceSeconds
        options.writeSeconds = Self.patienceSeconds
        options.connectionsAtMost = Self.connectionsAtMost
        options.connectionsOfOneAtMost = Self.connectionsOfOneAtMost
        // Nothing that is asked for here has content.
        options.bodyAtMost = 1
        let endpoints = plan.listeners.map { listener in
            Endpoint(
                descriptor: listener.descriptor,
                name: listener.address.host,
                port: "\(listener.address.port)",
                isUnix: listener.address.family == .unix
            )
        }
        return Server(
            loop: loop,
            endpoints: endpoints,
            options: options,
            serverField: "gunicorn",
            handler: ClosureHandler { [unowned self] exchange in answer(exchange) },
            log: log
        )
    }

    // MARK: What happens by itself

    private func pause(_ now: UInt64) -> UInt64 {
        var due = recorder.due
        if !streams.isEmpty { due = min(due, eventDue) }
        return due > now ? min(due - now, Self.longestSleep) : 0
    }

    private func keepRecord(_ now: UInt64) {
        guard now >= recorder.due else { return }
        recorder.record(reader.read(now: now))
    }

    private func tellStreams(_ now: UInt64) {
        guard !streams.isEmpty, now >= eventDue else { return }
        eventDue = now + Self.eventPause
        let document = StatusDocument(reader.read(now: now), plan.facts, health)
        let text = document.text(recorder.samples, isEvent: true)
        for stream in streams { stream.tell(text, now: now) }
        streams.removeAll { $0.isOver }
    }

    // MARK: The control socket

    private func openControl(_ loop: EventLoop) throws {
        guard let control = plan.control else { return }
        let desk = ControlDesk(plan.pages, control, plan.facts, health) { [unowned self] in
            StatusDocument(reader.read(now: Clock.monotonicNanoseconds()), plan.facts, health)
                .text(recorder.samples)
        }
        self.control = try ControlServer(control.listener, on: loop) { message in
            desk.answer(message)
        }
    }

    /// A monitor that is there for the control socket alone goes when nobody asks it anything.
    private func keepControl(_ now: UInt64) {
        guard let control else { return }
        control.keepTime(now)
        if plan.listeners.isEmpty, control.isIdle(now) { hasEnded = true }
    }

    // MARK: What is asked for

    private func answer(_ exchange: Exchange) {
        guard exchange.head.isGet || exchange.head.isHead else {
            return Reply(.methodNotAllowed, "GET or HEAD\n").with("Allow", "GET, HEAD")
                .send(exchange)
        }
        let path = String(decoding: exchange.bytes(of: exchange.head.path), as: UTF8.self)
        if let probe = Probe(rawValue: path) { return probe.answer(exchange, health) }
        switch path {
        case "/metrics": sendMetrics(exchange)
        case "/status.json": sendStatus(exchange)
        case "/events": openStream(exchange)
        case "/": StatusPage.reply.send(exchange)
        default:
            let paths = "/livez, /readyz, /startupz, /metrics, /status.json and / are here\n"
            Reply(.notFound, paths).send(exchange)
        }
    }

    private func sendMetrics(_ exchange: Exchange) {
        let accept = Accept(exchange.fieldValue("accept"))
        let form: MetricsText.Form = accept.prefersOpenMetrics ? .openMetrics : .prometheus
        var reading = reader.read(now: Clock.monotonicNanoseconds())
        reading.shared = plan.sharedStore?.figures
        let text = Metrics.text(
            of: reading,
            plan.facts.build,
            health,
            plan.applicationMetrics(form == .openMetrics),
            as: form
        )
        Reply(.good, text, type: form.type).with("Vary", "Accept").send(exchange)
    }

    private func sendStatus(_ exchange: Exchange) {
        let reading = reader.read(now: Clock.monotonicNanoseconds())
        let document = StatusDocument(reading, plan.facts, health)
        let text = document.text(recorder.samples) + "\n"
        Reply(.good, text, type: "application/json").send(exchange)
    }

    /// Takes the socket over from the connection, which ends; its stream goes on.
    private func openStream(_ exchange: Exchange) {
        streams.removeAll { $0.isOver }
        guard exchange.head.isGet, let loop else {
            return Reply(.good, "", type: "text/event-stream").send(exchange)
        }
        guard streams.count < Self.streamsAtMost else {
            return Reply(.unavailable, "too many are looking\n").with("Retry-After", "10")
                .send(exchange)
        }
        do throws(SystemError) {
            let descriptor = try exchange.lendSocket()
            // It was made to wait; nobody here may.
            Descriptor.setNonBlocking(descriptor)
            exchange.abort()
            if streams.isEmpty { eventDue = 0 }
            streams.append(EventStream(descriptor: descriptor, on: loop))
        } catch {
            Reply(.unavailable, "\(error)\n").send(exchange)
        }
    }
}

extension Exchange {
    /// The value of the last field of that name, which is in lower case; empty where there is none.
    fileprivate func fieldValue(_ name: StaticString) -> String {
        let wanted = UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        for index in (0..<head.fields.count).reversed() {
            let field = head.fields[index]
            let found = bytes(of: field.name)
            guard found.count == wanted.count,
                found.elementsEqual(wanted, by: { $0 | 0x20 == $1 })
            else { continue }
            return String(decoding: bytes(of: field.value), as: UTF8.self)
        }
        return ""
    }
}
