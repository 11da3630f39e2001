/// What the control socket can be asked for, in words.
enum ControlHelp {
    /// Gunicorn's commands, and below them our own.
    private static let commands: [(command: String, meaning: String)] = [
        ("show all", "The master and its workers"),
        ("show workers", "The workers, oldest first"),
        ("show dirty", "The dirty pool"),
        ("show config", "Settings that are in effect"),
        ("show stats", "Workers started and ended, reloads, time since the start"),
        ("show listeners", "Sockets that are listened at"),
        ("worker add [N]", "N workers more (1)"),
        ("worker remove [N]", "N workers fewer (1), one stays"),
        ("worker kill <PID>", "End one worker gracefully, another takes its place"),
        ("dirty add [N]", "N workers of the dirty pool more (1)"),
        ("dirty remove [N]", "N workers of the dirty pool fewer (1)"),
        ("reload", "Reload, as HUP does"),
        ("reopen", "Open the log files again, as USR1 does"),
        ("shutdown [graceful|quick]", "Stop, as TERM or INT does"),
        ("help", "This list"),
        ("status", "All of /status.json"),
        ("health", "Whether the server lives and is ready"),
        ("scale <N>", "Have N workers"),
        ("log-level <LEVEL>", "Another level of the error log, until the next reload"),
        ("drain", "Stop gracefully, as TERM does"),
    ]

    static var text: String {
        var json = JSONText()
        json.object { json in
            json.object("commands") { json in
                for (command, meaning) in commands { json.set(command, meaning) }
            }
        }
        return json.text
    }
}
