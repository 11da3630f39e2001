import PythonRuntime
import Settings

/// Between Python's objects and the values of settings, which know no Python.
struct PythonValues {
    private let objects: ObjectTable
    /// Where import strings are looked for first: the start directory.
    private let directory: String

    init(_ objects: ObjectTable, _ directory: String) {
        self.objects = objects
        self.directory = directory
    }

    /// The value as settings hold it; what is of no plain kind is kept, and held by its number.
    func value(of object: borrowing PythonObject) -> SettingValue {
        switch object.plain {
        case .none: .none
        case .bool(let flag): .bool(flag)
        case .integer(let number): .integer(number)
        case .text(let text): .text(text)
        case .list(let items): .list(items)
        case .table(let pairs): .table(pairs.map { TableEntry($0.key, $0.value) })
        case .other: .object(objects.keep(PythonObject(borrowing: object.reference)))
        }
    }

    /// The callable that a hook's value stands for, with the number of parameters checked.
    func hook(_ value: SettingValue, arity: Int) throws(SettingError) -> SettingValue {
        switch value {
        case .object(let handle):
            return try resolve("resolve_hook", objects.object(handle), arity)
        case .text(let path):
            return try resolve("resolve_hook", PythonObject.text(path), arity)
        default:
            let shown = value.pythonText(object: objects.text)
            throw SettingError("Value is not callable: \(shown)")
        }
    }

    /// The class, or its name, that an object given for a class stands for.
    func pythonClass(_ handle: Int) throws(SettingError) -> SettingValue {
        try resolve("resolve_class", objects.object(handle))
    }

    /// The value that a JSON text stands for; nil where it is none.
    func read(json text: String) -> SettingValue? {
        do throws(PythonError) {
            let written = PythonObject.text(text)
            let read = try Interpreter.module("json").attribute("loads")
            return value(of: try read.call([written.reference]))
        } catch {
            return nil
        }
    }

    private func resolve(
        _ function: String,
        _ object: borrowing PythonObject,
        _ arity: Int? = nil
    ) throws(SettingError) -> SettingValue {
        do throws(PythonError) {
            try Surroundings.putOnImportPath([directory])
            let resolve = try Interpreter.module("swiftcorn._config").attribute(function)
            guard let arity else {
                return value(of: try resolve.call([object.reference]))
            }
            let number = PythonObject.integer(arity)
            return value(of: try resolve.call([object.reference, number.reference]))
        } catch {
            throw SettingError(error.message)
        }
    }
}
