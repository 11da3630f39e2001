import CPython
import PythonRuntime
import Serving

/// The callables that requests of one exchange are given, one after another.
struct RequestTools {
    private(set) var start: PyRef
    private(set) var hints: PyRef

    /// Those of an exchange; they live as long as it does, which is as long as the process.
    static func of(_ exchange: Exchange) -> UnsafeMutablePointer<RequestTools> {
        if let kept = exchange.attachment {
            return kept.assumingMemoryBound(to: RequestTools.self)
        }
        let made = UnsafeMutablePointer<RequestTools>.allocate(capacity: 1)
        made.initialize(to: RequestTools(start: StartResponse.make(), hints: EarlyHints.make()))
        exchange.attachment = UnsafeMutableRawPointer(made)
        return made
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
