// What a client of the control socket may send: judged alike however it arrives, and bounded.
//
// Compiled together with Sources/Control as one module; see scripts/fuzz.sh.

/// The bytes are a stream of messages, and one message.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzControl(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    var rest = bytes
    while case .message(let range) = ControlFrame.first(in: rest) {
        judge(Array(rest[range]))
        // A message that is not whole yet is none.
        precondition(ControlFrame.first(in: Array(rest[..<(range.upperBound - 1)])) == .more)
        rest.removeFirst(range.upperBound)
    }
    judge(bytes)
    return 0
}

private func judge(_ message: [UInt8]) {
    guard let request = ControlRequest(message) else { return }
    let words = request.command.split(separator: " ").map(String.init) + request.arguments
    let first = try? ControlCommand(words: words)
    precondition(first == (try? ControlCommand(words: words)), "one command, two meanings")
    if case .addWorkers(let count) = first { precondition(count >= 1, "fewer by adding") }
    if case .scale(let count) = first { precondition(count >= 1, "no worker at all") }
}
