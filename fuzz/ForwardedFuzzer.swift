// X-Forwarded-For and Forwarded: nothing a client sends changes what a proxy adds behind it.
//
// Compiled together with Sources/HTTP as one module; see scripts/fuzz.sh.

/// The first byte picks the field; the rest are its lines.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzForwarded(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 1 else { return 0 }
    let field: ClientField = start[0] & 1 == 1 ? .forwarded : .forwardedFor
    let lines = Array(UnsafeBufferPointer(start: start + 1, count: count - 1))
        .split(separator: 0x0a, omittingEmptySubsequences: false).map { Array($0) }
    let chain = ForwardedChain(field: field)

    _ = client(chain, lines, field) { _ in true }
    let stranger = client(chain, lines, field) { _ in false }
    let trusting = client(chain, lines, field) { $0 != stranger?.address }
    precondition((stranger == nil) == (trusting == nil), "trust changes whether there is anybody")

    let added = field == .forwarded ? "for=192.0.2.1" : "192.0.2.1"
    let behind = client(chain, lines + [Array(added.utf8)], field) { _ in false }
    precondition(behind?.address == .v4(0xc000_0201), "a client hid what a proxy added")
    return 0
}

private func client(
    _ chain: ForwardedChain,
    _ lines: [[UInt8]],
    _ field: ClientField,
    trusts: (IPAddress) -> Bool
) -> ForwardedHop? {
    var bytes: [UInt8] = []
    var fields = FieldTable()
    for line in lines {
        let value = ByteRange(bytes.count, bytes.count + line.count)
        bytes += line
        fields.append(
            RequestField(
                name: ByteRange(),
                value: value,
                kind: field == .forwarded ? .forwarded : .forwardedFor
            )
        )
    }
    return chain.client(bytes.span, fields, trusts: trusts)
}
