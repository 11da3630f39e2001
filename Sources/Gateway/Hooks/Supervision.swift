import CPython
package import PythonRuntime

/// The Python half of the arbiter, which holds the objects that hooks get and calls the hooks:
/// `swiftcorn._hooks.Supervision`.
///
/// There is one only where somebody needs it: a hook is set, the worker's class is written in
/// Python, or a custom application is served. Called with the GIL held.
package final class Supervision {
    private let object: PyRef

    /// Takes over an object that is one.
    package init(_ object: consuming PythonObject) {
        self.object = object.take()
    }

    /// Makes one for a server whose command line we have read.
    package convenience init(
        values: borrowing PythonObject,
        application: String
    ) throws(PythonError) {
        let uri = PythonObject.text(application)
        let make = try Interpreter.module("swiftcorn._hooks").attribute("make")
        self.init(try make.call([values.reference, uri.reference]))
    }

    /// What hooks and workers get as their log: the operator's logger, or None for ours.
    package static func use(logger: consuming PythonObject) throws(PythonError) {
        let use = try Interpreter.module("swiftcorn._log").attribute("use")
        _ = try use.call([logger.reference])
    }

    /// Calls a method; what it raises is thrown.
    package func ask(
        _ method: String,
        _ arguments: [PyRef] = []
    ) throws(PythonError) -> PythonObject {
        try PythonObject(borrowing: object).call(method: method, arguments)
    }

    /// Calls a method that answers with text.
    package func text(_ method: String) throws(PythonError) -> String {
        try ask(method).textValue ?? ""
    }

    /// Calls a method that answers yes or no.
    package func isTrue(_ method: String) throws(PythonError) -> Bool {
        if case .bool(let answer) = try ask(method).plain { answer } else { false }
    }

    /// Has a hook called; nothing where it returned, else how it ended: a kind (`halt`, `exit`,
    /// `refused`, `failed`), an exit status, a text, and where it is refused the sentence to say
    /// while starting and the setting that is at fault, or nothing.
    package func hook(_ method: String, _ numbers: Int...) -> [String] {
        do throws(PythonError) {
            let method = try PythonObject(borrowing: object).attribute(method)
            return try method.call(integers: numbers).textList
        } catch {
            return ["failed", "1", error.traceback, "", ""]
        }
    }

    /// The descriptors of the listeners, from here on.
    package func listening(_ descriptors: [Int32]) throws(PythonError) {
        let numbers = PythonObject.list(integers: descriptors.map(Int.init))
        _ = try ask("listening", [numbers.reference])
    }

    /// In a worker: `post_fork`, with the descriptors of sockets that are its own.
    package func forked(_ ownDescriptors: [Int32]) throws(PythonError) {
        let numbers = PythonObject.list(integers: ownDescriptors.map(Int.init))
        _ = try ask("forked", [numbers.reference])
    }

    /// The application, loaded as the operator's classes have it.
    package func load() throws(ApplicationFailure) -> PythonObject {
        do throws(PythonError) {
            return try ask("load")
        } catch {
            throw ApplicationFailure(error)
        }
    }

    /// `post_worker_init`.
    package func initialised() throws(ApplicationFailure) {
        do throws(PythonError) {
            _ = try ask("initialised")
        } catch {
            throw .failed(error)
        }
    }

    /// A method, ready to be called for each request.
    func method(_ name: String) throws(PythonError) -> PyRef {
        try PythonObject(borrowing: object).attribute(name).take()
    }
}
