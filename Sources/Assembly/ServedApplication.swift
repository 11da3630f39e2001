import PythonRuntime
import Settings

/// Loads what the settings say is served: an APP_MODULE or a Paste file.
enum ServedApplication {
    static func load(
        _ application: String,
        _ settings: Settings
    ) throws(ApplicationFailure) -> PythonObject {
        guard settings.servesPaste(application) else {
            return try ApplicationLocator.load(application)
        }
        do throws(PythonError) {
            let uri = PythonObject.text(application)
            let variables = PythonObject.dictionary(settings.pasteVariables)
            let module = try Interpreter.module("swiftcorn._paste")
            return try module.attribute("load").call([uri.reference, variables.reference])
        } catch {
            throw .failed(error)
        }
    }

    /// Whether a Paste file also configures logging.
    static func configuresLogging(_ path: String) throws(SettingError) -> Bool {
        do throws(PythonError) {
            let text = PythonObject.text(path)
            let module = try Interpreter.module("swiftcorn._paste")
            let answer = try module.attribute("configures_logging").call([text.reference])
            if case .bool(true) = answer.plain { return true }
            return false
        } catch {
            throw SettingError(error.message, setting: "paste")
        }
    }
}
