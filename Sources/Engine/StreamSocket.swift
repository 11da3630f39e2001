internal import CSystem
private import Platform

/// What came of moving bytes: how many, or why none.
package enum Transfer {
    /// So many bytes were moved; of a read, 0 is the end of the stream.
    case moved(Int)
    /// The kernel has nothing, or no room, right now.
    case wouldBlock
    /// The connection, or the file behind it, failed with this errno.
    case failed(Int32)

    init(_ result: Int) {
        if result >= 0 {
            self = .moved(result)
        } else if result == -Int(SystemError.tryAgain) {
            self = .wouldBlock
        } else {
            self = .failed(Int32(truncatingIfNeeded: -result))
        }
    }
}

/// The calls a connection makes on its socket.
///
/// The descriptor is owned by whoever calls; a call on a descriptor that is not open is our own
/// mistake and stops the process.
package struct StreamSocket {
    package let descriptor: Int32

    package init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    package func receive(into memory: UnsafeMutableRawPointer, count: Int) -> Transfer {
        judged(csys_connection_receive(descriptor, memory, count))
    }

    package func send(_ bytes: UnsafeRawBufferPointer) -> Transfer {
        judged(csys_connection_send(descriptor, bytes.baseAddress, bytes.count))
    }

    package func send(
        _ first: UnsafeRawBufferPointer,
        _ second: UnsafeRawBufferPointer
    ) -> Transfer {
        judged(
            csys_connection_send_pair(
                descriptor,
                first.baseAddress,
                first.count,
                second.baseAddress,
                second.count
            )
        )
    }

    package func sendFile(_ file: Int32, offset: Int64, count: Int) -> Transfer {
        judged(csys_connection_send_file(descriptor, file, offset, count))
    }

    /// Ends our side; a peer that is already gone is no error.
    package func end() {
        _ = csys_connection_end(descriptor)
    }

    /// Ends both directions: every read finds the end, and every write fails.
    package func endBothWays() {
        _ = csys_connection_end_both_ways(descriptor)
    }

    /// Has `close` reset the connection: the peer must not take what it got for all, and the
    /// kernel need not keep for it what it does not take.
    package func dropUnsent() {
        csys_connection_drop_unsent(descriptor)
    }

    package func close() {
        let result = csys_descriptor_close(descriptor)
        precondition(result != -SystemError.badDescriptor, "a descriptor was closed twice")
    }

    /// Waits until the socket takes bytes again; false when the time is over.
    package func waitUntilWritable(milliseconds: Int32) -> Bool {
        csys_descriptor_wait_writable(descriptor, milliseconds) > 0
    }

    /// Waits until something arrives; false when the time is over, which a negative one never is.
    package func waitUntilReadable(milliseconds: Int32) -> Bool {
        csys_descriptor_wait_readable(descriptor, milliseconds) > 0
    }

    private func judged(_ result: Int) -> Transfer {
        precondition(result != -Int(SystemError.badDescriptor), "a closed descriptor was used")
        return Transfer(result)
    }
}

/// One end of a connection, as the kernel told it at the accept.
package struct PeerAddress {
    fileprivate var raw = csys_peer()

    package init() {}

    /// An address that somebody reports, in network order: four octets or sixteen.
    package init(octets: some Collection<UInt8>, port: UInt16) {
        precondition(octets.count == 4 || octets.count == 16, "an address of no known kind")
        raw.family = octets.count == 4 ? 4 : 6
        raw.port = port
        withUnsafeMutableBytes(of: &raw.address) { $0.copyBytes(from: octets) }
    }

    package var port: UInt16 { raw.port }
    package var isUnix: Bool { raw.family == 0 }

    /// Writes the address as text (`192.0.2.1`, `2001:db8::1`; nothing for a unix socket).
    package func write(into text: UnsafeMutablePointer<CChar>) -> Int {
        var copy = raw
        return Int(csys_peer_format(&copy, text))
    }

    /// The address as text, for a log line.
    package var text: String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Self.textCapacity) { room in
            guard let start = room.baseAddress else { return "" }
            let count = write(into: start)
            return String(decoding: UnsafeRawBufferPointer(room).prefix(count), as: UTF8.self)
        }
    }

    /// Whether two peers have one address, whatever their ports.
    package func hasAddress(of other: PeerAddress) -> Bool {
        raw.family == other.raw.family && low == other.low && high == other.high
    }

    private var low: UInt64 {
        withUnsafeBytes(of: raw.address) { $0.loadUnaligned(as: UInt64.self) }
    }

    private var high: UInt64 {
        withUnsafeBytes(of: raw.address) { $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self) }
    }

    /// The address's bytes: four, sixteen, or none for a unix socket.
    package var octets: [UInt8] {
        let count = raw.family == 0 ? 0 : raw.family == 4 ? 4 : 16
        return withUnsafeBytes(of: raw.address) { Array($0.prefix(count)) }
    }

    /// The address of those bytes (`octets`) and that port; nil where no address has so many.
    package init?(anyOctets octets: [UInt8], port: UInt16) {
        guard [0, 4, 16].contains(octets.count) else { return nil }
        raw.family = octets.count == 0 ? 0 : octets.count == 4 ? 4 : 6
        raw.port = port
        withUnsafeMutableBytes(of: &raw.address) { $0.copyBytes(from: octets) }
    }

    /// Room that `write` needs.
    package static let textCapacity = Int(CSYS_PEER_TEXT)
}

/// Takes one connection from a listener's queue.
package func acceptConnection(from listener: Int32, peer: inout PeerAddress) -> Transfer {
    let result = csys_connection_accept(listener, &peer.raw)
    return Transfer(Int(result))
}
