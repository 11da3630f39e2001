import Settings
import Testing

@Suite struct RegistryTests {
    @Test func `there are the 120 settings of Gunicorn 27, and ours are in sections of ours`() {
        #expect(Registry.all.filter { !$0.isOurs }.count == 120)
        let ours = Registry.all.filter(\.isOurs)
        #expect(ours.contains { $0.name == "health_bind" })
        let sections: Set<Setting.Section> = [
            .health, .requests, .clients, .concurrency, .journal, .workerLimits, .supervision,
            .logRecords, .sharedState,
        ]
        #expect(ours.allSatisfy { sections.contains($0.section) })
    }

    @Test func `no name and no flag is used twice`() {
        let names = Registry.all.map(\.name)
        let flags = Registry.all.flatMap(\.flags)
        #expect(Set(names).count == names.count)
        #expect(Set(flags).count == flags.count)
    }

    @Test func `twenty-five of Gunicorn's settings have no flag, and twenty of those are hooks`() {
        let silent = Registry.all.filter(\.flags.isEmpty)
        let hooks = silent.filter { if case .hook = $0.kind { true } else { false } }
        #expect(silent.count == 25)
        #expect(hooks.count == 20)
    }

    @Test func `each section has the number of settings that Gunicorn gives it`() {
        let gunicorns = Registry.all.filter { !$0.isOurs }
        let counts = Dictionary(grouping: gunicorns, by: \.section).mapValues(\.count)
        #expect(
            counts == [
                .serverMechanics: 30, .logging: 19, .serverHooks: 16, .workerProcesses: 14,
                .tls: 8, .debugging: 6, .http2: 6, .dirtyArbiters: 5, .dirtyArbiterHooks: 4,
                .security: 3, .control: 3, .configFile: 2, .serverSocket: 2, .processNaming: 2,
            ]
        )
    }

    @Test func `every setting says what it does in one line`() {
        for setting in Registry.all {
            #expect(!setting.summary.isEmpty && !setting.summary.contains("\n"), "\(setting.name)")
            #expect(setting.summary.hasSuffix("."), "\(setting.name)")
        }
    }

    @Test func `Gunicorn's short names of worker classes are known, and nothing else`() {
        #expect(
            WorkerClassName.allCases.map(\.rawValue) == [
                "sync", "gevent", "gevent_wsgi", "gevent_pywsgi", "tornado", "gthread", "asgi",
            ]
        )
        #expect(WorkerClassName(uri: "#sync") == .sync)
        #expect(WorkerClassName(uri: "gunicorn.workers.gthread.ThreadWorker") == .gthread)
        #expect(WorkerClassName(uri: "eventlet") == nil)
    }
}
