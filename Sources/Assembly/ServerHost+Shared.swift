import Gateway
import Log
import Platform
import Settings
import SharedStore

/// The store that the application's processes share; it is as old as the arbiter.
extension ServerHost {
    func reserveSharedStore() throws {
        let settings = generation.settings
        do throws(SystemError) {
            try SharedState.reserve(bytes: settings.sharedMemory, entries: settings.sharedEntries)
        } catch {
            let sentence = "\(settings.sharedMemory) bytes of memory cannot be shared: \(error)"
            throw settings.refusal(sentence, by: "shared_memory")
        }
    }

    /// A reload that asks for another store goes on with the one that there is.
    func warnOfOtherStore() {
        let settings = generation.settings
        let wanted =
            settings.sharedMemory == 0
            ? nil : StoreLayout(bytes: settings.sharedMemory, entries: settings.sharedEntries)
        guard wanted != SharedState.current?.layout else { return }
        log.warning("shared_memory and shared_entries change with a restart, not with a reload")
    }
}
