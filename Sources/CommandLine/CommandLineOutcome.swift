package import Settings

/// What the command line asks for.
package enum CommandLineOutcome: Sendable {
    /// Start the server.
    case serve(Settings, application: String)
    /// Print `listing` to standard output when there is one, load the application, and exit.
    case check(Settings, application: String, listing: String?)
    /// Print, and exit with the status. An empty text prints nothing.
    case print(text: String, toStandardError: Bool, status: Int32)
}

extension CommandLineOutcome {
    /// A mistake in the settings, as Gunicorn reports it while it reads them.
    package static func failure(_ error: SettingError) -> CommandLineOutcome {
        .print(text: "\nError: \(error.text)\n", toStandardError: true, status: 1)
    }

    /// What Gunicorn prints to standard error, with status 1, when a setting turns out wrong only
    /// as the server starts: an address, `raw_env`, the worker class.
    package static func startFailure(_ error: SettingError) -> String {
        "\nError: \(error.text)\n\n"
    }

    /// What Gunicorn prints to standard error before the traceback, when a check cannot load the
    /// application; the status is 1.
    package static let checkFailure = "\nError while loading the application:\n\n"
}
