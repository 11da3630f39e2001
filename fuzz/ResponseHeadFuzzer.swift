// The head of a response: what an application gives either is refused or stays on its own line.
//
// Compiled together with Sources/HTTP as one module; see scripts/fuzz.sh.

/// Three parts, divided by bytes that no text has: the status, the name of a field, its value.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzResponseHead(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    let parts = input.split(separator: 0xfe, omittingEmptySubsequences: false).map { Array($0) }
    let status = parts[0]
    let name = parts.count > 1 ? parts[1] : []
    let value = parts.count > 2 ? parts[2] : []
    var head = ByteWriter(capacity: 64)
    status.withUnsafeBytes { bytes in
        guard let code = ResponseField.isStatusLine(bytes) else { return }
        precondition((0...999).contains(code), "a status of more than three digits")
        head.append(bytes)
    }
    head.append("\r\n")
    name.withUnsafeBytes { name in
        value.withUnsafeBytes { value in
            _ = ResponseField.kind(of: name)
            if let length = ResponseField.contentLength(value) {
                precondition(length >= 0, "a length below zero")
            }
            guard ResponseField.isToken(name), ResponseField.isFieldValue(value) else { return }
            head.append(name)
            head.append(": ")
            head.append(value)
            head.append("\r\n")
        }
    }
    let written = Array(head.bytes)
    let lines = written.filter { $0 == 0x0a }.count
    let returns = written.filter { $0 == 0x0d }.count
    precondition(lines <= 2 && lines == returns, "a line end of the application's own")
    precondition(!written.contains(0), "a zero byte in a head")
    return 0
}
