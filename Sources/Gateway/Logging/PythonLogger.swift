import CPython
package import Log
package import PythonRuntime

/// The operator's logger, an object of their class: `logger_class`, `logconfig` and syslog.
///
/// One is made in the arbiter, and the workers inherit it with everything else.
package final class PythonLogger: LogRelay {
    /// The logger, borrowed: it lives as long as this.
    package var reference: PyRef { logger.reference }
    package private(set) var threshold = Level.debug

    private let logger: PythonObject
    private let module: PythonObject
    private let say: PythonObject
    /// A line is being said: what the logger itself makes us say goes the native way.
    private var isBusy = false

    /// Makes an object of the class: a text that names it, or the class itself.
    ///
    /// What its own code raises comes out as it is.
    package init(
        class name: borrowing PythonObject,
        settings: borrowing PythonObject
    ) throws(PythonError) {
        module = try Interpreter.module("swiftcorn._logging")
        say = try module.attribute("say")
        logger = try module.attribute("make").call([name.reference, settings.reference])
        try readThreshold()
    }

    /// Gives Python's own loggers handlers that write where the native log does, as soon as
    /// something imports `logging`.
    package static func mirror(_ log: Logger, accessFile: String?) throws(PythonError) {
        let module = try Interpreter.module("swiftcorn._mirror")
        let level = PythonObject.integer(log.level.rawValue)
        let file = accessFile.map { PythonObject.text($0) } ?? PythonObject.none
        _ = try module.attribute("install").call([level.reference, file.reference])
    }

    private func readThreshold() throws(PythonError) {
        let number = try module.attribute("threshold").call([logger.reference])
        guard case .integer(let value) = number.plain else { return }
        threshold = Level(rawValue: value) ?? .debug
    }

    /// Takes other settings; where its code raises, the former ones are set again.
    package func setUp(
        _ settings: borrowing PythonObject,
        former: borrowing PythonObject
    ) throws(PythonError) {
        let setUp = try module.attribute("set_up")
        do throws(PythonError) {
            _ = try setUp.call([logger.reference, settings.reference])
        } catch {
            _ = try setUp.call([logger.reference, former.reference])
            throw error
        }
        try readThreshold()
    }

    package var isReachable: Bool { Interpreter.isHeld }

    package func deliver(_ record: LogRecord) -> Bool {
        guard !isBusy else { return false }
        isBusy = true
        defer { isBusy = false }
        let level = PythonObject.integer(record.level.rawValue)
        let text = PythonObject.text(record.message)
        let failure = (record.failure as? PythonError)?.exception
        do throws(PythonError) {
            _ = try say.call([
                logger.reference, level.reference, text.reference,
                failure?.reference ?? PythonObject.none.reference,
            ])
            return true
        } catch {
            // A signal that ends this process came in between: it is acted on, and the line said.
            if case .systemExit = error.kind { return true }
            complain(error)
            return false
        }
    }

    package func reopen() {
        do throws(PythonError) {
            _ = try logger.attribute("reopen_files").call()
        } catch {
            complain(error)
        }
    }

    private func complain(_ error: PythonError) {
        onFailure?("The logger class failed\n\(error.traceback)")
    }

    /// Where it is said that the logger itself failed.
    package var onFailure: ((String) -> Void)?
}

extension PythonError: LoggedFailure {}
