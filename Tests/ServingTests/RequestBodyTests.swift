import Glibc
import Platform
import Testing

@testable import Serving

@Suite struct RequestBodyTests {
    private func append(_ bytes: some Collection<UInt8>, to body: RequestBody) throws {
        try Array(bytes).withUnsafeBytes { (buffer) throws in try body.append(buffer) }
    }

    private func read(_ body: RequestBody, at offset: Int, _ count: Int) throws -> [UInt8] {
        var room = [UInt8](repeating: 0, count: count)
        let got = try room.withUnsafeMutableBytes { try body.read(at: offset, into: $0) }
        return Array(room[..<got])
    }

    @Test(arguments: [0, 1, 999, 1000, 1001, 300_000, 600_000], [1, 7, 1000, 65_536])
    func `content comes back as it was given, wherever it is kept`(_ size: Int, _ step: Int) throws
    {
        guard size / step < 100_000 else { return }
        let content = pattern(size)
        let body = RequestBody(inMemoryAtMost: 1000, directory: "/tmp")
        var start = 0
        while start < size {
            try append(content[start..<min(size, start + step)], to: body)
            start += step
        }
        try body.seal()
        #expect(body.count == size)
        #expect((body.bytes == nil) == (size > 1000))
        #expect(try read(body, at: 0, size + 10) == content)
        #expect(
            try read(body, at: size / 3, size / 3) == Array(content[(size / 3)...].prefix(size / 3))
        )
        #expect(try read(body, at: size, 10).isEmpty)
        #expect(try read(body, at: size + 5, 10).isEmpty)
        if size > 0 { #expect(try read(body, at: size - 1, 10) == [content[size - 1]]) }
    }

    @Test(arguments: [1, 1000, 1001, 262_144, 262_145, 700_000])
    func `content of known length is received where it stays`(_ size: Int) throws {
        let content = pattern(size, seed: 7)
        let body = RequestBody(inMemoryAtMost: 1000, directory: "/tmp")
        try body.expect(size)
        while body.count < size {
            let room = try #require(body.room(atMost: min(size - body.count, 50_000)))
            #expect(room.count > 0 && room.count <= size - body.count)
            room.copyBytes(from: content[body.count..<body.count + room.count])
            try body.received(room.count)
        }
        try body.seal()
        #expect(body.room(atMost: 10) == nil)
        #expect(try read(body, at: 0, size) == content)
    }

    @Test func `a directory that is not there is an error, not a crash`() {
        let body = RequestBody(inMemoryAtMost: 10, directory: "/nowhere/at/all")
        let error = #expect(throws: SystemError.self) { try body.expect(11) }
        #expect(error?.errno == ENOENT)
    }
}
