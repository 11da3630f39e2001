// The head of a request, under every mixture of settings: whatever arrives is answered, the answer
// does not depend on how the bytes were cut, and what it points at is there.
//
// Compiled together with Sources/HTTP as one module; see scripts/fuzz.sh.

/// The first byte picks the settings, the second one the place where the bytes are cut.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzRequestHead(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 2 else { return 0 }
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    let parser = RequestParser(limits: limits(input[0]))
    let bytes = Array(input[2...])
    let whole = reading(bytes, by: parser, cuts: [])
    let cut = bytes.isEmpty ? 0 : Int(input[1]) % bytes.count
    let inTwo = reading(bytes, by: parser, cuts: [cut])
    precondition(whole == inTwo, "the answer depends on a cut at \(cut)")
    let one = reading(bytes, by: parser, cuts: Array(0..<bytes.count))
    precondition(whole == one, "the answer depends on the cuts")
    return 0
}

private func limits(_ choice: UInt8) -> RequestLimits {
    func bit(_ number: UInt8) -> Bool { choice >> number & 1 == 1 }
    return RequestLimits(
        limitRequestLine: bit(0) ? 40 : 4094,
        limitRequestFields: bit(0) ? 3 : 100,
        limitRequestFieldSize: bit(0) ? 30 : 8190,
        permitObsoleteFolding: bit(1),
        stripHeaderSpaces: bit(2),
        permitUnconventionalMethod: bit(3),
        permitUnconventionalVersion: bit(3),
        casefoldMethod: bit(3),
        headerMap: bit(4) ? .dangerous : bit(5) ? .refuse : .drop,
        isStrict: bit(6)
    )
}

/// What a reading came to, in a form that does not depend on how it was reached.
private enum Reading: Equatable {
    case head(end: Int, framing: RequestFraming, fields: [[UInt8]], keepsAlive: Bool)
    case incomplete
    case refused(status: Int, text: [UInt8])
}

private func reading(_ bytes: [UInt8], by parser: RequestParser, cuts: [Int]) -> Reading {
    var received: [UInt8] = []
    var progress = HeadProgress()
    var head = RequestHead()
    for end in cuts + [bytes.count] {
        received += bytes[received.count..<max(end, received.count)]
        do throws(Refusal) {
            var span = received.mutableSpan
            let isComplete = try parser.parse(
                rewriting: &span,
                from: 0,
                progress: &progress,
                peerIsTrusted: true,
                into: &head
            )
            if isComplete { return described(head, received) }
        } catch {
            return refused(error, received)
        }
    }
    return .incomplete
}

private func described(_ head: borrowing RequestHead, _ bytes: [UInt8]) -> Reading {
    var fields: [[UInt8]] = [
        part(bytes, head.method), part(bytes, head.target), part(bytes, head.path),
        part(bytes, head.query), part(bytes, head.scriptName),
    ]
    for index in head.fields.indices {
        fields.append(part(bytes, head.fields[index].name))
        fields.append(part(bytes, head.fields[index].value))
    }
    let all = fields.joined()
    precondition(!all.contains(0x0a) && !all.contains(0x0d), "a line end inside of a part")
    var decoded = [UInt8](repeating: 0, count: max(head.path.count, 1))
    decoded.withUnsafeMutableBytes { room in
        part(bytes, head.path).withUnsafeBytes { path in
            guard let base = room.baseAddress else { return }
            precondition(PercentDecoding.decode(path, into: base) <= path.count)
        }
    }
    return .head(
        end: head.end,
        framing: head.framing,
        fields: fields,
        keepsAlive: head.asksKeepAlive
    )
}

private func part(_ bytes: [UInt8], _ range: ByteRange) -> [UInt8] { Array(bytes[range.range]) }

private func refused(_ refusal: Refusal, _ bytes: [UInt8]) -> Reading {
    var page = ByteWriter(capacity: 64)
    ErrorPage.write(refusal, bytes.span, into: &page)
    var text = ByteWriter(capacity: 64)
    refusal.writeLogText(bytes.span, into: &text)
    let log = Array(text.bytes)
    precondition(!log.contains(0x0a) && !log.contains(0x0d), "a line end in a line of the log")
    // How long a line is that has no end yet depends on how much of it is here.
    if case .requestLineSize = refusal { return .refused(status: refusal.status, text: []) }
    return .refused(status: refusal.status, text: log)
}
