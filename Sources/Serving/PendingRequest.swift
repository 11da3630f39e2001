import Engine
import HTTP
import Platform

/// A request whose head is complete and whose body is still arriving.
///
/// The head's bytes stay in the connection's buffer. The body's are copied out of it as they come;
/// where they have to make room for more, `settle` takes them out from behind the head.
final class PendingRequest {
    /// The request's head; the exchange's own, exchanged for an empty one until the body is whole.
    var head = RequestHead()
    let body: RequestBody
    /// Where the handler reads the body itself.
    private(set) var stream: BodyStream?
    /// Index in the buffer behind what was read of this request.
    private(set) var end = 0

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
        adopt(&exchangeHead)
        if case .length(let length) = head.framing { try body.expect(length) }
    }

    /// Takes over the head of a request whose body will not be received.
    func adopt(_ exchangeHead: inout RequestHead) {
        swap(&head, &exchangeHead)
        end = head.end
    }

    /// Has the handler read the body: what is there of it leaves the buffer, where only the head
    /// stays.
    func stream(_ input: inout InputBuffer, of connection: Connection) {
        let received = UnsafeRawBufferPointer(rebasing: input.bytes[head.end..<input.end])
        stream = BodyStream(connection, head: head, received: received)
        input.remove(head.end..<input.end)
        end = head.end
    }

    /// Takes the content of a request that another process received.
    func fill(_ content: UnsafeRawBufferPointer) throws(SystemError) {
        try body.append(content)
        try body.seal()
    }

    /// What to hold against a peer that ends in the middle of the body; mostly nothing.
    var refusalAtEndOfInput: Refusal? {
        head.framing == .chunked ? decoder.refusalAtEndOfInput : nil
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

    /// Copies what belongs to the body out of the buffer; true when the body is whole.
    func take(from input: borrowing InputBuffer) throws -> Bool {
        switch head.framing {
        case .none: return true
        case .length(let length):
            let wanted = min(input.end - end, length - body.count)
            if wanted > 0 {
                try body.append(UnsafeRawBufferPointer(rebasing: input.bytes[end..<end + wanted]))
                end += wanted
            }
            guard body.count == length else { return false }
            try body.seal()
            return true
        case .chunked: return try takeChunks(from: input)
        }
    }

    private func takeChunks(from input: borrowing InputBuffer) throws -> Bool {
        while true {
            switch try decoder.next(input.octets.span, position: &end) {
            case .data(let range):
                try body.append(UnsafeRawBufferPointer(rebasing: input.bytes[range]))
            case .more: return false
            case .end:
                try body.seal()
                return true
            }
        }
    }

    /// Takes out of the buffer what the body has of it.
    func settle(_ input: inout InputBuffer) {
        input.remove(head.end..<end)
        end = head.end
    }

    /// The head was read again at another place.
    func headMoved() {
        end = head.end
    }
}
