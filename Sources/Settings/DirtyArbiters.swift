/// Gunicorn's second pool of processes, for long blocking work beside the requests.
enum DirtyArbiters {
    private static let noDirtyPool = Setting.Status.pending("The dirty pool is not built yet.")

    static let settings = Setting.Section.dirtyArbiters.holds([
        Setting(
            "dirty_apps",
            "--dirty-app",
            metavar: "STRING",
            kind: .list,
            initially: .value(.list([])),
            status: .missing("The dirty pool is not built yet."),
            since: "25.0; `:N` 25.1",
            summary: "Class for the dirty pool to load; may be given several times.",
            details: """
                `module:Class`, or `module:Class:N` to load it in N of the pool's workers only. \
                The pool runs when both this and `dirty_workers` are set.
                """
        ),
        Setting(
            "dirty_workers",
            "--dirty-workers",
            metavar: "INT",
            kind: .natural,
            initially: .value(0),
            status: noDirtyPool,
            since: "25.0",
            summary: "Processes in the dirty pool.",
            details: "0 turns the pool off."
        ),
        Setting(
            "dirty_timeout",
            "--dirty-timeout",
            metavar: "INT",
            kind: .natural,
            initially: .value(300),
            status: noDirtyPool,
            since: "25.0",
            summary: "Seconds a call into the dirty pool may take."
        ),
        Setting(
            "dirty_threads",
            "--dirty-threads",
            metavar: "INT",
            kind: .natural,
            initially: .value(1),
            status: noDirtyPool,
            since: "25.0",
            summary: "Threads in each process of the dirty pool."
        ),
        Setting(
            "dirty_graceful_timeout",
            "--dirty-graceful-timeout",
            metavar: "INT",
            kind: .natural,
            initially: .value(30),
            status: noDirtyPool,
            since: "25.0",
            summary: "Seconds the dirty pool gets to finish its work when stopping."
        ),
    ])

    static let hooks = Setting.Section.dirtyArbiterHooks.holds([
        Setting(
            "on_dirty_starting",
            kind: .hook(arity: 1, shownAs: "OnDirtyStarting.on_dirty_starting"),
            status: noDirtyPool,
            since: "25.0",
            summary: "`(arbiter)`, in the dirty pool's arbiter before its loop."
        ),
        Setting(
            "dirty_post_fork",
            kind: .hook(arity: 2, shownAs: "DirtyPostFork.dirty_post_fork"),
            status: noDirtyPool,
            since: "25.0",
            summary: "`(arbiter, worker)`, in the dirty pool's arbiter after it forked a worker."
        ),
        Setting(
            "dirty_worker_init",
            kind: .hook(arity: 1, shownAs: "DirtyWorkerInit.dirty_worker_init"),
            status: noDirtyPool,
            since: "25.0",
            summary: "`(worker)`, in a dirty worker once it has loaded its classes."
        ),
        Setting(
            "dirty_worker_exit",
            kind: .hook(arity: 2, shownAs: "DirtyWorkerExit.dirty_worker_exit"),
            status: noDirtyPool,
            since: "25.0",
            summary: "`(arbiter, worker)`, in the dirty pool's arbiter after a worker ended."
        ),
    ])
}
