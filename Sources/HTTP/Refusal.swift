/// Each way in which a request can be bad.
///
/// Ranges point into the bytes that were being read, and serve only the text of the log line and of
/// the error page; see Refusal+Text.
package enum Refusal: Error, Equatable, Sendable {
    /// A field whose value decides about the framing.
    package enum FramingField: Equatable, Sendable {
        case contentLength
        case transferEncoding
    }

    // The request line.
    case requestLine(ByteRange)
    case bareLineFeedInRequestLine
    case requestLineSize(Int, limit: Int)
    case method(ByteRange)
    case versionText(ByteRange)
    case version(HTTPVersion)
    /// A version that the strict reading knows to be another protocol's.
    case unsupportedVersion(HTTPVersion)

    // The fields.
    case fieldLine(ByteRange)
    case bareLineFeedInFields
    case fieldName(ByteRange)
    case refusedFieldName(ByteRange)
    case fieldValue(ByteRange)
    case folding(ByteRange)
    case fieldCount
    case fieldSize
    case fieldBlock
    case framing(FramingField)
    case transferCoding(ByteRange)
    case expectation(ByteRange)
    case contradictoryScheme
    case missingHost
    /// The path, and the SCRIPT_NAME it does not start with.
    case scriptName(path: ByteRange, scriptName: ByteRange)

    // Chunked content.
    case chunkSize(ByteRange)
    case chunkLineSize(limit: Int)
    case chunkTerminator(ByteRange)
    case chunkExtension
    case bareReturnInChunkExtension
    case trailerSize

    // The PROXY protocol.
    case proxyLine(ByteRange)
    case proxyFamily(ByteRange)
    case proxyPort(ByteRange)
    case proxyVersion(UInt8)
    case proxyCommand(UInt8)
    case proxyTransport
    case proxyAddressSize
    case proxyAddressFamily(UInt8)
    case proxyForbidden

    /// The status of the answer.
    package var status: Int {
        switch self {
        case .requestLineSize: 414
        case .fieldCount, .fieldSize, .fieldBlock, .trailerSize: 431
        case .transferCoding: 501
        case .expectation: 417
        case .unsupportedVersion: 505
        case .scriptName: 500
        case .proxyForbidden: 403
        default: 400
        }
    }

    /// The reason phrase of the answer, as Gunicorn words it.
    package var reason: StaticString {
        switch self {
        case .requestLineSize: "URI Too Long"
        case .fieldCount, .fieldSize, .fieldBlock, .trailerSize: "Request Header Fields Too Large"
        case .expectation: "Expectation Failed"
        case .unsupportedVersion: "HTTP Version Not Supported"
        case .proxyForbidden: "Forbidden"
        default: "Bad Request"
        }
    }
}
