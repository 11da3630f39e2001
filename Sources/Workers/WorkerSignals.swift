import Engine
import Platform
import PythonRuntime
import Serving

/// The signals a worker gets, read from the descriptor that Python's own handlers write.
///
/// Python keeps its handlers, so `SystemExit` can end an application that is running, and an
/// application may look at or replace them; the core acts on the numbers alone.
final class WorkerSignals: EventReceiver {
    enum Request {
        /// TERM: finish what is open.
        case drain
        /// INT, QUIT: stop at once.
        case quit
        /// ABRT: the arbiter has lost patience.
        case abort
        /// USR1: open the log files again.
        case reopen
        /// WINCH: nothing, but said.
        case ignore
    }

    /// Readable when a signal has arrived.
    var descriptor: Int32 { readEnd }
    private let readEnd: Int32
    private var server: Server?
    private var isWatched = false
    private let act: (Request) -> Void

    /// Installs the handlers; `errorLog` gets the traceback of a worker that is aborted.
    init(errorLog: Int32, act: @escaping (Request) -> Void) throws {
        self.act = act
        let pipe = try WakePipe.make()
        readEnd = pipe.read
        let module = try Interpreter.module("swiftcorn._worker")
        let install = try module.attribute("install_signals")
        _ = try install.call(integers: [Int(pipe.write), Int(errorLog)])
        Interpreter.signalObserver = { [unowned self] in actOnArrived() }
        Signal.letThrough()
    }

    /// Has the server's loop tell of signals that arrive while Python is not running.
    func watch(on server: Server) throws(SystemError) {
        self.server = server
        try server.loop.watch(readEnd, for: .readable, receiver: self)
        isWatched = true
    }

    /// Watches again, where the guard had to look away.
    func keepWatching() throws(SystemError) {
        guard !isWatched, let server else { return }
        try watch(on: server)
    }

    func ready(_ events: Interest) {
        guard let server, server.isGuardTurning else { return readAll() }
        // Handlers are Python's, which the guard must not run. Python itself runs them as soon as
        // it can; until then this would be told over and over.
        server.loop.forget(readEnd)
        isWatched = false
    }

    /// Acts on every signal that has arrived, and lets Python forget that they have.
    func readAll() {
        actOnArrived()
        // Handlers that have not run yet would raise in the next Python code that runs, whatever
        // it is: they run now, and what they raise has been acted on already.
        do throws(PythonError) {
            try Interpreter.runSignalHandlers()
        } catch {
            return
        }
    }

    private func actOnArrived() {
        WakePipe.drain(readEnd) { number in
            switch Signal(rawValue: Int32(number)) {
            case .terminate: act(.drain)
            case .interrupt, .quit: act(.quit)
            case .abort: act(.abort)
            case .user1: act(.reopen)
            case .windowChanged: act(.ignore)
            default: break
            }
        }
    }
}
