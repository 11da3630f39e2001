import Platform
import Testing

@testable import Monitor

/// A server as the shared pages show it, without any process.
private struct Scene {
    let pages: SharedPages
    static let now: UInt64 = 1000 * Clock.nanosecondsPerSecond
    var options = HealthOptions()

    init(workers: Int, wanted: Int? = nil) throws {
        pages = try SharedPages(slots: 8)
        pages.arbiter.state = .ready
        pages.arbiter.heartbeat = Self.now - 1
        pages.arbiter.workersWanted = wanted ?? workers
        pages.arbiter.timeoutNanoseconds = 30 * Clock.nanosecondsPerSecond
        pages.arbiter.slotsInUse = workers
        for index in 0..<workers {
            let slot = pages.slot(index)
            slot.occupy(age: index + 1, now: Self.now)
            slot.pid = Int32(100 + index)
            slot.state = .ready
            slot.statistics.freeAt = Self.now
        }
    }

    var health: Health { Health(pages: pages, options: options) }
    var readiness: [String] { health.readiness(now: Self.now).compactMap(\.fault) }
    var liveness: [String] { health.liveness(now: Self.now).compactMap(\.fault) }
    var startup: [String] { health.startup().compactMap(\.fault) }

    static func ago(_ seconds: Double) -> UInt64 { now - UInt64(seconds * 1e9) }
}

@Suite struct HealthTests {
    @Test func `a server whose workers are free is alive, ready and started`() throws {
        let scene = try Scene(workers: 2)
        #expect(scene.liveness.isEmpty)
        #expect(scene.readiness.isEmpty)
        #expect(scene.startup.isEmpty)
    }

    @Test func `while it starts every worker that is wanted has to be there`() throws {
        let scene = try Scene(workers: 1, wanted: 3)
        scene.pages.arbiter.state = .starting
        #expect(scene.readiness == ["starting", "1 of 3 workers booted"])
        #expect(scene.startup == ["starting, 1 of 3 workers booted"])
        scene.pages.arbiter.state = .ready
        #expect(scene.readiness.isEmpty)
        #expect(scene.startup.isEmpty)
    }

    @Test func `it is not ready while it drains or stops, or without a worker`() throws {
        let scene = try Scene(workers: 1)
        scene.pages.arbiter.state = .draining
        #expect(scene.readiness == ["draining"])
        scene.pages.arbiter.state = .stopping
        #expect(scene.readiness == ["stopping"])
        #expect(scene.startup.isEmpty)
        scene.pages.arbiter.state = .ready
        scene.pages.slot(0).vacate()
        #expect(scene.readiness == ["no worker is ready"])
        #expect(scene.liveness.isEmpty)
    }

    @Test func `an arbiter that does not move is no life`() throws {
        let scene = try Scene(workers: 1)
        scene.pages.arbiter.heartbeat = Scene.ago(29)
        scene.pages.slot(0).heartbeat = Scene.now
        #expect(scene.liveness.isEmpty)
        scene.pages.arbiter.heartbeat = Scene.ago(31)
        #expect(scene.liveness == ["the arbiter does not move"])
        // Later than we look, by a process that was faster.
        scene.pages.arbiter.heartbeat = Scene.now + 5
        #expect(scene.liveness.isEmpty)
    }

    @Test func `stuck workers are life as long as the arbiter may yet act`() throws {
        var scene = try Scene(workers: 2)
        for index in 0..<2 { scene.pages.slot(index).heartbeat = Scene.ago(34) }
        #expect(scene.liveness.isEmpty)
        for index in 0..<2 { scene.pages.slot(index).heartbeat = Scene.ago(36) }
        #expect(scene.liveness == ["every worker is stuck, and none is replaced"])
        scene.pages.slot(1).heartbeat = Scene.ago(1)
        #expect(scene.liveness.isEmpty)
        scene.pages.slot(1).heartbeat = Scene.ago(36)
        scene.pages.arbiter.timeoutNanoseconds = 0
        #expect(scene.liveness.isEmpty)
        scene.options.readyGraceSeconds = 0
        #expect(scene.readiness.isEmpty)
    }

    @Test func `it is not ready when no worker was free for as long as the grace is`() throws {
        var scene = try Scene(workers: 2)
        scene.pages.slot(0).statistics.freeAt = Scene.ago(12)
        scene.pages.slot(1).statistics.freeAt = Scene.ago(10.5)
        #expect(scene.readiness.isEmpty)
        scene.pages.slot(1).statistics.freeAt = Scene.ago(11.5)
        #expect(scene.readiness == ["no worker has been free for 10 s"])
        #expect(scene.liveness.isEmpty)
        scene.pages.slot(0).isWaiting = true
        #expect(scene.readiness.isEmpty)
        scene.pages.slot(0).isWaiting = false
        // A worker of somebody else's making never says that it is free.
        scene.pages.slot(0).statistics.freeAt = 0
        #expect(scene.readiness.isEmpty)
        scene.pages.slot(0).statistics.freeAt = Scene.ago(100)
        scene.options.readyGraceSeconds = 0
        #expect(scene.readiness.isEmpty)
    }

    @Test func `the application's own check counts by its newest answer`() throws {
        var scene = try Scene(workers: 2)
        scene.options.hasCheck = true
        #expect(scene.readiness == ["the check was not made yet"])
        let (first, second) = (scene.pages.slot(0).statistics, scene.pages.slot(1).statistics)
        first.checkEnds(.passed, at: Scene.ago(9))
        #expect(scene.readiness.isEmpty)
        second.checkEnds(.failed, at: Scene.ago(8))
        #expect(scene.readiness == ["the check has failed"])
        first.checkBegins(at: Scene.ago(4))
        #expect(scene.readiness == ["the check has failed"])
        first.checkEnds(.passed, at: Scene.ago(3))
        #expect(scene.readiness.isEmpty)
    }

    @Test func `a check that takes too long counts as failed until it ends`() throws {
        var scene = try Scene(workers: 1)
        scene.options.hasCheck = true
        let statistics = scene.pages.slot(0).statistics
        statistics.checkEnds(.passed, at: Scene.ago(20))
        statistics.checkBegins(at: Scene.ago(6))
        #expect(scene.readiness == ["the check takes longer than 5 s"])
        scene.options.checkTimeoutSeconds = 0
        #expect(scene.readiness.isEmpty)
        scene.options.checkTimeoutSeconds = 5
        statistics.checkEnds(.passed, at: Scene.now)
        #expect(scene.readiness.isEmpty)
    }
}
