import Engine
import HTTP

/// The parser where it is never copied: its tables would be, for each request.
struct HeadReader: ~Copyable {
    let parser: RequestParser
    private let rewritesHeads: Bool

    init(parser: RequestParser) {
        self.parser = parser
        rewritesHeads = parser.limits.rewritesHeads
    }

    /// Reads the head at the front of what the buffer holds; false when bytes are missing.
    func read(
        _ input: borrowing InputBuffer,
        progress: inout HeadProgress,
        peerIsTrusted: Bool,
        into head: inout RequestHead
    ) throws(Refusal) -> Bool {
        guard rewritesHeads else {
            return try parser.parse(
                input.octets.span,
                from: input.start,
                progress: &progress,
                peerIsTrusted: peerIsTrusted,
                into: &head
            )
        }
        var span = input.mutableOctets.mutableSpan
        return try parser.parse(
            rewriting: &span,
            from: input.start,
            progress: &progress,
            peerIsTrusted: peerIsTrusted,
            into: &head
        )
    }
}
