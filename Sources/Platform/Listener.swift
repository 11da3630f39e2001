private import CSystem

/// Where the operator wants to be reached.
package enum ListenAddress: Equatable, Hashable, Sendable, CustomStringConvertible {
    case tcp(host: String, port: Int)
    case unix(path: String)
    case descriptor(Int32)

    /// Whether a socket that is bound there is what this asks for.
    func isAddress(_ bound: SocketAddress) -> Bool {
        switch self {
        case .descriptor: return false
        case .unix(let path): return bound.family == .unix && bound.host == path
        case .tcp(let host, let port):
            guard bound.family != .unix, port == 0 || port == bound.port else { return false }
            let number = UInt16(truncatingIfNeeded: port)
            let found =
                SocketAddress.numeric(host: host, port: number)
                ?? (try? SocketAddress.resolve(host: host, port: number))
            return found?.host == bound.host
        }
    }

    /// As Python prints the address of a socket: `('127.0.0.1', 8000)`, `/run/x.sock`.
    package var description: String {
        switch self {
        case .tcp(let host, let port): "('\(host)', \(port))"
        case .unix(let path): path
        case .descriptor(let number): "\(number)"
        }
    }
}

/// How listening sockets are made.
package struct ListenerOptions: Equatable, Sendable {
    package var backlog: Int32 = 2048
    package var reusePort = false
    /// The mode mask while a unix socket is bound.
    package var unixMask: UInt32 = 0
    /// Who shall own a unix socket; nil leaves it to the process's own identity.
    package var owner: Identity?

    package init() {}
}

/// Why an address cannot be listened at.
package enum ListenerError: Error, Equatable, CustomStringConvertible {
    case system(SystemError)
    case resolution(ResolutionError)
    /// Something else than a socket stands at the path.
    case occupied(path: String)
    /// A descriptor that was passed to us is no listening stream socket.
    case unusable(descriptor: Int32)
    /// A descriptor that was passed to us is a connection.
    case connection(descriptor: Int32)
    /// A descriptor that was passed to us is no socket, or not open at all.
    case noSocket(descriptor: Int32, SystemError)

    package var description: String {
        switch self {
        case .system(let error): error.description
        case .resolution(let error): error.description
        case .occupied(let path): "'\(path)' is not a socket"
        case .unusable(let number): "fd://\(number) is not a listening stream socket"
        case .connection(let number):
            "fd://\(number) is a connection, not a listening socket: "
                + "a socket unit for this server says Accept=no"
        case .noSocket(let number, let error): "fd://\(number): \(error)"
        }
    }

    /// The kernel's number, where it was the kernel that refused.
    package var errno: Int32? {
        switch self {
        case .system(let error), .noSocket(_, let error): error.errno
        case .resolution, .occupied, .unusable, .connection: nil
        }
    }

    package var isInUse: Bool { hasErrno(SystemError.addressInUse) }
    package var isNotAvailable: Bool { hasErrno(SystemError.addressNotAvailable) }

    private func hasErrno(_ number: Int32) -> Bool {
        if case .system(let error) = self { error.errno == number } else { false }
    }
}

/// A bound, listening, non-blocking socket that the arbiter opens and its workers accept from.
///
/// A value, because every process of the tree holds the same descriptor: closing is the business
/// of whoever decides that this process listens no more.
package struct Listener: @unchecked Sendable {
    package let descriptor: Int32
    /// What was asked for; two reloads are compared by it.
    package let requested: ListenAddress
    /// What the kernel bound (a port of 0 has become a number).
    package let address: SocketAddress
    /// Whether we were given the socket and therefore must not remove its path.
    package let isInherited: Bool
    let path: OwnedPath?

    /// `http://127.0.0.1:8000`, `https://[::1]:8000`, `unix:/run/x.sock`.
    package func display(secure: Bool = false) -> String {
        address.display(scheme: secure ? "https" : "http")
    }

    package func close() { Descriptor.close(descriptor) }

    /// Whether we were given the descriptor and asked for it by its number: its giver's to close.
    package var isGiven: Bool {
        if case .descriptor = requested { isInherited } else { false }
    }

    /// Removes the path of a unix socket that we made, unless somebody else's stands there now.
    package func unlink() { path?.remove() }

    /// Whether the socket still listens: any process that has it can end that for all of them.
    package var isListening: Bool { csys_socket_listens(descriptor) == 1 }

    /// Listens again where the socket was bound.
    package func listenAgain(_ options: ListenerOptions) throws(SystemError) {
        // The kernel gives up a port that it had chosen itself; where it has not, this says so.
        try? address.bind(descriptor)
        _ = try checked("listen", csys_socket_listen(descriptor, options.backlog))
    }

    /// Whether nothing stands any more at the path of a socket of ours.
    package var isPathLost: Bool { path?.isEmpty ?? false }

    /// Connections waiting to be accepted, nil where the kernel does not say.
    package var waiting: Int? {
        let count = csys_socket_backlog(descriptor)
        return count < 0 ? nil : Int(count)
    }
}

extension Listener {
    /// Binds and listens.
    package static func bind(
        to wanted: ListenAddress,
        _ options: ListenerOptions
    ) throws(ListenerError) -> Listener {
        switch wanted {
        case .tcp(let host, let port): try bindTCP(wanted, host, port, options)
        case .unix(let path): try bindUnix(wanted, path, options)
        case .descriptor(let number): try inherit(number, options)
        }
    }

    /// Takes over a descriptor that this process was given.
    package static func inherit(
        _ number: Int32,
        _ options: ListenerOptions
    ) throws(ListenerError) -> Listener {
        let listens = csys_socket_listens(number)
        if listens < 0 {
            let error = SystemError(call: "getsockopt", errno: -listens)
            throw .noSocket(descriptor: number, error)
        }
        var peer = csys_address()
        if listens == 0, csys_socket_peer(number, &peer) == 0 {
            throw .connection(descriptor: number)
        }
        if listens == 0 { _ = csys_socket_listen(number, options.backlog) }
        guard csys_socket_listens(number) == 1 else {
            throw .unusable(descriptor: number)
        }
        Descriptor.setInherited(number, false)
        Descriptor.setNonBlocking(number)
        do {
            let address = try SocketAddress.local(of: number)
            if address.family != .unix { _ = csys_socket_no_delay(number, 1) }
            return Listener(
                descriptor: number,
                requested: .descriptor(number),
                address: address,
                isInherited: true,
                path: nil
            )
        } catch {
            throw .system(error)
        }
    }

    /// Takes over a socket from a server that still listens at it: its path is ours to remove, and
    /// it is what was asked for where it is bound there.
    package static func succeed(
        to number: Int32,
        among wanted: [ListenAddress],
        _ options: ListenerOptions
    ) throws(ListenerError) -> Listener {
        // One that does not listen yet is nothing that a server has passed on.
        if csys_socket_listens(number) == 0 { throw .unusable(descriptor: number) }
        let plain = try inherit(number, options)
        let isUnix = plain.address.family == .unix
        return Listener(
            descriptor: number,
            requested: wanted.first { $0.isAddress(plain.address) } ?? plain.requested,
            address: plain.address,
            isInherited: true,
            path: isUnix ? OwnedPath(plain.address.host) : nil
        )
    }

    private static func bindTCP(
        _ wanted: ListenAddress,
        _ host: String,
        _ port: Int,
        _ options: ListenerOptions
    ) throws(ListenerError) -> Listener {
        let address = try locate(host, UInt16(truncatingIfNeeded: port))
        do {
            let socket = try address.makeSocket()
            let descriptor = socket.rawValue
            if options.reusePort {
                _ = try checked("setsockopt", csys_socket_reuse_port(descriptor))
            }
            _ = try checked("setsockopt", csys_socket_reuse_address(descriptor))
            try address.bind(descriptor)
            // Accepted sockets inherit it, which saves a call for each connection.
            _ = try checked("setsockopt", csys_socket_no_delay(descriptor, 1))
            _ = try checked("listen", csys_socket_listen(descriptor, options.backlog))
            let bound = try SocketAddress.local(of: descriptor)
            return Listener(
                descriptor: socket.release(),
                requested: wanted,
                address: bound,
                isInherited: false,
                path: nil
            )
        } catch {
            throw .system(error)
        }
    }

    private static func locate(
        _ host: String,
        _ port: UInt16
    ) throws(ListenerError) -> SocketAddress {
        if let address = SocketAddress.numeric(host: host, port: port) { return address }
        do {
            return try SocketAddress.resolve(host: host, port: port)
        } catch {
            throw .resolution(error)
        }
    }

    private static func bindUnix(
        _ wanted: ListenAddress,
        _ path: String,
        _ options: ListenerOptions
    ) throws(ListenerError) -> Listener {
        var facts = csys_file_identity()
        if csys_file_identify(path, &facts) == 0 {
            guard facts.kind == Int32(CSYS_FILE_SOCKET) else {
                throw .occupied(path: path)
            }
            // A server that crashed leaves its socket behind, and a path can be bound only once.
            _ = csys_file_remove(path)
        }
        do {
            return try makeUnix(wanted, path, options)
        } catch {
            throw .system(error)
        }
    }

    private static func makeUnix(
        _ wanted: ListenAddress,
        _ path: String,
        _ options: ListenerOptions
    ) throws(SystemError) -> Listener {
        let address = try SocketAddress.unix(path: path)
        let socket = try address.makeSocket()
        let before = CurrentProcess.setMask(options.unixMask)
        defer { CurrentProcess.setMask(before) }
        try address.bind(socket.rawValue)
        let owned = OwnedPath(path)
        if let owner = options.owner {
            _ = csys_file_set_owner(path, owner.user, owner.group)
        }
        let listening = csys_socket_listen(socket.rawValue, options.backlog)
        if listening < 0 { owned?.remove() }
        _ = try checked("listen", listening)
        return Listener(
            descriptor: socket.release(),
            requested: wanted,
            address: address,
            isInherited: false,
            path: owned
        )
    }
}

/// A path together with the file that stood there when it was ours.
struct OwnedPath {
    private let path: String
    private let device: UInt64
    private let number: UInt64
    private let born: UInt64

    init?(_ path: String) {
        var facts = csys_file_identity()
        guard csys_file_identify(path, &facts) == 0 else { return nil }
        self.path = path
        device = facts.device
        number = facts.number
        born = facts.born
    }

    /// Which file it is, in a few letters.
    var identity: String { "\(device)-\(number)-\(born)" }

    var isEmpty: Bool { !File.exists(path) }

    private var isOurs: Bool {
        var facts = csys_file_identity()
        guard csys_file_identify(path, &facts) == 0 else { return false }
        return facts.device == device && facts.number == number && facts.born == born
    }

    func remove() {
        if isOurs { _ = csys_file_remove(path) }
    }
}
