import HTTP

/// Reads the requests of a connection as the server does, from pieces of any size.
struct RequestReader {
    private let parser: RequestParser
    private let proxy: ProxyProtocol
    private let peerIsTrusted: Bool
    private var buffer: [UInt8] = []
    private var start = 0
    private var progress = HeadProgress()
    private var awaitsProxy = true
    private var contentState = ContentState.none
    private var current: RequestCase.Request?
    private var keepsAlive = true
    private var isClosed = false

    private(set) var requests: [RequestCase.Request] = []
    private(set) var refusal: Refusal?
    private(set) var proxyHeader: ProxyHeader?

    private enum ContentState {
        case none
        case length(Int)
        case chunked(ChunkedDecoder)
    }

    init(_ item: RequestCase) {
        parser = RequestParser(limits: item.limits)
        proxy = ProxyProtocol(mode: item.proxyMode)
        peerIsTrusted = item.peerIsTrusted
    }

    /// What was read so far, in the terms of a case.
    var outcome: RequestCase.Outcome {
        if let finalRefusal { return .refusal(finalRefusal.gunicornName) }
        if isClosed || current == nil && start == buffer.count { return .requests(requests) }
        return .refusal("NoMoreData")
    }

    /// The refusal, the end of the input counted.
    var finalRefusal: Refusal? {
        guard refusal == nil, current != nil, case .chunked(let decoder) = contentState else {
            return refusal
        }
        return decoder.refusalAtEndOfInput
    }

    /// The text for the error log, once something was refused.
    var logText: String {
        var writer = ByteWriter(capacity: 64)
        finalRefusal?.writeLogText(buffer.span, into: &writer)
        return writer.text
    }

    /// The answer to the request, once something was refused.
    var answer: [UInt8] {
        var writer = ByteWriter(capacity: 64)
        if let finalRefusal { ErrorPage.write(finalRefusal, buffer.span, into: &writer) }
        return Array(writer.bytes)
    }

    mutating func feed(_ bytes: some Sequence<UInt8>) {
        buffer += bytes
        do throws(Refusal) {
            while refusal == nil, !isClosed, try advance() {}
        } catch {
            refusal = error
        }
    }

    /// Reads one thing; false when more bytes are needed.
    private mutating func advance() throws(Refusal) -> Bool {
        if awaitsProxy {
            switch try proxy.read(buffer.span, from: start, peerIsAllowed: true) {
            case .more: return false
            case .absent: awaitsProxy = false
            case .header(let header, let end):
                proxyHeader = header
                awaitsProxy = false
                start = end
            }
        }
        if current != nil { return try readContent() }
        guard start < buffer.count else { return false }
        var head = RequestHead()
        guard try parse(&head) else { return false }
        current = RequestCase.Request(head, buffer)
        switch head.framing {
        case .none: contentState = .none
        case .length(let length): contentState = .length(length)
        case .chunked: contentState = .chunked(ChunkedDecoder(limits: parser.limits))
        }
        keepsAlive = head.asksKeepAlive
        start = head.end
        progress = HeadProgress()
        return true
    }

    private mutating func parse(_ head: inout RequestHead) throws(Refusal) -> Bool {
        let (start, peerIsTrusted, parser) = (start, peerIsTrusted, parser)
        var progress = progress
        defer { self.progress = progress }
        var bytes = buffer.mutableSpan
        return try parser.parse(
            rewriting: &bytes,
            from: start,
            progress: &progress,
            peerIsTrusted: peerIsTrusted,
            into: &head
        )
    }

    private mutating func readContent() throws(Refusal) -> Bool {
        switch contentState {
        case .none:
            return finish()
        case .length(let length):
            let available = min(length, buffer.count - start)
            current?.content += buffer[start..<start + available]
            start += available
            contentState = .length(length - available)
            return length == available ? finish() : false
        case .chunked(var decoder):
            var position = start
            let step = try decoder.next(buffer.span, position: &position)
            start = position
            contentState = .chunked(decoder)
            switch step {
            case .data(let range): current?.content += buffer[range]
            case .more: return false
            case .end: return finish()
            }
            return true
        }
    }

    private mutating func finish() -> Bool {
        if let current { requests.append(current) }
        current = nil
        isClosed = !keepsAlive
        // As a server does: what was read goes, and the rest moves to the front.
        buffer.removeFirst(start)
        start = 0
        return true
    }
}

extension RequestCase.Request {
    init(_ head: borrowing RequestHead, _ buffer: [UInt8]) {
        func text(_ range: ByteRange) -> String {
            String(String.UnicodeScalarView(buffer[range.range].map { Unicode.Scalar($0) }))
        }
        method = text(head.method)
        target = text(head.target)
        path = text(head.path)
        query = text(head.query)
        version = [Int(head.version.major), Int(head.version.minor)]
        fields = []
        for index in head.fields.indices {
            let field = head.fields[index]
            fields.append([text(field.name).uppercased(), text(field.value)])
        }
        content = []
    }
}

extension ByteWriter {
    /// What was written, as text.
    var text: String { String(decoding: bytes, as: UTF8.self) }
}

extension Refusal {
    /// The exception Gunicorn raises for the same fault; a word of ours where it lets it pass.
    var gunicornName: String {
        switch self {
        case .requestLine, .bareLineFeedInRequestLine: "InvalidRequestLine"
        case .requestLineSize: "LimitRequestLine"
        case .method: "InvalidRequestMethod"
        case .versionText, .version: "InvalidHTTPVersion"
        case .unsupportedVersion: "UnsupportedVersion"
        case .fieldLine, .bareLineFeedInFields, .fieldValue, .framing: "InvalidHeader"
        case .fieldName, .refusedFieldName: "InvalidHeaderName"
        case .folding: "ObsoleteFolding"
        case .fieldCount, .fieldSize, .fieldBlock, .trailerSize: "LimitRequestHeaders"
        case .transferCoding: "UnsupportedTransferCoding"
        case .expectation: "ExpectationFailed"
        case .contradictoryScheme: "InvalidSchemeHeaders"
        case .scriptName: "ConfigurationProblem"
        case .missingHost: "MissingHost"
        case .chunkSize, .chunkLineSize: "InvalidChunkSize"
        case .chunkTerminator: "ChunkMissingTerminator"
        case .chunkExtension, .bareReturnInChunkExtension: "InvalidChunkExtension"
        case .proxyLine, .proxyFamily, .proxyPort: "InvalidProxyLine"
        case .proxyVersion, .proxyCommand, .proxyTransport, .proxyAddressSize,
            .proxyAddressFamily:
            "InvalidProxyHeader"
        case .proxyForbidden: "ForbiddenProxyRequest"
        }
    }
}
