import Testing

@testable import Engine

/// A buffer and its pool, held where expectations can look at them.
private final class Reception {
    private(set) var input = InputBuffer()
    private var pool = BufferPool()

    var isEmpty: Bool { input.isEmpty }
    var start: Int { input.start }
    var count: Int { input.count }
    var room: Int { input.room }
    var capacity: Int { input.capacity }
    var base: UnsafeMutableRawPointer? { input.base }
    var text: String { String(decoding: input.bytes[input.start..<input.end], as: UTF8.self) }

    /// Puts text behind what the buffer holds.
    func fill(_ text: String) {
        ensureMemory()
        let bytes = Array(text.utf8)
        bytes.withUnsafeBytes { source in
            if let base = input.base, let start = source.baseAddress {
                (base + input.end).copyMemory(from: start, byteCount: source.count)
            }
        }
        input.received(bytes.count)
    }

    func ensureMemory() { input.ensureMemory(from: &pool) }
    func giveBack() { input.giveBack(to: &pool) }
    func consume(_ count: Int) { input.consume(count) }
    func remove(_ range: Range<Int>) { input.remove(range) }
    func moveToFront() { input.moveToFront() }
    func makeRoom(limit: Int) -> Bool { input.makeRoom(limit: limit) }
}

@Suite struct InputBufferTests {
    @Test func `what is consumed is gone and an empty buffer begins anew`() {
        let input = Reception()
        input.fill("abcdef")
        input.consume(2)
        #expect(input.text == "cdef")
        input.consume(4)
        #expect(input.isEmpty && input.start == 0 && input.room == BufferPool.bufferSize)
    }

    @Test func `bytes taken out of the middle close the gap`() {
        let input = Reception()
        input.fill("0123456789")
        input.consume(1)
        input.remove(3..<6)
        #expect(input.text == "126789")
        input.remove(1..<1)
        #expect(input.text == "126789")
        input.moveToFront()
        #expect(input.text == "126789" && input.start == 0)
        input.remove(0..<6)
        #expect(input.isEmpty)
    }

    @Test func `room is made by moving first and by growing then, up to the limit`() {
        let input = Reception()
        let size = BufferPool.bufferSize
        input.fill(String(repeating: "x", count: size))
        input.consume(size - 3)
        #expect(input.makeRoom(limit: size))
        #expect(input.text == "xxx" && input.capacity == size)
        input.fill(String(repeating: "y", count: size - 3))
        #expect(!input.makeRoom(limit: size))
        #expect(input.makeRoom(limit: size * 3))
        #expect(input.capacity == size * 2)
        input.fill(String(repeating: "z", count: size))
        #expect(input.makeRoom(limit: size * 3))
        #expect(input.capacity == size * 3 && input.count == size * 2)
        #expect(input.text.hasPrefix("xxxyyy"))
    }

    @Test func `memory is given back only when it holds nothing and is used again`() {
        let input = Reception()
        input.fill("a")
        let memory = input.base
        input.giveBack()
        #expect(input.base == memory)
        input.consume(1)
        input.giveBack()
        #expect(input.base == nil && input.capacity == 0)
        input.ensureMemory()
        #expect(input.base == memory)
    }

    @Test func `memory that grew does not enter the pool`() {
        let input = Reception()
        input.fill(String(repeating: "x", count: BufferPool.bufferSize))
        #expect(input.makeRoom(limit: 1 << 20))
        let grown = input.base
        input.consume(input.count)
        input.giveBack()
        input.ensureMemory()
        #expect(input.capacity == BufferPool.bufferSize && input.base != grown)
    }

    @Test func `a pool takes back more than it keeps`() {
        var pool = BufferPool()
        let taken = (0..<200).map { _ in pool.take() }
        #expect(Set(taken).count == 200)
        for memory in taken { pool.give(memory) }
        let again = pool.take()
        #expect(taken.contains(again))
    }
}
