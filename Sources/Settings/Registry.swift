/// Every setting there is, in Gunicorn's order of declaration, ours last.
///
/// Start reading here. A row says what a setting is called, how it can be given, what it takes,
/// what it is when nobody gives it, and what it means; `Settings` holds the values.
package enum Registry {
    /// The order is Gunicorn's own: `--help` lists options in it, and checks run in it.
    package static let all: [Setting] =
        ConfigFile.settings
        + ServerSocket.settings
        + WorkerProcesses.settings
        + Security.settings
        + Debugging.settings
        + ServerMechanics.process
        + Logging.settings
        + ProcessNaming.settings
        + ServerMechanics.imports
        + ServerHooks.settings
        + ServerMechanics.protocols
        + TLSSettings.settings
        + HTTP2Settings.settings
        + ServerMechanics.leniency
        + WorkerProcesses.asgi
        + ServerMechanics.mounting
        + DirtyArbiters.settings
        + DirtyArbiters.hooks
        + ControlSettings.settings
        + HealthSettings.settings
        + RequestSettings.settings
        + ClientSettings.settings
        + ConcurrencySettings.settings
        + JournalSettings.settings
        + WorkerLimitSettings.settings
        + SupervisionSettings.settings
        + SharedStateSettings.settings
        + LogRecordSettings.settings

    private static let positions: [String: Int] = Dictionary(
        uniqueKeysWithValues: all.indices.map { (all[$0].name, $0) }
    )

    /// The row's place in `all`, or nil when no setting has that name.
    package static func position(of name: String) -> Int? { positions[name] }

    package static func setting(named name: String) -> Setting? {
        position(of: name).map { all[$0] }
    }
}
