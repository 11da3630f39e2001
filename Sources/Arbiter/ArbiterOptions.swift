package import Platform

/// What the arbiter does its work by: plain values, made from the settings by whoever knows those.
package struct ArbiterOptions: Sendable {
    /// What `Starting …` names: a program and its version.
    package var banner = "gunicorn"
    /// The name in `Using worker: …`.
    package var workerClass = "sync"
    /// The name in process titles (`proc_name`).
    package var processName = "gunicorn"
    package var bind: [ListenAddress] = [.tcp(host: "127.0.0.1", port: 8000)]
    package var listener = ListenerOptions()
    /// Whether addresses are shown as `https://`.
    package var isSecure = false
    package var workers = 1
    /// How long a worker may be silent; 0 asks nobody.
    package var timeoutSeconds = 30
    package var gracefulTimeoutSeconds = 30
    package var pidFile: String?
    package var isDaemon = false
    /// How many workers a reload replaces at a time; 0 replaces all of them together.
    package var reloadBatch = 0
    /// How long the server serves on after TERM before it stops.
    package var shutdownDelaySeconds = 0
    /// Where the monitor listens; without an address there is no monitor.
    package var monitorBind: [ListenAddress] = []

    /// Where the server is controlled through; nowhere where there is none.
    package var control: ControlOptions?
    /// Whether the operator wants no control socket, which is told of.
    package var refusesControl = false

    /// When a worker is replaced, and how long its boot may take.
    package var limits = WorkerLimits()
    /// What is said below a failure to begin: which setting is behind it, and what it takes.
    package var explanations = Explanations()

    package init() {}

    /// The control socket.
    package struct ControlOptions: Equatable, Sendable {
        package let path: String
        package let mode: UInt32

        package init(path: String, mode: UInt32) {
            self.path = path
            self.mode = mode
        }
    }

    /// Lines for the operator; nil where there is nothing to explain.
    package struct Explanations: Sendable {
        package var bind: String?
        package var monitorBind: String?
        package var pidFile: String?
    }
}
