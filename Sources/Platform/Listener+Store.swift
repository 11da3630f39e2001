private import CSystem

/// Sockets that the service manager keeps while we restart.
///
/// The name it keeps one under says what the socket is for, so that the next program finds it by
/// what it wants to listen at. A unix socket is named after the file that leads to it: when another
/// file stands there by then, nobody reaches the kept socket any more.
extension Listener {
    /// The name to keep it under; nil for one that we were given.
    package var storeName: String? {
        guard !isGiven else { return nil }
        if let path { return Self.unixPrefix + path.identity }
        return Self.storeName(of: requested)
    }

    /// Whether a name is one that a program like this one gave.
    package static func isStoreName(_ name: String) -> Bool {
        name.hasPrefix(tcpPrefix) || name.hasPrefix(unixPrefix)
    }

    /// Takes a kept socket back for one of the wanted addresses; nil where it leads nowhere now.
    package static func restore(
        _ kept: ServiceManager.PassedDescriptor,
        for wanted: [ListenAddress]
    ) -> Listener? {
        guard csys_socket_listens(kept.number) == 1,
            let address = try? SocketAddress.local(of: kept.number)
        else { return nil }
        var path: OwnedPath?
        let requested: ListenAddress
        if address.family == .unix {
            requested = .unix(path: address.host)
            path = OwnedPath(address.host)
            guard let path, kept.name == unixPrefix + path.identity, wanted.contains(requested)
            else { return nil }
        } else {
            guard let found = wanted.first(where: { storeName(of: $0) == kept.name }) else {
                return nil
            }
            requested = found
        }
        Descriptor.setInherited(kept.number, false)
        Descriptor.setNonBlocking(kept.number)
        return Listener(
            descriptor: kept.number,
            requested: requested,
            address: address,
            isInherited: false,
            path: path
        )
    }

    private static let tcpPrefix = "swiftcorn-tcp-"
    private static let unixPrefix = "swiftcorn-unix-"

    /// Names are letters, digits and a few marks: a colon would end one in LISTEN_FDNAMES.
    private static func storeName(of address: ListenAddress) -> String? {
        guard case .tcp(let host, let port) = address else { return nil }
        let plain = host.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == ".") ? $0 : "_" }
        return tcpPrefix + String(plain) + "_\(port)"
    }
}
