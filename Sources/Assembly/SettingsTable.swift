package import PythonRuntime
import Settings

/// The table of settings for Python: `gunicorn.config` makes its classes from it.
package enum SettingsTable {
    /// A list of dicts, one for each setting, in the order of declaration.
    package static func rows() -> PythonObject {
        let start = StartingPoint(arguments: [])
        let rows = PythonObject.list()
        guard let settings = start.defaults else { return rows }
        for (setting, initial) in zip(Registry.all, settings.declared) {
            rows.append(row(setting, initial.pythonObject(start.objects)))
        }
        return rows
    }

    private static func row(
        _ setting: Setting,
        _ initial: consuming PythonObject
    ) -> PythonObject {
        let row = PythonObject.dictionary([])
        row.set("name", .text(setting.name))
        row.set("section", .text(setting.section.rawValue))
        row.set("flags", .list(setting.flags))
        row.set("metavar", setting.metavar.map { .text($0) } ?? .none)
        row.set("kind", .text(setting.kind.pythonName))
        row.set("default", initial)
        row.set("summary", .text(setting.summary))
        row.set("details", .text(setting.details))
        if case .hook(let arity, let shownAs) = setting.kind {
            row.set("arity", .integer(arity))
            row.set("shown_as", .text(shownAs))
        }
        return row
    }
}

extension Setting.Kind {
    /// What `gunicorn.config` calls it.
    fileprivate var pythonName: String {
        switch self {
        case .text: "text"
        case .natural: "natural"
        case .workerCount: "workerCount"
        case .mode: "mode"
        case .writtenNatural: "writtenNatural"
        case .flag: "flag"
        case .switchOff: "switchOff"
        case .list: "list"
        case .filesOrPatterns: "filesOrPatterns"
        case .addressList: "addressList"
        case .nameList: "nameList"
        case .table: "table"
        case .pythonClass: "pythonClass"
        case .hook: "hook"
        case .user: "user"
        case .group: "group"
        case .directory: "directory"
        case .statsdAddress: "statsdAddress"
        case .reloadEngine: "reloadEngine"
        case .proxyProtocol: "proxyProtocol"
        case .headerMap: "headerMap"
        case .httpProtocols: "httpProtocols"
        case .cleartextHTTP2: "cleartextHTTP2"
        case .windowSize: "windowSize"
        case .streamLimit: "streamLimit"
        case .frameSize: "frameSize"
        case .asgiLoop: "asgiLoop"
        case .asgiLifespan: "asgiLifespan"
        case .httpParser: "httpParser"
        case .tlsVersion: "tlsVersion"
        case .realIPHeader: "realIPHeader"
        case .serverHeader: "serverHeader"
        case .journal: "journal"
        case .logForm: "logForm"
        case .memorySize: "memorySize"
        case .storeSize: "storeSize"
        case .memoryMeasure: "memoryMeasure"
        case .pathPrefix: "pathPrefix"
        }
    }
}
