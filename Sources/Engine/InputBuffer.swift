/// The bytes a connection has received and not yet consumed: one contiguous piece of memory.
///
/// Its memory comes from a pool when bytes arrive and goes back when they are consumed, so an idle
/// connection holds none.
package struct InputBuffer: ~Copyable {
    /// Less room than this is not received into: a call for a few bytes costs as much as for many.
    package static let leastRoom = 4096

    package private(set) var base: UnsafeMutableRawPointer?
    package private(set) var capacity = 0
    /// Index of the first byte not yet consumed.
    package private(set) var start = 0
    /// Index behind the last byte received.
    package private(set) var end = 0

    package init() {}

    deinit {
        base?.deallocate()
    }

    package var count: Int { end - start }
    package var isEmpty: Bool { start == end }
    /// Room behind the bytes received.
    package var room: Int { capacity - end }

    /// Everything received and still held, consumed bytes before `start` included.
    package var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base, count: end)
    }

    /// The same, for those who parse: its `span` is valid until the buffer changes.
    package var octets: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: base?.assumingMemoryBound(to: UInt8.self), count: end)
    }

    /// The same, for those who may change what was received.
    package var mutableOctets: UnsafeMutableBufferPointer<UInt8> {
        UnsafeMutableBufferPointer(start: base?.assumingMemoryBound(to: UInt8.self), count: end)
    }

    /// Takes memory from the pool where it has none.
    package mutating func ensureMemory(from pool: inout BufferPool) {
        guard base == nil else { return }
        base = pool.take()
        capacity = BufferPool.bufferSize
        start = 0
        end = 0
    }

    /// Takes bytes that were received elsewhere.
    package mutating func append(
        copying bytes: UnsafeRawBufferPointer,
        from pool: inout BufferPool
    ) {
        guard let source = bytes.baseAddress, bytes.count > 0 else { return }
        ensureMemory(from: &pool)
        if room < bytes.count { grow(to: end + bytes.count) }
        guard let memory = base else { return }
        (memory + end).copyMemory(from: source, byteCount: bytes.count)
        end += bytes.count
    }

    /// Bytes were received into `base + end`.
    package mutating func received(_ count: Int) {
        precondition(count >= 0 && count <= room, "more bytes received than there was room for")
        end += count
    }

    /// Takes bytes that were received elsewhere; false where they are more than the limit.
    package mutating func fill(
        _ bytes: UnsafeRawBufferPointer,
        from pool: inout BufferPool,
        limit: Int
    ) -> Bool {
        ensureMemory(from: &pool)
        var rest = bytes
        while let source = rest.baseAddress, rest.count > 0 {
            guard makeRoom(limit: limit), let memory = base else { return false }
            let count = min(room, rest.count)
            (memory + end).copyMemory(from: source, byteCount: count)
            end += count
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
        return true
    }

    /// The first `count` bytes are done with.
    package mutating func consume(_ count: Int) {
        precondition(count >= 0 && count <= self.count, "more bytes consumed than received")
        start += count
        if start == end {
            start = 0
            end = 0
        }
    }

    /// Makes room behind the bytes: by moving them to the front, then by growing up to `limit`.
    ///
    /// Answers false where the limit leaves no room.
    package mutating func makeRoom(limit: Int) -> Bool {
        guard room < Self.leastRoom else { return true }
        moveToFront()
        if room < Self.leastRoom { grow(limit: limit) }
        return room > 0
    }

    private mutating func grow(limit: Int) {
        grow(to: min(capacity * 2, limit))
    }

    private mutating func grow(to larger: Int) {
        guard larger > capacity, let memory = base else { return }
        let grown = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
        grown.copyMemory(from: memory, byteCount: end)
        memory.deallocate()
        base = grown
        capacity = larger
    }

    /// Moves what is held to the front of the memory.
    package mutating func moveToFront() {
        guard start > 0, let memory = base else { return }
        memory.copyMemory(from: memory + start, byteCount: count)
        end -= start
        start = 0
    }

    /// Takes bytes out of the middle: what stands behind them moves up.
    package mutating func remove(_ range: Range<Int>) {
        precondition(
            range.lowerBound >= start && range.upperBound <= end,
            "removed what is not held"
        )
        guard !range.isEmpty, let memory = base else { return }
        (memory + range.lowerBound)
            .copyMemory(from: memory + range.upperBound, byteCount: end - range.upperBound)
        end -= range.count
    }

    /// Gives the memory back where no bytes are held.
    package mutating func giveBack(to pool: inout BufferPool) {
        guard isEmpty, let memory = base else { return }
        if capacity == BufferPool.bufferSize {
            pool.give(memory)
        } else {
            memory.deallocate()
        }
        base = nil
        capacity = 0
        start = 0
        end = 0
    }
}

/// Memory for input buffers, kept warm: the last one given back is the next one taken.
package struct BufferPool: ~Copyable {
    /// Bytes in one buffer: a browser's request head with room to spare.
    package static let bufferSize = 16 * 1024
    /// Buffers kept when nobody needs them; more are freed.
    static let keptAtMost = 64

    private var kept: [UnsafeMutableRawPointer] = []

    package init() {
        kept.reserveCapacity(Self.keptAtMost)
    }

    deinit {
        for memory in kept {
            memory.deallocate()
        }
    }

    package mutating func take() -> UnsafeMutableRawPointer {
        kept.popLast() ?? .allocate(byteCount: Self.bufferSize, alignment: 16)
    }

    package mutating func give(_ memory: UnsafeMutableRawPointer) {
        if kept.count < Self.keptAtMost {
            kept.append(memory)
        } else {
            memory.deallocate()
        }
    }
}
