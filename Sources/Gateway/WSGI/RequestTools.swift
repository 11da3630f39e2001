import CPython
import PythonRuntime
import Serving

/// The callables that requests of one exchange are given, one after another.
struct RequestTools {
    private(set) var start: PyRef
    private(set) var hints: PyRef
    /// The environ of the last request, kept where the operator's logger may ask for it.
    private var environ: PyRef?
    /// The request that it belongs to.
    private var serial: UInt64 = 0

    private init() {
        start = StartResponse.make()
        hints = EarlyHints.make()
    }

    /// Those of an exchange; they live as long as it does, which is as long as the process.
    static func of(_ exchange: Exchange) -> UnsafeMutablePointer<RequestTools> {
        if let kept = exchange.attachment {
            return kept.assumingMemoryBound(to: RequestTools.self)
        }
        let made = UnsafeMutablePointer<RequestTools>.allocate(capacity: 1)
        made.initialize(to: RequestTools())
        exchange.attachment = UnsafeMutableRawPointer(made)
        return made
    }

    /// Takes over the environ of a request that was answered.
    mutating func keepOrRelease(_ environ: PyRef, of exchange: Exchange, isKept: Bool) {
        guard isKept else { return Py_DecRef(environ) }
        let former = self.environ
        self.environ = environ
        serial = exchange.serial
        if let former { Py_DecRef(former) }
    }

    /// The environ of that request, borrowed; nil where it is another one's.
    func environ(of exchange: Exchange) -> PyRef? {
        serial == exchange.serial ? environ : nil
    }

    /// Ends the request: what somebody still holds must go on meaning it, although it is over.
    mutating func renew() {
        if !StartResponse.unbind(start) {
            Py_DecRef(start)
            start = StartResponse.make()
        }
        if !EarlyHints.unbind(hints) {
            Py_DecRef(hints)
            hints = EarlyHints.make()
        }
    }
}
