import Log
import Platform

/// The sockets the arbiter listens at, for its workers or for its monitor.
///
/// A reload makes a second set that shares what both want; when it counts, what only the first had
/// is closed, and the other way round when it does not.
struct Listeners {
    private(set) var all: [Listener] = []

    /// Sockets that the service manager passed to us.
    init(
        passed: [ServiceManager.PassedDescriptor],
        _ options: ListenerOptions
    )
        throws(ListenerError)
    {
        for descriptor in passed {
            all.append(try Listener.inherit(descriptor.number, options))
        }
    }

    init() {}

    init(_ listeners: [Listener]) { all = listeners }

    /// Sockets that another master listens at beside us, known here by the addresses that they
    /// are among those wanted.
    init(
        inherited descriptors: [Int32],
        _ wanted: [ListenAddress],
        _ options: ListenerOptions
    )
        throws(ListenerError)
    {
        for descriptor in descriptors {
            all.append(try Listener.succeed(to: descriptor, among: wanted, options))
        }
    }

    /// Binds what is wanted, in its order, keeping what is bound already.
    ///
    /// `bind` is asked for each address that is not; when it fails, nothing new stays open.
    init(
        wanted: [ListenAddress],
        keeping former: Listeners,
        bind: (ListenAddress) throws(ListenerFailure) -> Listener
    ) throws(ListenerFailure) {
        do {
            for address in wanted {
                // A socket that nobody can reach is made anew.
                let kept = former.all.first { $0.requested == address && !$0.isPathLost }
                if let kept { all.append(kept) } else { all.append(try bind(address)) }
            }
        } catch {
            closeAll(except: former)
            throw error
        }
    }

    func display(secure: Bool) -> String {
        all.map { $0.display(secure: secure) }.joined(separator: ",")
    }

    /// Closes what the other set does not have, and removes the paths of unix sockets we made,
    /// unless another master may still need them.
    func closeAll(except others: Listeners = Listeners(), unlinking: Bool = true) {
        let staying = Set(others.all.map(\.descriptor))
        for listener in all where !staying.contains(listener.descriptor) {
            // What we were given stays open: a later reload may want it again.
            if !listener.isGiven { listener.close() }
            if unlinking { listener.unlink() }
        }
    }

    /// In a process that does not listen at them: the paths are not its business.
    func forget() {
        for listener in all { listener.close() }
    }
}

/// Why there will be no listener.
enum ListenerFailure: Error {
    /// All attempts failed, the last for this reason; their lines are in the log.
    case unreachable(ListenAddress, ListenerError?)
    /// Another attempt would not help.
    case hopeless(ListenerError)
    /// We were asked to stop meanwhile.
    case interrupted
}

/// Binding with patience: an address may be freed at any moment.
struct PatientBinding {
    let log: Logger
    let options: ListenerOptions
    let attempts: Int
    /// Waits a second; false when there is no point in going on.
    let pause: () -> Bool

    func bind(_ address: ListenAddress) throws(ListenerFailure) -> Listener {
        var last: ListenerError?
        for _ in 0..<attempts {
            do {
                return try Listener.bind(to: address, options)
            } catch {
                last = error
                try report(error, address)
            }
            guard attempts > 1 else { break }
            log.debug("Retrying in 1 second.")
            guard pause() else { throw .interrupted }
        }
        log.error("Can't connect to \(address)")
        throw .unreachable(address, last)
    }

    private func report(
        _ error: ListenerError,
        _ address: ListenAddress
    ) throws(ListenerFailure) {
        switch error {
        case .occupied, .unusable, .noSocket, .connection: throw .hopeless(error)
        case .system, .resolution: break
        }
        if error.isInUse { log.error("Connection in use: \(address)") }
        if error.isNotAvailable { log.error("Invalid address: \(address)") }
        log.error("connection to \(address) failed: \(error)")
    }
}
