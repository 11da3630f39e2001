import Engine

/// What one worker tells another of a connection that it hands over with a complete request.
///
/// A value with a wire form of its own: fixed numbers, little end first, then where the connection
/// was accepted, the head of the request, its content without framing, and what was received behind
/// it.
struct HandOverLetter {
    /// Bytes of the numbers.
    static let headerSize = 64
    /// Bytes behind the numbers; a connection that holds more stays where it is.
    static let bytesAtMost = 64 * 1024
    /// How often a connection is handed over before its request must be answered where it is.
    static let hopsAtMost: UInt8 = 4

    private static let mark: UInt32 = 0x3148_4353

    var hops: UInt8 = 0
    var peer = PeerAddress()
    /// Requests answered on the connection.
    var served = 0
    /// Since when the request waits, on the machine's monotonic clock.
    var readySince: UInt64 = 0
    var placeCount = 0
    var headCount = 0
    var contentCount = 0
    var restCount = 0

    var byteCount: Int { placeCount + headCount + contentCount + restCount }

    init() {}

    /// The numbers as they go over the channel.
    var header: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.headerSize)
        func add(_ number: some FixedWidthInteger) {
            withUnsafeBytes(of: number.littleEndian) { bytes += $0 }
        }
        let octets = peer.octets
        add(Self.mark)
        add(UInt32(truncatingIfNeeded: placeCount))
        add(UInt32(truncatingIfNeeded: served))
        add(UInt32(truncatingIfNeeded: headCount))
        add(UInt32(truncatingIfNeeded: contentCount))
        add(UInt32(truncatingIfNeeded: restCount))
        add(readySince)
        add(peer.port)
        add(hops)
        add(UInt8(octets.count))
        bytes += octets
        bytes += [UInt8](repeating: 0, count: Self.headerSize - bytes.count)
        return bytes
    }

    /// Reads a message; nil where it is none of ours, or its numbers do not fit its length.
    init?(_ message: UnsafeRawBufferPointer) {
        guard message.count >= Self.headerSize else { return nil }
        func number<Number: FixedWidthInteger>(_ offset: Int, as type: Number.Type) -> Number {
            Number(littleEndian: message.loadUnaligned(fromByteOffset: offset, as: type))
        }
        guard number(0, as: UInt32.self) == Self.mark else { return nil }
        placeCount = Int(number(4, as: UInt32.self))
        served = Int(number(8, as: UInt32.self))
        headCount = Int(number(12, as: UInt32.self))
        contentCount = Int(number(16, as: UInt32.self))
        restCount = Int(number(20, as: UInt32.self))
        readySince = number(24, as: UInt64.self)
        hops = message[34]
        let octets = Int(message[35])
        guard octets <= 16,
            let peer = PeerAddress(
                anyOctets: Array(message[36..<36 + octets]),
                port: number(32, as: UInt16.self)
            )
        else { return nil }
        self.peer = peer
        guard byteCount <= Self.bytesAtMost, message.count == Self.headerSize + byteCount else {
            return nil
        }
    }

    /// What stands behind the numbers, part by part.
    func parts(of message: UnsafeRawBufferPointer) -> Parts {
        let head = Self.headerSize + placeCount
        let content = head + headCount
        let rest = content + contentCount
        return Parts(
            place: UnsafeRawBufferPointer(rebasing: message[Self.headerSize..<head]),
            head: UnsafeRawBufferPointer(rebasing: message[head..<content]),
            content: UnsafeRawBufferPointer(rebasing: message[content..<rest]),
            rest: UnsafeRawBufferPointer(rebasing: message[rest..<rest + restCount])
        )
    }

    /// The bytes of a message.
    struct Parts {
        let place: UnsafeRawBufferPointer
        let head: UnsafeRawBufferPointer
        let content: UnsafeRawBufferPointer
        let rest: UnsafeRawBufferPointer
    }
}
