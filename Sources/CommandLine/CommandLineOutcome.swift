package import Settings

/// What the command line asks for.
package enum CommandLineOutcome {
    /// Start the server.
    case serve(Settings, application: String)
    /// Say what there is to say, load the application, and exit.
    case check(Settings, application: String, CheckReport)
    /// Print, and exit with the status. An empty text prints nothing.
    case print(text: String, toStandardError: Bool, status: Int32)
}

/// What a check has to say before it loads the application.
package struct CheckReport: Equatable, Sendable {
    /// `--print-config`: for standard output.
    package var listing: String?
    /// Beside the listing, where its values came from: for standard error.
    package var origins = ""
    /// Whether the settings are worth a look although none is wrong: the check does not pass.
    package var hasDoubts = false

    package init() {}
}

extension CommandLineOutcome {
    /// A mistake in the settings, as Gunicorn reports it while it reads them.
    package static func failure(_ error: SettingError) -> CommandLineOutcome {
        .print(text: "\nError: \(error.fullText)\n", toStandardError: true, status: 1)
    }

    /// What Gunicorn prints to standard error, with status 1, when a setting turns out wrong only
    /// as the server starts: an address, `raw_env`, the worker class.
    package static func startFailure(_ error: SettingError) -> String {
        "\nError: \(error.fullText)\n\n"
    }

    /// What Gunicorn prints to standard error before the traceback, when a check cannot load the
    /// application; the status is 1.
    package static let checkFailure = "\nError while loading the application:\n\n"
}
