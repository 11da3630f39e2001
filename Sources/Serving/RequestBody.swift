import Engine
package import Platform

/// The content of one request, whole: in memory, or in a file when it is large.
///
/// Owned by whoever reads it last: an application may keep `wsgi.input` after its request is over.
package final class RequestBody {
    /// Bytes collected in memory before they are written to the file.
    static let stageSize = 256 * 1024

    /// Bytes of content.
    package private(set) var count = 0
    /// The content itself, or what of it is not in the file yet.
    private var memory: UnsafeMutableRawPointer?
    private var capacity = 0
    private var held = 0
    private var file: SpoolFile?
    private let inMemoryAtMost: Int
    private let directory: String

    init(inMemoryAtMost: Int, directory: String) {
        self.inMemoryAtMost = inMemoryAtMost
        self.directory = directory
    }

    deinit {
        memory?.deallocate()
    }

    /// The content where it is in memory; nil where it is in a file.
    package var bytes: UnsafeRawBufferPointer? {
        file == nil ? UnsafeRawBufferPointer(start: memory, count: count) : nil
    }

    /// Copies content at an offset out to where it is wanted; answers how many bytes there were.
    package func read(
        at offset: Int,
        into target: UnsafeMutableRawBufferPointer
    ) throws(SystemError) -> Int {
        let wanted = min(target.count, max(0, count - offset))
        guard wanted > 0, let start = target.baseAddress else { return 0 }
        guard file != nil else {
            if let memory { start.copyMemory(from: memory + offset, byteCount: wanted) }
            return wanted
        }
        var done = 0
        while done < wanted {
            let piece = UnsafeMutableRawBufferPointer(start: start + done, count: wanted - done)
            switch file?.read(at: Int64(offset + done), into: piece) {
            case .moved(let more) where more > 0: done += more
            case .failed(let errno): throw SystemError(call: "pread", errno: errno)
            default: return done
            }
        }
        return done
    }
}

// MARK: - Filling it

extension RequestBody {
    /// Makes room for a body of known length, so that it is received where it stays.
    func expect(_ length: Int) throws(SystemError) {
        if length > inMemoryAtMost {
            try spool()
        } else {
            grow(to: length)
        }
    }

    /// Where the next bytes may be received directly; nil where there is no room.
    func room(atMost limit: Int) -> UnsafeMutableRawBufferPointer? {
        guard let memory, held < capacity, limit > 0 else { return nil }
        let count = min(limit, capacity - held)
        return UnsafeMutableRawBufferPointer(start: memory + held, count: count)
    }

    /// Bytes were received into the room.
    func received(_ more: Int) throws(SystemError) {
        precondition(more >= 0 && held + more <= capacity, "a body outgrew its memory")
        held += more
        count += more
        if file != nil, held == capacity { try writeHeld() }
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
        if file == nil, count + bytes.count > inMemoryAtMost { try spool() }
        if file == nil, held + bytes.count > capacity {
            grow(to: max(held + bytes.count, min(capacity * 2, inMemoryAtMost)))
        }
        var rest = bytes
        while !rest.isEmpty {
            guard let target = room(atMost: rest.count) else { break }
            let piece = UnsafeRawBufferPointer(rebasing: rest[..<target.count])
            target.copyMemory(from: piece)
            try received(target.count)
            rest = UnsafeRawBufferPointer(rebasing: rest[target.count...])
        }
        precondition(rest.isEmpty, "a body's memory had no room where it must have")
    }

    /// The content is whole: what is still held goes to the file, where there is one.
    func seal() throws(SystemError) {
        guard file != nil else { return }
        try writeHeld()
        memory?.deallocate()
        memory = nil
        capacity = 0
    }

    private func grow(to wanted: Int) {
        guard wanted > capacity else { return }
        let larger = UnsafeMutableRawPointer.allocate(byteCount: wanted, alignment: 16)
        if let memory {
            larger.copyMemory(from: memory, byteCount: held)
            memory.deallocate()
        }
        memory = larger
        capacity = wanted
    }

    /// From here on the content goes to a file, through memory of a fixed size.
    private func spool() throws(SystemError) {
        file = try SpoolFile(directory: directory)
        try writeHeld()
        grow(to: Self.stageSize)
    }

    private func writeHeld() throws(SystemError) {
        try file?.append(UnsafeRawBufferPointer(start: memory, count: held))
        held = 0
    }
}
