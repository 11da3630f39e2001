import Arbiter
import CommandLine
import Log
import Platform
import PythonRuntime
import Serving
import Settings
import Workers

extension Program {
    static func serve(_ settings: Settings, _ application: String, from start: StartingPoint) -> Int32 {
        do {
            try Surroundings.enter(settings)
            let log = try Logger(level: settings.level, target: settings.errorTarget)
            let pages = try SharedPages(slots: 4)
            let plan = try settings.workerPlan(errorLog: log.descriptor)
            var listeners: [Listener] = []
            for bind in try settings.bind {
                if case .tcp(let host, let port) = bind {
                    listeners.append(try Listener.bind(to: .tcp(host: host, port: port), ListenerOptions()))
                }
            }
            let pipe = try WakePipe_()
            let station = WorkerStation(listeners: listeners, slot: pages.slot(0), lifeline: pipe, announceReady: {})
            let worker = SyncWorker(plan, at: station, log: log) { () throws(ApplicationFailure) in
                try ApplicationLocator.load(application)
            }
            return worker.run()
        } catch {
            StandardError.write("\nError: \(error)\n")
            return 1
        }
    }
}
import Engine
func WakePipe_() throws -> Int32 { try WakePipe.make().read }
