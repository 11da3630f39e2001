import Platform
import PythonRuntime

/// The titles of the processes, as `ps` shows them.
enum ProcessTitle {
    /// Has the package `setproctitle` write them where it is installed, as Gunicorn does: it has
    /// room beyond the command line.
    static func prepare() {
        guard let module = try? Interpreter.module("setproctitle"),
            let show = try? module.attribute("setproctitle"),
            // It looks for its room at the first call: before the environment is changed.
            (try? module.attribute("getproctitle").call()) != nil
        else { return }
        let writer = Writer(show)
        CurrentProcess.titleWriter = { writer.show($0) }
    }

    private final class Writer {
        private let function: PythonObject

        init(_ function: consuming PythonObject) {
            self.function = function
        }

        /// A title that cannot be shown is no reason to do anything else.
        func show(_ title: String) {
            let text = PythonObject.text(title)
            _ = try? function.call([text.reference])
        }
    }
}
