/// A value as it is given to the store; its bytes are the caller's.
package struct StoredValue {
    /// What a value is.
    package enum Kind: UInt32, Sendable {
        case bytes
        case text
        case integer
        case real
    }

    package let kind: Kind
    /// Of a number: itself, or the pattern of its bits.
    let number: UInt64
    /// Of bytes and text.
    let bytes: UnsafeRawBufferPointer

    package static func bytes(_ bytes: UnsafeRawBufferPointer) -> StoredValue {
        StoredValue(kind: .bytes, number: 0, bytes: bytes)
    }

    /// A text, as UTF-8.
    package static func text(_ bytes: UnsafeRawBufferPointer) -> StoredValue {
        StoredValue(kind: .text, number: 0, bytes: bytes)
    }

    package static func integer(_ number: Int64) -> StoredValue {
        StoredValue(
            kind: .integer,
            number: UInt64(bitPattern: number),
            bytes: UnsafeRawBufferPointer(start: nil, count: 0)
        )
    }

    package static func real(_ number: Double) -> StoredValue {
        StoredValue(
            kind: .real,
            number: number.bitPattern,
            bytes: UnsafeRawBufferPointer(start: nil, count: 0)
        )
    }
}

/// Who calls, and when: what the store asks of neither the kernel nor a clock.
package struct StoreCall {
    /// The process that calls, as a number that no other process ever has; not 0.
    package let caller: UInt64
    /// Nanoseconds on the monotonic clock.
    package let now: UInt64

    package init(caller: UInt64, now: UInt64) {
        self.caller = caller
        self.now = now
    }
}

/// How a call of the store ended.
package enum StoreOutcome: Equatable, Sendable {
    case done
    /// There is no such entry, or it is not as was expected; nothing has changed.
    case declined
    /// Another process has the part's lock at the moment; nothing has changed.
    case busy
    /// The value, or the key, is longer than values and keys may be.
    case tooLong
    /// What is stored is no integer, so it cannot be added to.
    case notAnInteger
    /// The sum has no place in 64 bits.
    case overflow
}

/// Where values are copied to, to be looked at when the lock is free again.
package final class ValueBuffer {
    /// What is kept for the next value.
    private static let keptAtMost = 64 * 1024

    package private(set) var kind = StoredValue.Kind.bytes
    package private(set) var count = 0
    private var number: UInt64 = 0
    private var storage: UnsafeMutableRawBufferPointer

    package init() {
        storage = .allocate(byteCount: 512, alignment: 16)
    }

    deinit { storage.deallocate() }

    /// Of bytes and text.
    package var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: storage[..<count])
    }
    /// Of an integer.
    package var integer: Int64 { Int64(bitPattern: number) }
    /// Of a real number.
    package var real: Double { Double(bitPattern: number) }

    func take(_ kind: StoredValue.Kind, number: UInt64) {
        self.kind = kind
        self.number = number
        count = 0
    }

    /// Room for a value of so many bytes.
    func take(_ kind: StoredValue.Kind, count: Int) -> UnsafeMutableRawPointer? {
        self.kind = kind
        self.count = count
        let isTooSmall = count > storage.count
        let isTooLarge = storage.count > Self.keptAtMost && count <= Self.keptAtMost
        if isTooSmall || isTooLarge {
            storage.deallocate()
            storage = .allocate(byteCount: max(count, 512), alignment: 16)
        }
        return storage.baseAddress
    }
}
