// The PROXY protocol: what the first bytes say, more bytes do not unsay.
//
// Compiled together with Sources/HTTP as one module; see scripts/fuzz.sh.

/// The first byte picks the mode, the second one how much arrives at first.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzProxyProtocol(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 2 else { return 0 }
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    let modes: [ProxyProtocol.Mode] = [.off, .version1, .version2, .either]
    let proxy = ProxyProtocol(mode: modes[Int(input[0] & 3)])
    let bytes = Array(input[2...])
    let whole = answer(proxy, bytes)
    let first = answer(proxy, Array(bytes[..<min(bytes.count, Int(input[1]))]))
    precondition(first == .step(.more) || first == whole, "\(first), and then \(whole)")
    if case .step(.header(let header, let end)) = whole {
        precondition(end <= bytes.count, "a header ends behind the bytes")
        for endpoint in [header.source, header.destination] {
            var text = ByteWriter(capacity: 64)
            endpoint?.address.write(into: &text)
            precondition(text.count <= 45, "an address longer than any")
        }
    }
    return 0
}

private enum Answer: Equatable {
    case step(ProxyProtocol.Step)
    case refusal(Refusal)
}

private func answer(_ proxy: ProxyProtocol, _ bytes: [UInt8]) -> Answer {
    do throws(Refusal) {
        return .step(try proxy.read(bytes.span, from: 0, peerIsAllowed: true))
    } catch {
        var page = ByteWriter(capacity: 64)
        ErrorPage.write(error, bytes.span, into: &page)
        var text = ByteWriter(capacity: 64)
        error.writeLogText(bytes.span, into: &text)
        return .refusal(error)
    }
}
