import Log
import Platform

/// Has this process's log follow the level that somebody asked the arbiter for.
struct LevelWatch {
    private let page: ControlPage?
    private var changes = 0

    init(_ page: ControlPage?) { self.page = page }

    mutating func follow(_ log: Logger) {
        guard let told = page?.level, told.changes != changes else { return }
        changes = told.changes
        // Without a number the settings have the say, those of the next generation.
        if let level = Level(rawValue: told.number) { log.follow(level) }
    }
}
