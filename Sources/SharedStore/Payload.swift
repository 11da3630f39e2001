internal import CSystem

/// A position in the bytes of a record, which stand in one run of blocks or in several.
struct Payload {
    private let links: UnsafeMutablePointer<UInt32>
    private let blocks: UnsafeMutableRawPointer
    private var position: Int
    private let isOneRun: Bool

    init(
        links: UnsafeMutablePointer<UInt32>,
        blocks: UnsafeMutableRawPointer,
        at position: Int,
        isOneRun: Bool
    ) {
        self.links = links
        self.blocks = blocks
        self.position = position
        self.isOneRun = isOneRun
    }

    /// The bytes from here on that stand beside each other, so many at most; goes behind them.
    @inline(__always)
    private mutating func run(atMost count: Int) -> UnsafeMutableRawBufferPointer {
        let start = blocks + position
        if isOneRun {
            position += count
            return UnsafeMutableRawBufferPointer(start: start, count: count)
        }
        var block = position / StoreLayout.blockSize
        var room = StoreLayout.blockSize - position % StoreLayout.blockSize
        while room < count, links[block] == UInt32(truncatingIfNeeded: block + 2) {
            block += 1
            room += StoreLayout.blockSize
        }
        if count < room {
            position += count
            return UnsafeMutableRawBufferPointer(start: start, count: count)
        }
        // Behind the last block there is nothing, and nobody asks for it.
        position = max(0, Int(links[block]) - 1) * StoreLayout.blockSize
        return UnsafeMutableRawBufferPointer(start: start, count: room)
    }

    @inline(__always)
    private func start(of run: UnsafeMutableRawBufferPointer) -> UnsafeMutableRawPointer {
        run.baseAddress ?? blocks
    }

    mutating func skip(_ count: Int) {
        var left = count
        while left > 0 { left -= run(atMost: left).count }
    }

    mutating func read(_ count: Int, into target: UnsafeMutableRawPointer) {
        var done = 0
        while done < count {
            let run = run(atMost: count - done)
            (target + done).copyMemory(from: start(of: run), byteCount: run.count)
            done += run.count
        }
    }

    mutating func write(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        var done = 0
        while done < bytes.count {
            let run = run(atMost: bytes.count - done)
            start(of: run).copyMemory(from: source + done, byteCount: run.count)
            done += run.count
        }
    }

    /// Whether these bytes stand from here on.
    func equals(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let other = bytes.baseAddress else { return true }
        var payload = self
        var done = 0
        while done < bytes.count {
            let run = payload.run(atMost: bytes.count - done)
            guard csys_memory_equal(payload.start(of: run), other + done, run.count) != 0 else {
                return false
            }
            done += run.count
        }
        return true
    }
}
