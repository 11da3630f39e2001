import CPython
package import Platform
import PythonRuntime
package import SharedStore

/// The store of this process, which it shares with its relatives.
///
/// The arbiter reserves one before it forks. A process that belongs to no server makes one of its
/// own, with the limits that the settings have by themselves: tests of an application run as they
/// are.
package enum SharedState {
    /// The limits of a store that no server has reserved.
    private static let ownBytes = 16 * 1024 * 1024
    private static let ownEntries = 65_536
    /// How long a call waits for a lock that a living process has.
    private static let patience: UInt64 = 2_000_000_000
    /// How long it sleeps between two looks at it.
    private static let napMicroseconds: UInt32 = 200

    /// The store, where there is one already.
    nonisolated(unsafe) package private(set) static var current: SharedStore?
    nonisolated(unsafe) private static var isOff = false
    /// Used with the GIL held, from the copying of a value to the making of its object.
    nonisolated(unsafe) static let buffer = ValueBuffer()

    /// Has this process and those that it forks share a new store; none where `bytes` is 0.
    @discardableResult
    package static func reserve(bytes: Int, entries: Int) throws(SystemError) -> SharedStore? {
        isOff = bytes == 0
        current = nil
        guard bytes > 0 else { return nil }
        let layout = StoreLayout(bytes: bytes, entries: entries)
        let region = try SharedRegion(bytes: layout.size)
        let store = SharedStore(at: region.start, layout, seed: .random()) { owner in
            ProcessIdentity.isGone(owner)
        }
        current = store
        return store
    }

    /// Makes the process's own store, where it has none: children that are forked before the first
    /// call are to share it.
    ///
    /// What hinders is said at that call.
    static func begin() {
        guard current == nil, !isOff else { return }
        _ = try? reserve(bytes: ownBytes, entries: ownEntries)
    }

    /// The store; nil, with an exception set, where there is none.
    @inline(__always)
    static func store() -> SharedStore? {
        if let current { return current }
        return firstStore()
    }

    @inline(never)
    private static func firstStore() -> SharedStore? {
        guard !isOff else {
            _ = cpy_raise(
                CPY_RUNTIME_ERROR,
                "there is no shared store: the setting shared_memory is 0"
            )
            return nil
        }
        do throws(SystemError) {
            return try reserve(bytes: ownBytes, entries: ownEntries)
        } catch {
            _ = cpy_raise(CPY_OS_ERROR, "no memory can be shared: \(error)")
            return nil
        }
    }

    /// Makes a call of the store, again and again while another process is at it.
    @inline(__always)
    static func call(_ body: (StoreCall) -> StoreOutcome) -> StoreOutcome {
        let outcome = body(moment())
        return outcome == .busy ? callLater(body) : outcome
    }

    @inline(never)
    private static func callLater(_ body: (StoreCall) -> StoreOutcome) -> StoreOutcome {
        let deadline = Clock.monotonicNanoseconds() &+ patience
        while true {
            // The other threads of this process have nothing to wait for.
            Interpreter.release { Clock.sleep(microseconds: napMicroseconds) }
            let call = moment()
            let outcome = body(call)
            guard outcome == .busy, call.now < deadline else { return outcome }
        }
    }

    @inline(__always)
    private static func moment() -> StoreCall {
        StoreCall(caller: ProcessIdentity.own, now: Clock.monotonicNanoseconds())
    }
}
