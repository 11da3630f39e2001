import Platform

/// A growable run of bytes that log lines are put together in; it owns its memory and keeps it.
package struct LineBuffer: ~Copyable {
    private var memory: UnsafeMutableRawPointer
    private var capacity: Int
    package private(set) var count = 0

    package init(capacity: Int = 4096) {
        precondition(capacity > 0, "a buffer has room for a byte at least")
        memory = .allocate(byteCount: capacity, alignment: 8)
        self.capacity = capacity
    }

    deinit { memory.deallocate() }

    /// What was written; good until the next change.
    package var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: memory, count: count)
    }

    private mutating func grow(_ room: Int) {
        let wanted = max(capacity * 2, count + room)
        let larger = UnsafeMutableRawPointer.allocate(byteCount: wanted, alignment: 8)
        larger.copyMemory(from: memory, byteCount: count)
        memory.deallocate()
        memory = larger
        capacity = wanted
    }

    @inline(__always)
    private mutating func reserve(_ room: Int) {
        if capacity - count < room { grow(room) }
    }

    @inline(__always)
    package mutating func append(_ byte: UInt8) {
        reserve(1)
        memory.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count += 1
    }

    @inline(__always)
    package mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress, bytes.count > 0 else { return }
        reserve(bytes.count)
        (memory + count).copyMemory(from: start, byteCount: bytes.count)
        count += bytes.count
    }

    @inline(__always)
    package mutating func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    package mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    /// A number with at least `digits` digits.
    package mutating func append(decimal value: Int, digits: Int = 1) {
        var rest = value.magnitude
        if value < 0 { append(UInt8(ascii: "-")) }
        reserve(20 + digits)
        var length = 1
        var bound: UInt = 10
        while length < 20 && rest >= bound {
            length += 1
            let next = bound.multipliedReportingOverflow(by: 10)
            if next.overflow { break }
            bound = next.partialValue
        }
        length = max(length, digits)
        var index = length
        while index > 0 {
            index -= 1
            let digit = UInt8(truncatingIfNeeded: rest % 10) + UInt8(ascii: "0")
            memory.storeBytes(of: digit, toByteOffset: count + index, as: UInt8.self)
            rest /= 10
        }
        count += length
    }

    package mutating func removeAll() { count = 0 }

    /// Forgets what follows the first bytes.
    package mutating func truncate(to length: Int) {
        precondition(length >= 0 && length <= count, "nothing to forget there")
        count = length
    }

    /// Forgets the first bytes.
    package mutating func removeFirst(_ length: Int) {
        precondition(length >= 0 && length <= count, "nothing to forget there")
        memory.copyMemory(from: memory + length, byteCount: count - length)
        count -= length
    }

    /// Puts `amount` copies of a byte before the position `start`.
    mutating func insert(_ byte: UInt8, times amount: Int, at start: Int) {
        reserve(amount)
        (memory + start + amount).copyMemory(from: memory + start, byteCount: count - start)
        for index in 0..<amount {
            memory.storeBytes(of: byte, toByteOffset: start + index, as: UInt8.self)
        }
        count += amount
    }
}
