/// One row of the contract: everything that is known about a setting, as data.
///
/// The command line, the config file, `--help`, `--print-config`, the error texts and
/// docs/settings.md are all driven from these rows and from nothing else.
package struct Setting: Sendable {
    package var name: String
    package var section: Section
    /// Empty when the setting can only be given in a config file.
    package var flags: [String]
    /// What `--help` calls the value; nil takes the name in capitals.
    package var metavar: String?
    package var kind: Kind
    package var initial: Initial
    package var status: Status
    /// The version of Gunicorn that brought it, where its history says so.
    package var since: String?
    /// One line for `--help`.
    package var summary: String
    /// What an operator has to know beyond the summary, for docs/settings.md.
    package var details: String

    package init(
        _ name: String,
        _ flags: String...,
        metavar: String? = nil,
        kind: Kind,
        initially initial: Initial = .value(.none),
        status: Status = .built,
        since: String? = nil,
        summary: String,
        details: String = ""
    ) {
        self.name = name
        self.section = .configFile
        self.flags = flags
        self.metavar = metavar
        self.kind = kind
        self.initial = initial
        self.status = status
        self.since = since
        self.summary = summary
        self.details = details
    }
}

extension Setting {
    /// The headings of Gunicorn's table, and ours behind them.
    package enum Section: String, CaseIterable, Sendable {
        case configFile = "Config File"
        case serverSocket = "Server Socket"
        case workerProcesses = "Worker Processes"
        case security = "Security"
        case debugging = "Debugging"
        case serverMechanics = "Server Mechanics"
        case logging = "Logging"
        case processNaming = "Process Naming"
        case serverHooks = "Server Hooks"
        case tls = "SSL"
        case http2 = "HTTP/2"
        case dirtyArbiters = "Dirty Arbiters"
        case dirtyArbiterHooks = "Dirty Arbiter Hooks"
        case control = "Control"
        case health = "Health"
        case requests = "Requests"
        case clients = "Clients"
        case concurrency = "Concurrency"
        case journal = "Journal"
        case workerLimits = "Worker Limits"
        case supervision = "Supervision"
        case sharedState = "Shared State"
        case logRecords = "Log Records"

        /// Puts rows under this heading.
        func holds(_ settings: [Setting]) -> [Setting] {
            settings.map { setting in
                var setting = setting
                setting.section = self
                return setting
            }
        }
    }

    /// The value before anybody gives one.
    package enum Initial: Sendable {
        case value(SettingValue)
        /// Asked of the surroundings at start; the text is what docs/settings.md says of it.
        case asked(
            String,
            @Sendable (Surroundings) throws(SettingError) -> (SettingValue, Origin)
        )
    }

    /// How far the feature behind a setting has come.
    package enum Status: Equatable, Sendable {
        case built
        /// Taken and checked, and has no effect yet; the sentence says so to who sets it.
        case pending(String)
        /// Nothing else would do instead: who asks for it gets the sentence, and no server.
        case missing(String)
        /// Taken, checked and ignored for good; the sentence says why there is nothing to set.
        case meaningless(String)
        /// Not one of Gunicorn's.
        case ours

        package var isPending: Bool {
            switch self {
            case .pending, .missing: true
            case .built, .ours, .meaningless: false
            }
        }
    }

    /// What kind of value a setting takes: how the command line reads it and what checks it.
    package enum Kind: Equatable, Sendable {
        case text
        case natural
        /// A natural number, or `auto`: as many as processors may be used.
        case workerCount
        /// A natural number that may be written in octal (`0022`) or hexadecimal.
        case mode
        /// A natural number that the command line does not convert beforehand.
        case writtenNatural
        case flag
        /// A flag that stores False.
        case switchOff
        case list
        case filesOrPatterns
        case addressList
        case nameList
        case table
        /// A short name, a dotted path, or a Python class.
        case pythonClass
        /// A Python callable; `shownAs` is how `--print-config` names the one that does nothing.
        case hook(arity: Int, shownAs: String)
        case user
        case group
        case directory
        case statsdAddress
        case reloadEngine
        case proxyProtocol
        case headerMap
        case httpProtocols
        case cleartextHTTP2
        case windowSize
        case streamLimit
        case frameSize
        case asgiLoop
        case asgiLifespan
        case httpParser
        case realIPHeader
        case serverHeader
        case journal
        case logForm
        /// Bytes, with a letter for a power of 1024 or without, or `auto`.
        case memorySize
        /// Bytes as above, of which there have to be enough where there are any.
        case storeSize
        case memoryMeasure
        case pathPrefix
        /// Accepted whatever it is, and ignored.
        case tlsVersion
    }
}

extension Setting {
    /// What a flag wants after it.
    package enum Argument: Equatable, Sendable {
        case nothing(stores: SettingValue)
        case one(Conversion)
        case atMostOne(otherwise: SettingValue)
        case repeated
    }

    /// What the command line does to a value before the setting's own check sees it.
    package enum Conversion: Sendable {
        case text
        case integer
        case autoInteger
        /// A whole number or the word `auto`.
        case integerOrAuto

        /// What Gunicorn's mistakes call it.
        package var pythonName: String {
            switch self {
            case .text: "str"
            case .integer, .integerOrAuto: "int"
            case .autoInteger: "auto_int"
            }
        }
    }

    package var argument: Argument {
        switch kind {
        case .flag: .nothing(stores: true)
        case .switchOff: .nothing(stores: false)
        case .list, .filesOrPatterns: .repeated
        case .natural, .windowSize, .streamLimit, .frameSize: .one(.integer)
        case .workerCount: .one(.integerOrAuto)
        case .mode: .one(.autoInteger)
        case .proxyProtocol: .atMostOne(otherwise: "auto")
        default: .one(.text)
        }
    }

    /// What `--help` calls the value.
    package var valueName: String { metavar ?? name.uppercased() }

    package var isOurs: Bool { status == .ours }
}
