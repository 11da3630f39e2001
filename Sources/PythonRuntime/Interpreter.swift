private import CPython

/// The interpreter we live in: its lock, its forks, its signals.
///
/// `release` is the only way to give up the GIL, so that every place that does can be found by
/// searching for it.
package enum Interpreter {
    /// Looks up what this version of Python can do beyond the limited API.
    ///
    /// Once, at import.
    package static func prepare() {
        cpy_look_up_fast_calls()
    }

    /// Gives up the GIL around a wait, so that the application's own threads run.
    package static func release<Result>(_ wait: () -> Result) -> Result {
        let state = PyEval_SaveThread()
        defer { PyEval_RestoreThread(state) }
        return wait()
    }

    /// Whether this thread may touch Python right now.
    package static var isHeld: Bool { cpy_holds_lock() }

    /// Around every fork, in this order, so that locks of the interpreter survive it.
    package static func beforeFork() { PyOS_BeforeFork() }
    package static func afterForkInParent() { PyOS_AfterFork_Parent() }
    package static func afterForkInChild() { PyOS_AfterFork_Child() }

    /// Who wants to know, in the middle of the application's code, that a signal has arrived; set
    /// once, in a worker, before it serves.
    nonisolated(unsafe) package static var signalObserver: (() -> Void)?

    /// Python runs a signal's handler: the application stands still meanwhile.
    package static func signalArrived() {
        signalObserver?()
    }

    /// What a thread that Python made for us does, by its number; set once, before there is one.
    nonisolated(unsafe) package static var threadBody: ((Int) -> Void)?

    /// A thread that Python made for us begins.
    package static func attend(_ number: Int) {
        threadBody?(number)
    }

    /// Runs the handlers of signals that have arrived; throws what they raise.
    package static func runSignalHandlers() throws(PythonError) {
        if PyErr_CheckSignals() != 0 { throw PythonError.caught() }
    }

    /// Collects garbage once and takes every object that is left from the collector's lists, so
    /// that no later collection writes to the pages that forked processes share.
    package static func freezeObjects() throws(PythonError) {
        let module = try module("gc")
        _ = try module.attribute("collect").call()
        _ = try module.attribute("freeze").call()
    }

    /// Imports a module of that dotted name.
    package static func module(_ name: String) throws(PythonError) -> PythonObject {
        guard let module = PyImport_ImportModule(name) else { throw PythonError.caught() }
        return PythonObject(owning: module)
    }
}
