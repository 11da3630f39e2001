package import Gateway
package import Log
package import Platform
import PythonRuntime
package import Serving

/// What a worker shall do, decided before it is forked: the settings it reads, as values.
package struct WorkerPlan {
    package var serving = ServingOptions()
    package var wsgi = WSGIOptions()
    /// Who the worker becomes; nil stays who the arbiter is.
    package var identity: Identity?
    /// Whether the user's supplementary groups are taken too.
    package var takesGroups = false
    /// Seconds without a heartbeat after which the arbiter ends the worker; 0 for never.
    package var timeoutSeconds = 30
    /// Requests after which the worker is replaced; 0 for never.
    package var maxRequests = 0
    /// A random number up to this is added, so that workers are not replaced together.
    package var maxRequestsJitter = 0
    /// What `--env` sets.
    package var environment: [(name: String, value: String)] = []
    /// Directories put in front of the import path.
    package var importPath: [String] = []
    /// Where access lines go; nil for nowhere.
    package var accessTarget: LogTarget?
    package var accessFormat: AccessFormat?
    /// Which requests leave no access line; empty logs all.
    package var accessRules: [AccessFilter.Rule] = []
    /// Who takes the access lines instead of the target; nil where nobody does.
    package var accessJournal: Journal?
    /// The file that Python's `gunicorn.access` writes to: a path, `-`, or nil for none.
    package var accessFile: String?
    /// What is watched while the application is being written; nil for nothing.
    package var reload: ReloadPlan?
    /// How the server calls itself in responses; nil where it does not.
    package var serverField: String? = "gunicorn"

    /// Threads that run the application beside the main thread (gthread); 0 has the main thread
    /// run it (sync).
    package var threads = 0
    /// Whether a thread of our own serves others while the application runs.
    package var hasGuard = true

    package init() {}
}

/// Where one worker stands: what it was given by the process that forked it.
package struct WorkerStation {
    package var listeners: [Listener]
    package var slot: WorkerSlot
    /// The other workers; nil where there are none.
    package var siblings: Siblings?
    /// Readable when the arbiter is gone.
    package var lifeline: Int32
    /// Whether others have served before it: an application that fails now may be mended.
    package var isReplacement: Bool
    /// Tells the arbiter that the application is loaded and requests are served.
    package var announceReady: () -> Void
    /// Tells the arbiter that a request does not come back, and a new worker is wanted instead.
    package var announceStuck: () -> Void = {}
    /// What stands in front of the application, where anything does.
    package var inFront: ((any RequestHandler) -> any RequestHandler)?
    /// Whether the listeners are this worker's alone (`reuse_port`).
    package var ownsListeners = false
    /// Where the arbiter says that the server is about to stop.
    package var serverPage: ArbiterPage?
    /// Where a level of the log is told that somebody asked for.
    package var controlPage: ControlPage?
    /// Asks for a successor; true where this worker is to serve until that one does.
    package var announceSpent: () -> Bool = { false }

    package init(
        listeners: [Listener],
        slot: WorkerSlot,
        lifeline: Int32,
        isReplacement: Bool,
        announceReady: @escaping () -> Void
    ) {
        self.listeners = listeners
        self.slot = slot
        self.lifeline = lifeline
        self.isReplacement = isReplacement
        self.announceReady = announceReady
    }
}

/// The exit statuses a worker's end is told by.
package enum WorkerStatus {
    package static let normal: Int32 = 0
    package static let aborted: Int32 = 1
    /// The worker, or what the application imports, failed: status 3.
    package static let bootFailed: Int32 = 3
    /// The application named is not there: status 4.
    package static let loadFailed: Int32 = 4
}
