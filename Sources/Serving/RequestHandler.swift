/// What answers requests: everything below Python is written against it.
///
/// The gateway to WSGI is one; a Swift closure can be another, which gives us a server in tests
/// and the baseline of the benchmark.
package protocol RequestHandler: AnyObject {
    /// Answers one complete request before it returns: `exchange` is used again for the next.
    func handle(_ exchange: Exchange)

    /// Lets go of what kept response bytes alive until the socket had taken them.
    ///
    /// Called on the thread that turns the loop, as `handle` is.
    func release(_ owner: ResponseOwner)

    /// Runs a wait for the socket; a handler that holds a lock gives it up meanwhile.
    func wait(_ wait: () -> Bool) -> Bool

    /// Whether any thread may have a request for that path handled, also one that never runs the
    /// application.
    ///
    /// Asked only where the threads that do are busy.
    func needsNobody(toAnswer path: UnsafeRawBufferPointer) -> Bool
}

extension RequestHandler {
    package func needsNobody(toAnswer path: UnsafeRawBufferPointer) -> Bool { false }
}

/// Keeps bytes of a response alive that are sent later: a Python object, to the gateway.
package typealias ResponseOwner = UnsafeMutableRawPointer

/// A handler that is a Swift closure.
package final class ClosureHandler: RequestHandler {
    private let body: (Exchange) -> Void

    package init(_ body: @escaping (Exchange) -> Void) {
        self.body = body
    }

    package func handle(_ exchange: Exchange) {
        body(exchange)
    }

    package func release(_ owner: ResponseOwner) {
        preconditionFailure("a closure gave bytes with an owner it cannot let go of")
    }

    package func wait(_ wait: () -> Bool) -> Bool {
        wait()
    }
}
