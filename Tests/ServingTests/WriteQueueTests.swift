import Engine
import Glibc
import Testing

@testable import Serving

/// A queue and the two ends of a socket with little room.
private final class Line {
    var queue = WriteQueue()
    var isEmpty: Bool { queue.isEmpty }
    var heldCount: Int { queue.heldCount }
    let ours: StreamSocket
    let theirs: Int32
    var released: [ResponseOwner] = []
    var received: [UInt8] = []

    init() {
        var ends: [Int32] = [0, 0]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        _ = socketpair(AF_UNIX, kind, 0, &ends)
        var size: Int32 = 4096
        setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        ours = StreamSocket(descriptor: ends[0])
        theirs = ends[1]
    }

    deinit {
        close(ours.descriptor)
        close(theirs)
    }

    func send() -> WriteQueue.Outcome {
        let outcome = queue.send(to: ours)
        while let owner = queue.takeReleased() { released.append(owner) }
        return outcome
    }

    func read(_ limit: Int) {
        var room = [UInt8](repeating: 0, count: limit)
        let count = recv(theirs, &room, limit, 0)
        if count > 0 { received += room[..<count] }
    }

    func append(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { queue.append(copying: $0) }
    }

    /// Sends and reads in turns until the queue is empty.
    func drain(reading step: Int = 3000) -> Bool {
        for _ in 0..<200_000 {
            let outcome = send()
            read(step)
            if outcome == .drained {
                while received.count < 1 << 30 {
                    let before = received.count
                    read(65_536)
                    if received.count == before { return true }
                }
            }
            if outcome == .failed { return false }
        }
        return false
    }
}

/// An unnamed file.
func temporaryFile() -> Int32 {
    var name = Array("/tmp/swiftcorn-trial-XXXXXX".utf8CString)
    let file = mkstemp(&name)
    unlink(name)
    return file
}

@Suite struct WriteQueueTests {
    private func owner(_ number: Int) throws -> ResponseOwner {
        try #require(ResponseOwner(bitPattern: number))
    }

    @Test func `what is queued arrives once, in order, whatever its kind`() throws {
        signal(SIGPIPE, SIG_IGN)
        let line = Line()
        var expected: [UInt8] = []
        let lent = UnsafeMutableRawBufferPointer.allocate(byteCount: 70_000, alignment: 1)
        defer { lent.deallocate() }
        lent.copyBytes(from: pattern(70_000, seed: 3))
        let file = temporaryFile()
        let content = pattern(90_000, seed: 4)
        _ = content.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
        for round in 1...20 {
            let small = pattern(round * 37, seed: round)
            line.append(small)
            expected += small
            line.queue.append(lending: UnsafeRawBufferPointer(lent), owner: try owner(round * 16))
            expected += Array(lent)
            line.queue.append(file: dup(file), offset: Int64(round), count: 80_000)
            expected += content[round..<round + 80_000]
            if round % 3 == 0 { _ = line.send() }
            line.read(round * 1000)
        }
        close(file)
        #expect(line.drain())
        #expect(line.received == expected)
        #expect(line.released == (try (1...20).map { try owner($0 * 16) }))
        #expect(line.heldCount == 0)
    }

    @Test func `many small writes are gathered`() {
        let line = Line()
        var expected: [UInt8] = []
        for number in 0..<50_000 {
            let text = Array("\(number),".utf8)
            line.append(text)
            expected += text
        }
        #expect(line.heldCount == expected.count)
        #expect(line.drain(reading: 65_536))
        #expect(line.received == expected)
        #expect(line.heldCount == 0)
    }

    @Test func `what is discarded is let go of once, and its files are closed`() throws {
        let line = Line()
        let content = pattern(100_000)
        // The other end of a pipe knows when this one is closed; a number may be in use again.
        var ends: [Int32] = [-1, -1]
        #expect(pipe(&ends) == 0)
        #expect(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0)
        defer { close(ends[0]) }
        content.withUnsafeBytes { bytes in
            if let lent = ResponseOwner(bitPattern: 32) {
                line.queue.append(lending: bytes, owner: lent)
            }
            _ = line.send()
            if let lent = ResponseOwner(bitPattern: 48) {
                line.queue.append(lending: bytes, owner: lent)
            }
            line.append(content)
            line.queue.append(file: ends[1], offset: 0, count: 10)
            line.queue.discard()
        }
        #expect(line.isEmpty && line.heldCount == 0)
        _ = line.send()
        #expect(Set(line.released) == [try owner(32), try owner(48)])
        #expect(line.released.count == 2)
        var byte: UInt8 = 0
        #expect(read(ends[0], &byte, 1) == 0)
    }

    @Test func `a file that became shorter fails instead of waiting for ever`() {
        let line = Line()
        let file = temporaryFile()
        _ = pattern(100).withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
        line.queue.append(file: file, offset: 0, count: 200)
        #expect(line.send() == .failed)
        line.queue.discard()
    }

    @Test func `a peer that is gone fails the queue`() {
        let line = Line()
        shutdown(line.theirs, Int32(SHUT_RDWR))
        line.append([1, 2, 3])
        #expect(line.send() == .failed)
        line.queue.discard()
    }

    @Test func `a queue that never runs empty does not remember what it sent`() {
        let line = Line()
        let piece = pattern(9000)
        var expected = 0
        for _ in 0..<2000 {
            line.append(piece)
            expected += piece.count
            _ = line.send()
            line.read(9000)
            #expect(line.heldCount < 64 * 9000)
        }
        #expect(line.drain())
        #expect(line.received.count == expected)
    }
}
