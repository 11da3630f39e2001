import PythonRuntime
import Settings

extension Settings {
    /// What Python says against a setting, with what explains it; nil where it says something else.
    ///
    /// Python names the setting, or else it is `otherwise` where that is known.
    func refusal(_ error: PythonError, otherwise: String? = nil) -> SettingError? {
        guard error.isRuntimeError else { return nil }
        guard let name = error.refusingSetting ?? otherwise else {
            return SettingError(error.message)
        }
        return refusal(error.message, by: name)
    }
}

extension PythonError {
    /// What `swiftcorn._refusal` wrote down with the exception.
    fileprivate var refusingSetting: String? {
        guard let exception else { return nil }
        do throws(PythonError) {
            let object = PythonObject(borrowing: exception.reference)
            return try object.attribute("setting").textValue
        } catch {
            return nil
        }
    }
}
