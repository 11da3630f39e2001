// Chunked content: the same data whatever the cuts, and never more than there was.
//
// Compiled together with Sources/HTTP as one module; see scripts/fuzz.sh.

/// The first byte picks the settings, the second one the size of the pieces.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzChunkedBody(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 2 else { return 0 }
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    let limits = RequestLimits(
        limitRequestFields: input[0] & 1 == 1 ? 2 : 100,
        limitRequestFieldSize: input[0] & 2 == 2 ? 20 : 8190,
        isStrict: input[0] & 4 == 4
    )
    let bytes = Array(input[2...])
    let whole = content(bytes, limits, step: bytes.count)
    for step in [1, 1 + Int(input[1])] {
        precondition(whole == content(bytes, limits, step: step), "pieces of \(step) differ")
    }
    precondition(whole.data.count <= bytes.count, "more came out than went in")
    return 0
}

private struct Content: Equatable {
    var data: [UInt8] = []
    var end: Int?
    var refusal: String?
}

private func content(_ bytes: [UInt8], _ limits: RequestLimits, step: Int) -> Content {
    var decoder = ChunkedDecoder(limits: limits)
    var content = Content()
    var position = 0
    var received = 0
    while received < bytes.count {
        received = min(bytes.count, received + max(step, 1))
        let piece = Array(bytes[..<received])
        do throws(Refusal) {
            reading: while true {
                switch try decoder.next(piece.span, position: &position) {
                case .data(let range): content.data += piece[range]
                case .more: break reading
                case .end:
                    content.end = position
                    return content
                }
            }
        } catch {
            var text = ByteWriter(capacity: 64)
            error.writeLogText(piece.span, into: &text)
            content.refusal = String(decoding: text.bytes, as: UTF8.self)
            return content
        }
    }
    return content
}
