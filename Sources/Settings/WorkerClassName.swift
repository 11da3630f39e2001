/// The worker classes that Gunicorn has short names for.
package enum WorkerClassName: String, CaseIterable, Sendable {
    case sync
    case gevent
    case geventWSGI = "gevent_wsgi"
    case geventPyWSGI = "gevent_pywsgi"
    case tornado
    case gthread
    case asgi
}

extension WorkerClassName {
    /// The dotted path of Gunicorn's class.
    package var path: String {
        switch self {
        case .sync: "gunicorn.workers.sync.SyncWorker"
        case .gevent: "gunicorn.workers.ggevent.GeventWorker"
        case .geventWSGI, .geventPyWSGI: "gunicorn.workers.ggevent.GeventPyWSGIWorker"
        case .tornado: "gunicorn.workers.gtornado.TornadoWorker"
        case .gthread: "gunicorn.workers.gthread.ThreadWorker"
        case .asgi: "gunicorn.workers.gasgi.ASGIWorker"
        }
    }

    /// Knows a short name, Gunicorn's dotted path for it, and either with a `#` before it.
    package init?(uri: String) {
        let name = uri.dropping(prefix: "#") ?? uri
        guard let known = Self.allCases.first(where: { $0.rawValue == name || $0.path == name })
        else { return nil }
        self = known
    }
}
