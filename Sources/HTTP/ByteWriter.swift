/// A growable buffer that heads and small responses are written into, owned and reused.
///
/// Its methods are inlined into their callers in other storeys: a response calls them some twenty
/// times.
@safe
package struct ByteWriter: ~Copyable {
    @usableFromInline package var base: UnsafeMutableRawPointer
    @usableFromInline package var capacity: Int
    /// How many bytes were written.
    package var count: Int

    package init(capacity: Int) {
        let capacity = max(capacity, 64)
        unsafe base = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
        self.capacity = capacity
        count = 0
    }

    deinit {
        unsafe base.deallocate()
    }

    package var isEmpty: Bool { count == 0 }

    /// What was written; valid until the next change.
    @inlinable
    package var bytes: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: base, count: count)
    }

    @inlinable
    package mutating func append(_ byte: UInt8) {
        reserve(1)
        unsafe base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count &+= 1
    }

    @inlinable
    package mutating func append(_ text: StaticString) {
        let added = text.utf8CodeUnitCount
        reserve(added)
        unsafe (base + count).copyMemory(from: text.utf8Start, byteCount: added)
        count &+= added
    }

    @inlinable
    package mutating func append(_ source: UnsafeRawBufferPointer) {
        guard let start = source.baseAddress else { return }
        reserve(source.count)
        unsafe (base + count).copyMemory(from: start, byteCount: source.count)
        count &+= source.count
    }

    /// Appends a run of a span.
    package mutating func append(_ source: Span<UInt8>, _ range: Range<Int>) {
        unsafe source.extracting(range).withUnsafeBytes { part in
            unsafe append(part)
        }
    }

    /// Appends a number in decimal, with a sign when it is negative.
    package mutating func append(decimal number: Int) {
        if number < 0 { append(0x2d) }
        var rest = number.magnitude
        // The digits come out last first, so they are put down from the end of their room.
        let room = 20
        reserve(room)
        var digits = 1
        var bound: UInt = 10
        while digits < room, rest >= bound {
            digits &+= 1
            let next = bound.multipliedReportingOverflow(by: 10)
            if next.overflow { break }
            bound = next.partialValue
        }
        var index = count &+ digits
        while index > count {
            index &-= 1
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            unsafe base.storeBytes(
                of: 0x30 &+ UInt8(truncatingIfNeeded: digit),
                toByteOffset: index,
                as: UInt8.self
            )
            rest = quotient
        }
        count &+= digits
    }

    /// Appends a number in hexadecimal with capital letters: the size of a chunk.
    package mutating func append(upperHex number: Int) {
        let number = UInt(bitPattern: number)
        let digits = max(1, (UInt.bitWidth - number.leadingZeroBitCount + 3) / 4)
        reserve(digits)
        var shift = UInt(digits * 4)
        while shift > 0 {
            shift &-= 4
            let digit = UInt8(truncatingIfNeeded: number &>> shift & 15)
            append(digit < 10 ? digit &+ 0x30 : digit &+ 0x37)
        }
    }

    /// Forgets what was written and keeps the room.
    @inlinable
    package mutating func removeAll() {
        count = 0
    }

    /// Forgets what was written behind the first `newCount` bytes.
    package mutating func truncate(to newCount: Int) {
        precondition(
            newCount >= 0 && newCount <= count,
            "a writer is truncated to less, not to more"
        )
        count = newCount
    }

    /// Makes room for `added` more bytes.
    @inlinable
    package mutating func reserve(_ added: Int) {
        if capacity &- count < added { grow(added) }
    }

    /// Room for at least `wanted` bytes to be filled by the caller, who then calls `commit`.
    package mutating func room(_ wanted: Int) -> UnsafeMutableRawBufferPointer {
        reserve(wanted)
        return unsafe UnsafeMutableRawBufferPointer(start: base + count, count: capacity - count)
    }

    /// Counts bytes the caller has put into the room.
    package mutating func commit(_ added: Int) {
        precondition(
            added >= 0 && added <= capacity - count,
            "more was committed than there is room"
        )
        count += added
    }

    /// Gives memory back when one large response has made the buffer larger than `bound`.
    package mutating func trim(above bound: Int) {
        guard capacity > bound, count <= bound else { return }
        resize(to: max(bound, 64))
    }

    @inline(never)
    @usableFromInline package mutating func grow(_ added: Int) {
        precondition(added >= 0, "a writer grows by a positive number")
        let (needed, overflow) = count.addingReportingOverflow(added)
        precondition(!overflow, "a writer holds less than the address space")
        resize(to: max(needed, capacity &* 2))
    }

    private mutating func resize(to newCapacity: Int) {
        let larger = UnsafeMutableRawPointer.allocate(byteCount: newCapacity, alignment: 16)
        unsafe larger.copyMemory(from: base, byteCount: count)
        unsafe base.deallocate()
        unsafe base = larger
        capacity = newCapacity
    }
}
