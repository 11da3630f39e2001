import CommandLine
import Gateway
import Platform
import PythonRuntime
import Settings
import Workers

/// What the program was started with; a reload begins here again.
final class StartingPoint {
    private let arguments: [String]
    let variables: [String: String]
    /// Where relative paths of the command line start.
    let directory: String
    /// What config files gave that is no plain value.
    let objects = ObjectTable()
    /// The custom application that is served, where there is one.
    let embedding: Supervision?
    /// Where the words for the operator go: standard error, and during a reload into its failure.
    private var say: (String) -> Void = StandardError.write

    init(arguments: [String], embedding: Supervision? = nil) {
        self.arguments = arguments
        self.embedding = embedding
        variables = ProcessEnvironment.variables
        directory = ProcessEnvironment.workingDirectory(variables: variables)
        // An upgrade starts the next program with what this one was started with.
        _ = try? Interpreter.module("swiftcorn._upgrade").attribute("remember").call()
    }

    /// Becomes the program on disk, as this one was started; returns only by throwing.
    func becomeProgram(_ variables: [(name: String, value: String)]) throws {
        try CurrentProcess.enter(directory: directory)
        let added = PythonObject.dictionary(variables)
        _ = try Interpreter.module("swiftcorn._upgrade").attribute("become").call([added.reference])
    }

    /// The command line, ready to be read (again).
    func invocation() -> Invocation {
        Invocation(
            program: arguments.first ?? "gunicorn",
            version: Program.gunicornVersion,
            arguments: Array(arguments.dropFirst()),
            surroundings: surroundings(),
            terminalWidth: ProcessEnvironment.terminalColumns ?? 80,
            readConfig: { [self] source throws(ConfigFileFailure) in try readConfig(source) },
            pasteConfiguresLogging: { path throws(SettingError) in
                try ServedApplication.configuresLogging(path)
            },
            warn: say
        )
    }

    /// Reads everything again, for a reload; what it throws tells all that there is to say.
    func generation() throws -> Generation {
        var said = ""
        say = { said += $0 }
        defer { say = StandardError.write }
        try CurrentProcess.enter(directory: directory)
        if let embedding {
            return try generation(of: embedding, from: try embedding.ask("read_again"))
        }
        switch invocation().run() {
        case .serve(let settings, let application), .check(let settings, let application, _):
            StandardError.write(said)
            return try Generation(settings, application: application)
        case .print(let text, _, _):
            throw SettingError((said + text).trimmingNewlines)
        }
    }

    /// The first reading of a custom application's settings.
    func generation(of embedding: Supervision) throws -> Generation {
        try generation(of: embedding, from: try embedding.ask("values"))
    }

    private func generation(
        of embedding: Supervision,
        from values: consuming PythonObject
    ) throws -> Generation {
        var settings = try Settings(in: surroundings())
        for setting in Registry.all {
            guard let value = values.item(setting.name) else { continue }
            let origin = Origin.framework("the application's settings")
            try settings.set(setting.name, self.value(of: value), origin: origin)
        }
        return try Generation(settings, application: try embedding.text("application_name"))
    }

    /// The settings before anybody gives any; nil where the surroundings have one that is wrong.
    var defaults: Settings? { try? Settings(in: surroundings()) }

    /// All values as Python has them, by name.
    func values(of settings: Settings) -> PythonObject { settings.pythonTable(objects) }

    private func surroundings() -> Surroundings {
        let identity = Identity.current
        var surroundings = Surroundings(
            environment: variables,
            workingDirectory: directory,
            effectiveUserID: Int(identity.user),
            effectiveGroupID: Int(identity.group)
        )
        let objects = objects
        surroundings.userID = { ProcessEnvironment.userNumber($0) }
        surroundings.groupID = { ProcessEnvironment.groupNumber($0) }
        surroundings.fileExists = { File.exists($0) }
        surroundings.isDirectory = { File.isDirectory($0) }
        surroundings.usableProcessors = { Processors.usable }
        surroundings.objectText = { objects.text($0) }
        surroundings.qualifiedName = { objects.qualifiedName($0) }
        surroundings.resolveHook = { [directory] value, arity throws(SettingError) in
            try PythonValues(objects, directory).hook(value, arity: arity)
        }
        surroundings.readJSON = { [directory] text in
            PythonValues(objects, directory).read(json: text)
        }
        surroundings.resolveClass = { [directory] handle throws(SettingError) in
            try PythonValues(objects, directory).pythonClass(handle)
        }
        return surroundings
    }

    // MARK: Python objects in settings

    /// The Python object that a setting holds, nil where it holds none.
    ///
    /// That is a hook's callable, a class, a dictionary; see `Settings.heldObject`. A hook's
    /// callable takes as many arguments as its row in `ServerHooks` says, `post_request` always
    /// four.
    func object(_ name: String, of settings: Settings) -> PythonObject? {
        settings.heldObject(name).map { objects.object($0) }
    }

    // MARK: The config file

    private func readConfig(_ source: ConfigSource) throws(ConfigFileFailure) -> ConfigReading {
        do throws(PythonError) {
            return reading(of: try run(source))
        } catch {
            throw explain(error, of: source)
        }
    }

    private func reading(of found: borrowing PythonObject) -> ConfigReading {
        var reading = ConfigReading()
        let lines = Self.lines(found.item("lines"))
        for name in found.item("order")?.textList ?? [] where Registry.position(of: name) != nil {
            guard let object = found.item("names")?.item(name) else { continue }
            reading.entries.append(.init(name, value(of: object), line: lines[name]))
        }
        for (table, isFunction) in [("idle", false), ("idle_calls", true)] {
            for (name, line) in Self.lines(found.item(table))
            where Registry.position(of: name) == nil {
                reading.idle.append(.init(name, line: line, isFunction: isFunction))
            }
        }
        reading.idle.sort { $0.line < $1.line }
        reading.variables = Set(found.item("variables")?.textList ?? [])
        return reading
    }

    /// A dict from names to the numbers of lines, which are written out in it.
    private static func lines(_ table: consuming PythonObject?) -> [String: Int] {
        guard let table, case .table(let pairs) = table.plain else { return [:] }
        return Dictionary(pairs.map { ($0.key, Int($0.value) ?? 0) }) { first, _ in first }
    }

    /// As Gunicorn does it: a traceback for a file, a sentence for a module.
    private func explain(_ error: PythonError, of source: ConfigSource) -> ConfigFileFailure {
        if let status = error.exitStatus { return .reported(status: status) }
        guard case .file(let path) = source else { return .refused(SettingError(error.message)) }
        let traceback = error.typeName == "ConfigError" ? error.message : error.traceback
        say("Failed to read config file: \(path)\n\(traceback.trimmingNewlines)\n")
        return .reported(status: 1)
    }

    private func run(_ source: ConfigSource) throws(PythonError) -> PythonObject {
        try Surroundings.putOnImportPath([directory])
        let module = try Interpreter.module("swiftcorn._config")
        switch source {
        case .file(let path):
            let text = PythonObject.text(path)
            return try module.attribute("read_file").call([text.reference])
        case .module(let name):
            let text = PythonObject.text(name)
            return try module.attribute("read_module").call([text.reference])
        }
    }

    private func value(of object: borrowing PythonObject) -> SettingValue {
        PythonValues(objects, directory).value(of: object)
    }
}

extension Surroundings {
    /// Goes where the settings say and makes what is there importable.
    static func enter(_ settings: Settings) throws {
        try CurrentProcess.enter(directory: settings.chdir)
        try putOnImportPath([settings.chdir])
    }

    /// Sets what `--env` asks for, instead of what it asked for before, and the name of the server.
    static func setEnvironment(_ variables: [(name: String, value: String)]) throws(PythonError) {
        let module = try Interpreter.module("swiftcorn._worker")
        let environment = PythonObject.dictionary(variables)
        let software = PythonObject.text(Program.software)
        let set = try module.attribute("set_environment")
        _ = try set.call([environment.reference, software.reference])
    }

    /// Takes out of the environment that another master is there; it is gone.
    static func forgetPredecessor() throws(PythonError) {
        _ = try Interpreter.module("swiftcorn._upgrade").attribute("forget_predecessor").call()
    }

    /// Takes the sockets' variables out of the environment, once the sockets are taken.
    static func forgetActivation() throws(PythonError) {
        let module = try Interpreter.module("swiftcorn._worker")
        _ = try module.attribute("forget_activation").call()
    }

    static func putOnImportPath(_ directories: [String]) throws(PythonError) {
        let module = try Interpreter.module("swiftcorn._worker")
        let list = PythonObject.list(directories)
        _ = try module.attribute("extend_path").call([list.reference])
    }
}

extension ApplicationFailure {
    /// The traceback, as Python prints it.
    var traceback: String {
        switch self {
        case .notFound(_, let traceback): traceback
        case .failed(let error): error.traceback
        }
    }
}

extension String {
    /// Without the line feeds around it.
    fileprivate var trimmingNewlines: String {
        var text = self[...]
        while text.first == "\n" { text.removeFirst() }
        while text.last == "\n" { text.removeLast() }
        return String(text)
    }
}
