/// Python functions that are called at turning points of the server's life.
///
/// A hook is a function in the config file, or its dotted import path. The number of positional
/// parameters is checked when it is set.
enum ServerHooks {
    /// Of the hooks that nobody calls yet.
    private static let statuses: [String: Setting.Status] = [
        "ssl_context": .pending("TLS is not built yet.")
    ]

    private static func hook(
        _ name: String,
        _ shownAs: String,
        arity: Int,
        since: String? = nil,
        _ summary: String,
        details: String = ""
    ) -> Setting {
        Setting(
            name,
            kind: .hook(arity: arity, shownAs: shownAs),
            status: statuses[name] ?? .built,
            since: since,
            summary: summary,
            details: details
        )
    }

    static let settings = Setting.Section.serverHooks.holds([
        hook(
            "on_starting",
            "OnStarting.on_starting",
            arity: 1,
            "`(server)`, in the master before the sockets are opened."
        ),
        hook(
            "on_reload",
            "OnReload.on_reload",
            arity: 1,
            since: "0.14",
            "`(server)`, in the master on HUP, once the settings have been read again."
        ),
        hook(
            "when_ready",
            "WhenReady.when_ready",
            arity: 1,
            "`(server)`, in the master when it listens and before the first fork."
        ),
        hook(
            "pre_fork",
            "Prefork.pre_fork",
            arity: 2,
            "`(server, worker)`, in the master before a worker is forked."
        ),
        hook(
            "post_fork",
            "Postfork.post_fork",
            arity: 2,
            "`(server, worker)`, in a new worker before it loads the application."
        ),
        hook(
            "post_worker_init",
            "PostWorkerInit.post_worker_init",
            arity: 1,
            since: "0.17",
            "`(worker)`, in a worker that has loaded the application."
        ),
        hook(
            "worker_int",
            "WorkerInt.worker_int",
            arity: 1,
            since: "19.0",
            "`(worker)`, in a worker told to stop by INT or QUIT."
        ),
        hook(
            "worker_abort",
            "WorkerAbort.worker_abort",
            arity: 1,
            since: "19.0",
            "`(worker)`, in a worker that got ABRT, as after a timeout."
        ),
        hook(
            "pre_exec",
            "PreExec.pre_exec",
            arity: 1,
            "`(server)`, in the forked process that is about to become the new master (USR2)."
        ),
        hook(
            "pre_request",
            "PreRequest.pre_request",
            arity: 2,
            "`(worker, request)`, in a worker before the application is called.",
            details: "Without one, method and path are logged at level debug."
        ),
        hook(
            "post_request",
            "PostRequest.post_request",
            arity: -1,
            "`(worker, request, environ, response)`, in a worker after a request.",
            details: "A function of two or three parameters gets the first two or three."
        ),
        hook(
            "child_exit",
            "ChildExit.child_exit",
            arity: 2,
            since: "19.7",
            "`(server, worker)`, in the master after a worker ended."
        ),
        hook(
            "worker_exit",
            "WorkerExit.worker_exit",
            arity: 2,
            since: "0.12",
            "`(server, worker)`, in a worker that is about to end."
        ),
        hook(
            "nworkers_changed",
            "NumWorkersChanged.nworkers_changed",
            arity: 3,
            since: "0.17",
            "`(server, new, old)`, in the master when the wanted number of workers changes.",
            details: "Called once at start, with `None` for the old number."
        ),
        hook(
            "on_exit",
            "OnExit.on_exit",
            arity: 1,
            since: "19.0",
            "`(server)`, in the master as the last thing it does."
        ),
        hook(
            "ssl_context",
            "NewSSLContext.ssl_context",
            arity: 2,
            since: "21.0",
            "`(config, default_factory)`, has to return the `ssl.SSLContext` to use."
        ),
    ])
}
