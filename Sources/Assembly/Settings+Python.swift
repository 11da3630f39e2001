import PythonRuntime
import Settings

/// The settings as Python values, for the classes that operators bring along.
extension Settings {
    /// A dict of every setting by its name.
    func pythonTable(_ objects: ObjectTable) -> PythonObject {
        let table = PythonObject.dictionary([])
        for setting in Registry.all {
            table.set(setting.name, self[setting.name].pythonObject(objects))
        }
        return table
    }
}

extension SettingValue {
    /// The value as it would stand in a config file.
    func pythonObject(_ objects: ObjectTable) -> PythonObject {
        switch self {
        case .none: .none
        case .bool(let flag): .flag(flag)
        case .integer(let number): .integer(number)
        case .text(let text): .text(text)
        case .list(let items): .list(items)
        case .table(let entries): .dictionary(entries.map { (name: $0.key, value: $0.value) })
        case .object(let handle): objects.object(handle)
        }
    }
}
