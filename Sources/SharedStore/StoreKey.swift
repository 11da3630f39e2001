/// What makes places in the table unforeseeable for whoever chooses keys from outside.
package struct StoreSeed: Sendable {
    let first: UInt64
    let second: UInt64

    package init(_ first: UInt64, _ second: UInt64) {
        self.first = first
        self.second = second
    }

    package static func random() -> StoreSeed {
        StoreSeed(.random(in: 0 ... .max), .random(in: 0 ... .max))
    }
}

/// A key as the store looks for it: its bytes, which the caller keeps, and their hash.
package struct StoreKey {
    let bytes: UnsafeRawBufferPointer
    let hash: UInt64

    init(_ bytes: UnsafeRawBufferPointer, seed: StoreSeed) {
        self.bytes = bytes
        hash = SipHash.hash(bytes, seed)
    }

    /// What a record remembers of it, to be compared before the bytes.
    var tag: UInt32 { UInt32(truncatingIfNeeded: hash >> 32) }
}

/// SipHash-1-3: a keyed hash that nobody without the seed can make collide on purpose.
private struct SipHash {
    private var v0: UInt64
    private var v1: UInt64
    private var v2: UInt64
    private var v3: UInt64

    @inline(__always)
    static func hash(_ bytes: UnsafeRawBufferPointer, _ seed: StoreSeed) -> UInt64 {
        var state = SipHash(seed)
        let whole = bytes.count & ~7
        var offset = 0
        while offset < whole {
            state.take(
                UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            )
            offset += 8
        }
        var last = UInt64(truncatingIfNeeded: bytes.count) << 56
        var shift: UInt64 = 0
        while offset < bytes.count {
            last |= UInt64(bytes[offset]) << shift
            shift += 8
            offset += 1
        }
        state.take(last)
        return state.end()
    }

    private init(_ seed: StoreSeed) {
        v0 = seed.first ^ 0x736f_6d65_7073_6575
        v1 = seed.second ^ 0x646f_7261_6e64_6f6d
        v2 = seed.first ^ 0x6c79_6765_6e65_7261
        v3 = seed.second ^ 0x7465_6462_7974_6573
    }

    @inline(__always)
    private mutating func take(_ word: UInt64) {
        v3 ^= word
        round()
        v0 ^= word
    }

    private mutating func end() -> UInt64 {
        v2 ^= 0xff
        round()
        round()
        round()
        return v0 ^ v1 ^ v2 ^ v3
    }

    @inline(__always)
    private mutating func round() {
        v0 = v0 &+ v1
        v1 = Self.rotate(v1, 13) ^ v0
        v0 = Self.rotate(v0, 32)
        v2 = v2 &+ v3
        v3 = Self.rotate(v3, 16) ^ v2
        v0 = v0 &+ v3
        v3 = Self.rotate(v3, 21) ^ v0
        v2 = v2 &+ v1
        v1 = Self.rotate(v1, 17) ^ v2
        v2 = Self.rotate(v2, 32)
    }

    @inline(__always)
    private static func rotate(_ word: UInt64, _ bits: UInt64) -> UInt64 {
        word &<< bits | word &>> (64 - bits)
    }
}
