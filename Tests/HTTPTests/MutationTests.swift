import HTTP
import Testing

/// Whatever arrives, the parser answers: it never traps and never depends on how bytes were cut.
@Suite struct MutationTests {
    /// Numbers that are the same in every run.
    private struct Randomness: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return mixed ^ (mixed >> 31)
        }
    }

    /// The bytes that mean something to somebody.
    private static let spice: [UInt8] =
        Array(
            "\r\n\t :;,=\"\\/?#%_-+.0123456789aAfFxXzZ*[]@\0\u{7f}".utf8
        ) + [0x80, 0x85, 0xa0, 0xb2, 0xff]

    private static let seeds = RequestCaseTests.cases.filter { $0.bytes.count < 1500 }

    private func mutated(_ source: [UInt8], _ random: inout Randomness) -> [UInt8] {
        var bytes = source
        for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
            let position = Int.random(in: 0..<bytes.count, using: &random)
            let byte = Self.spice.randomElement(using: &random) ?? 0
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes[position] = byte
            case 1: bytes.insert(byte, at: position)
            case 2: bytes.remove(at: position)
            case 3: bytes[position] = UInt8.random(in: 0...255, using: &random)
            default:
                let end = min(bytes.count, position + Int.random(in: 1...20, using: &random))
                bytes.insert(contentsOf: bytes[position..<end], at: position)
            }
        }
        return bytes
    }

    @Test(arguments: seeds)
    func `a mutated request is answered the same way however it is cut`(_ item: RequestCase) {
        var random = Randomness(state: UInt64(item.bytes.count) &+ 1)
        for _ in 0..<60 {
            let bytes = mutated(item.bytes, &random)
            var whole = RequestReader(item)
            whole.feed(bytes)
            var pieces = RequestReader(item)
            var start = 0
            while start < bytes.count {
                let end = min(bytes.count, start + Int.random(in: 1...9, using: &random))
                pieces.feed(bytes[start..<end])
                start = end
            }
            // The text tells how much of a line had arrived when it was too long.
            let isSameText =
                whole.logText == pieces.logText || whole.outcome == .refusal("LimitRequestLine")
            guard whole.outcome == pieces.outcome, isSameText else {
                Issue.record("\(bytes): \(whole.outcome) or \(pieces.outcome)")
                return
            }
            _ = whole.answer
        }
    }

    @Test func `noise is answered`() {
        var random = Randomness(state: 7)
        let parser = RequestParser(limits: RequestLimits())
        let proxy = ProxyProtocol(mode: .either)
        var head = RequestHead()
        for _ in 0..<3000 {
            let count = Int.random(in: 0...80, using: &random)
            let bytes = (0..<count).map { _ in
                Bool.random(using: &random)
                    ? Self.spice.randomElement(using: &random) ?? 0
                    : UInt8.random(in: 0...255, using: &random)
            }
            var progress = HeadProgress()
            _ = try? parser.parse(
                bytes.span,
                from: 0,
                progress: &progress,
                peerIsTrusted: true,
                into: &head
            )
            _ = try? proxy.read(bytes.span, from: 0, peerIsAllowed: true)
            var decoder = ChunkedDecoder(limits: parser.limits)
            var position = 0
            while let step = try? decoder.next(bytes.span, position: &position) {
                if step == .more || step == .end { break }
            }
        }
    }

    @Test func `what a recognised name costs in checks it does not cost in strictness`() throws {
        // Every byte in every place of a known name: only letters change case, nothing else passes.
        let parser = RequestParser(limits: RequestLimits())
        var head = RequestHead()
        let name = Array("Accept-Encoding".utf8)
        for position in name.indices {
            for byte in UInt8.min...UInt8.max {
                var other = name
                other[position] = byte
                let bytes = Array("GET / HTTP/1.1\r\n".utf8) + other + Array(": x\r\n\r\n".utf8)
                var progress = HeadProgress()
                let isComplete = try? parser.parse(
                    bytes.span,
                    from: 0,
                    progress: &progress,
                    peerIsTrusted: false,
                    into: &head
                )
                let isSame =
                    byte == name[position]
                    || (byte ^ 0x20) == name[position] && (byte & 0xdf) >= 0x41
                        && (byte & 0xdf) <= 0x5a
                let isRecognised =
                    isComplete == true && head.fields.count == 1
                    && head.fields[0].kind == .acceptEncoding
                #expect(isRecognised == isSame, "\(byte) at \(position)")
            }
        }
    }
}
