import Engine
import HTTP
import Platform

/// A request whose head is complete and whose body is still arriving.
///
/// The head's bytes stay at the front of the connection's buffer; the body's leave it as they come.
final class PendingRequest {
    /// The request's head; the exchange's own, exchanged for an empty one until the body is whole.
    var head = RequestHead()
    let body: RequestBody
    /// Bytes of the head at the front of the buffer.
    private(set) var headCount = 0

    private var decoder: ChunkedDecoder

    init(options: ServingOptions) {
        body = RequestBody(
            inMemoryAtMost: options.bodyInMemoryAtMost,
            directory: options.uploadDirectory
        )
        decoder = ChunkedDecoder(limits: options.limits)
    }

    /// Takes over the head, and makes room for a body of known length.
    func begin(_ exchangeHead: inout RequestHead) throws(SystemError) {
        swap(&head, &exchangeHead)
        headCount = Int(head.end)
        if case .length(let length) = head.framing { try body.expect(length) }
    }

    /// Where a body of known length may be received directly, without passing the buffer.
    var room: UnsafeMutableRawBufferPointer? {
        guard case .length(let length) = head.framing else { return nil }
        return body.room(atMost: length - body.count)
    }

    /// Bytes were received into `room`.
    func receivedDirectly(_ count: Int) throws(SystemError) {
        try body.received(count)
    }

    /// Moves what belongs to the body out of the buffer; true when the body is whole.
    func take(from input: inout InputBuffer) throws -> Bool {
        switch head.framing {
        case .none: return true
        case .length(let length):
            let wanted = min(input.count - headCount, length - body.count)
            if wanted > 0 {
                let range = headCount..<headCount + wanted
                try body.append(UnsafeRawBufferPointer(rebasing: input.bytes[range]))
                input.remove(range)
            }
            guard body.count == length else { return false }
            try body.seal()
            return true
        case .chunked: return try takeChunks(from: &input)
        }
    }

    private func takeChunks(from input: inout InputBuffer) throws -> Bool {
        var position = headCount
        defer { input.remove(headCount..<position) }
        while true {
            let step = try decoder.next(
                input.octets.span, position: &position
            )
            switch step {
            case .data(let range):
                try body.append(UnsafeRawBufferPointer(rebasing: input.bytes[range]))
            case .more: return false
            case .end:
                try body.seal()
                return true
            }
        }
    }
}
