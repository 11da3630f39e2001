private import CSystem

/// Where a socket is bound, or who is on its other side.
package struct SocketAddress: @unchecked Sendable {
    package enum Family: Sendable {
        case ipv4
        case ipv6
        case unix
        case other
    }

    private var kernel: csys_address

    private init(_ kernel: csys_address) { self.kernel = kernel }

    /// An address to be filled by the kernel.
    package init() { kernel = csys_address() }

    /// A numeric IPv4 or IPv6 host, or nil when the text is a name.
    package static func numeric(host: String, port: UInt16) -> SocketAddress? {
        var kernel = csys_address()
        return csys_address_read(&kernel, host, port) == 0 ? SocketAddress(kernel) : nil
    }

    /// Asks the resolver for the first IPv4 address of a name, as Python's sockets do; the error
    /// is the resolver's code and words in Python's form.
    package static func resolve(
        host: String,
        port: UInt16
    ) throws(ResolutionError) -> SocketAddress {
        var kernel = csys_address()
        let code = csys_address_resolve(&kernel, host, port)
        guard code == 0 else {
            throw ResolutionError(code: code, words: String(cString: csys_address_complaint(code)))
        }
        return SocketAddress(kernel)
    }

    /// A path, or an abstract name when it starts with a zero byte.
    package static func unix(path: String) throws(SystemError) -> SocketAddress {
        var kernel = csys_address()
        var path = path
        let result = path.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                csys_address_unix(&kernel, $0.baseAddress, $0.count)
            }
        }
        _ = try checked("bind", result)
        return SocketAddress(kernel)
    }

    /// What a socket is bound to.
    package static func local(of descriptor: Int32) throws(SystemError) -> SocketAddress {
        var kernel = csys_address()
        _ = try checked("getsockname", csys_socket_name(descriptor, &kernel))
        return SocketAddress(kernel)
    }

    /// Who is on the other side of a socket.
    package static func peer(of descriptor: Int32) throws(SystemError) -> SocketAddress {
        var kernel = csys_address()
        _ = try checked("getpeername", csys_socket_peer(descriptor, &kernel))
        return SocketAddress(kernel)
    }

    package var family: Family {
        withUnsafePointer(to: kernel) { address in
            switch csys_address_family(address) {
            case Int32(CSYS_FAMILY_IPV4): .ipv4
            case Int32(CSYS_FAMILY_IPV6): .ipv6
            case Int32(CSYS_FAMILY_UNIX): .unix
            default: .other
            }
        }
    }

    package var port: Int { withUnsafePointer(to: kernel) { Int(csys_address_port($0)) } }

    /// The longest text an address has: a unix path.
    package static let longestText = 108

    /// Writes the numeric host, or the path, without allocating; the bytes written.
    package func writeHost(into room: UnsafeMutableRawBufferPointer) -> Int {
        withUnsafePointer(to: kernel) { address in
            let text = room.bindMemory(to: CChar.self)
            return max(0, Int(csys_address_write(address, text.baseAddress, text.count)))
        }
    }

    /// The numeric host, or the path.
    package var host: String {
        withUnsafeTemporaryAllocation(byteCount: Self.longestText, alignment: 1) { room in
            let length = writeHost(into: room)
            return String(decoding: room.prefix(length), as: UTF8.self)
        }
    }

    /// A URL-like form: `http://127.0.0.1:8000`, `http://[::1]:8000`, `unix:/run/x.sock`.
    package func display(scheme: String) -> String {
        switch family {
        case .ipv4: "\(scheme)://\(host):\(port)"
        case .ipv6: "\(scheme)://[\(host)]:\(port)"
        case .unix, .other: "unix:\(host.hasPrefix("\0") ? "@" + host.dropFirst() : host)"
        }
    }
}

extension SocketAddress {
    /// Takes a waiting connection (non-blocking, close-on-exec) and fills this address with its
    /// peer; the descriptor, or the negated errno.
    package mutating func accept(from listener: Int32) -> Int32 {
        csys_socket_accept(listener, &kernel)
    }

    func bind(_ descriptor: Int32) throws(SystemError) {
        let result = withUnsafePointer(to: kernel) { csys_socket_bind(descriptor, $0) }
        _ = try checked("bind", result)
    }

    /// Connects a socket to this address.
    package func connect(_ descriptor: Int32) throws(SystemError) {
        let result = withUnsafePointer(to: kernel) { csys_socket_connect(descriptor, $0) }
        _ = try checked("connect", result)
    }

    /// A stream socket of this address's family, non-blocking and close-on-exec.
    package func makeSocket() throws(SystemError) -> FileDescriptor {
        let kind = withUnsafePointer(to: kernel) { csys_address_family($0) }
        return FileDescriptor(owning: try checked("socket", csys_socket_create(kind)))
    }
}

/// A name the resolver does not know: `[Errno -2] Name or service not known`.
package struct ResolutionError: Error, Equatable, CustomStringConvertible {
    package let code: Int32
    package let words: String
    package var description: String { "[Errno \(code)] \(words)" }
}
