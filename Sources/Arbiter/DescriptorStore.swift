import Log
import Platform

/// The listening sockets that the service manager keeps for us, so that a restart or a crash leaves
/// connections waiting instead of refusing them.
///
/// Sockets of a `.socket` unit are kept without us. `FDSTORE` in the environment says how many more
/// may be (`FileDescriptorStoreMax=`); where it says nothing, nothing is kept.
struct DescriptorStore {
    let capacity: Int
    /// What came back at the start and is wanted again.
    var restored = Listeners()
    /// The names of those that are kept now.
    private(set) var kept: Set<String> = []

    init(capacity: Int) { self.capacity = capacity }

    /// What has to change so that the sockets of these names are kept, as far as there is room.
    mutating func changes(for wanted: [String]) -> (gone: [String], new: [String]) {
        let target = Set(wanted.prefix(capacity))
        let gone = kept.subtracting(target).sorted()
        let new = wanted.filter { target.contains($0) && !kept.contains($0) }
        kept = target
        return (gone, new)
    }

    mutating func keeps(_ name: String) { kept.insert(name) }
    mutating func forgets(_ name: String) { kept.remove(name) }
}

extension Arbiter {
    /// Takes back what was kept while we were away; what is not wanted any more is given up.
    func restoreStored(_ passed: [ServiceManager.PassedDescriptor]) {
        let wanted = options.bind + options.monitorBind
        var found: [Listener] = []
        for one in passed {
            if let listener = Listener.restore(one, for: wanted) {
                found.append(listener)
                store.keeps(one.name)
            } else {
                tell(Self.removal(of: one.name))
                Descriptor.close(one.number)
            }
        }
        store.restored = Listeners(found)
    }

    /// Has the service manager keep what we listen at now, and nothing that we did before.
    func updateStore() {
        guard store.capacity > 0, service.isWanted else { return }
        let named = (listeners.all + monitor.listeners.all).compactMap { listener in
            listener.storeName.map { (name: $0, descriptor: listener.descriptor) }
        }
        let changes = store.changes(for: named.map(\.name))
        for name in changes.gone { tell(Self.removal(of: name)) }
        for one in named where changes.new.contains(one.name) {
            // Nothing can hang up on a listening socket: it need not be watched.
            let notice = ServiceNotice().with("FDSTORE", "1").with("FDNAME", one.name)
                .with("FDPOLL", "0")
            guard ServiceManager.notify(notice.text, with: one.descriptor) != .delivered else {
                continue
            }
            store.forgets(one.name)
            log.warning("The service manager does not keep \(one.name)")
        }
    }

    /// The paths of unix sockets go with us: what is kept of them would lead nowhere.
    func forgetStoredPaths() {
        for listener in listeners.all + monitor.listeners.all where listener.address.family == .unix
        {
            guard let name = listener.storeName, store.kept.contains(name) else { continue }
            store.forgets(name)
            tell(Self.removal(of: name))
        }
    }

    private static func removal(of name: String) -> ServiceNotice {
        ServiceNotice().with("FDSTOREREMOVE", "1").with("FDNAME", name)
    }
}
