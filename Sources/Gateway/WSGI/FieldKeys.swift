import CPython
import PythonRuntime

/// The environ's keys for field names (`HTTP_USER_AGENT`), remembered by the bytes of the name.
///
/// Lives as long as its worker: what it remembers is never given back. Bounded: names beyond the
/// capacity, or longer than any real one, get a key made for the day.
struct FieldKeys: ~Copyable {
    /// Names remembered at most: clients could otherwise fill our memory with inventions.
    static let capacity = 256
    /// Bytes of a name that is remembered at most.
    static let nameAtMost = 48

    private struct Entry {
        var key: PyRef?
        var hash: UInt32 = 0
        var count = 0
        /// The request this name was last seen in: a second time in one request is a repetition.
        var serial: UInt64 = 0
        var name: UnsafeMutablePointer<UInt8>?
    }

    /// Twice the capacity, so that a search ends soon.
    private static let slots = 512

    private let entries: UnsafeMutablePointer<Entry>
    private let canonical: UnsafeMutablePointer<UInt8>
    private var count = 0

    init() {
        entries = .allocate(capacity: Self.slots)
        entries.initialize(repeating: Entry(), count: Self.slots)
        canonical = .allocate(capacity: 256)
        for byte in 0..<256 {
            canonical[byte] = Self.canonicalByte(UInt8(byte))
        }
    }

    /// How a byte of a name stands in the key: upper case, and an underscore for each hyphen.
    private static func canonicalByte(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - 32
        case UInt8(ascii: "-"): UInt8(ascii: "_")
        default: byte
        }
    }

    /// The key of a name, borrowed, and whether this request has used it before.
    ///
    /// A key that is not remembered is answered as nil: `make` makes it.
    mutating func key(
        for name: UnsafeRawBufferPointer,
        serial: UInt64
    ) -> (key: PyRef, isRepeated: Bool)? {
        guard name.count <= Self.nameAtMost else { return nil }
        let hash = hash(of: name)
        var slot = Int(hash) & (Self.slots - 1)
        while let key = entries[slot].key {
            if entries[slot].hash == hash, isSame(entries[slot], name) {
                let isRepeated = entries[slot].serial == serial
                entries[slot].serial = serial
                return (key, isRepeated)
            }
            slot = (slot + 1) & (Self.slots - 1)
        }
        guard count < Self.capacity else { return nil }
        let key = make(name)
        count += 1
        let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: name.count)
        for index in 0..<name.count {
            copy[index] = canonical[Int(name[index])]
        }
        entries[slot] = Entry(key: key, hash: hash, count: name.count, serial: serial, name: copy)
        return (key, false)
    }

    /// A key that is owned by the caller, who did not find it among the remembered.
    func make(_ name: UnsafeRawBufferPointer) -> PyRef {
        withUnsafeTemporaryAllocation(byteCount: name.count + 5, alignment: 1) { text in
            text.copyBytes(from: "HTTP_".utf8)
            for index in 0..<name.count {
                text[index + 5] = canonical[Int(name[index])]
            }
            var key: PyRef? = EnvironKeys.latin1(UnsafeRawBufferPointer(text))
            PyUnicode_InternInPlace(&key)
            return require(key, "an interned str")
        }
    }

    private func hash(of name: UnsafeRawBufferPointer) -> UInt32 {
        var hash: UInt32 = 2_166_136_261
        for byte in name {
            hash = (hash ^ UInt32(canonical[Int(byte)])) &* 16_777_619
        }
        return hash ^ (hash >> 15)
    }

    private func isSame(_ entry: Entry, _ name: UnsafeRawBufferPointer) -> Bool {
        guard entry.count == name.count, let known = entry.name else { return false }
        for index in 0..<name.count where known[index] != canonical[Int(name[index])] {
            return false
        }
        return true
    }
}
