// The texts of a refusal, as Gunicorn words them.

extension Refusal {
    /// Writes what stands behind `Invalid request from ip=...: ` in the error log, as UTF-8.
    package func writeLogText(_ bytes: Span<UInt8>, into text: inout ByteWriter) {
        write(PythonText(isUTF8: true), bytes, &text)
    }

    /// Writes the message of the error page, as Latin-1 and not yet escaped for HTML.
    func writeMessage(_ bytes: Span<UInt8>, into text: inout ByteWriter) {
        if self == .proxyForbidden {
            text.append("Request forbidden")
            return
        }
        let (opening, closing) = pageWords
        text.append(opening)
        write(PythonText(isUTF8: false), bytes, &text)
        text.append(closing)
    }

    private var pageWords: (StaticString, StaticString) {
        switch self {
        case .requestLine, .bareLineFeedInRequestLine: ("Invalid Request Line '", "'")
        case .method: ("Invalid Method '", "'")
        case .versionText, .version, .unsupportedVersion: ("Invalid HTTP Version '", "'")
        case .fieldCount, .fieldSize, .fieldBlock, .trailerSize: ("Error parsing headers: '", "'")
        case .proxyLine, .proxyFamily, .proxyPort: ("'", "'")
        default: ("", "")
        }
    }

    private func write(_ python: PythonText, _ bytes: Span<UInt8>, _ text: inout ByteWriter) {
        switch self {
        case .requestLine(let line):
            python.write("Invalid HTTP request line: ", bytes, line, &text)
        case .bareLineFeedInRequestLine:
            text.append("Invalid HTTP request line: 'bare LF as line terminator'")
        case .requestLineSize(let size, let limit):
            text.append("Request Line is too large (")
            text.append(decimal: size)
            text.append(" > ")
            text.append(decimal: limit)
            text.append(")")
        case .method(let method): python.write("Invalid HTTP method: ", bytes, method, &text)
        case .versionText(let version):
            python.write("Invalid HTTP Version: ", bytes, version, &text)
        case .version(let version), .unsupportedVersion(let version):
            text.append("Invalid HTTP Version: (")
            text.append(decimal: Int(version.major))
            text.append(", ")
            text.append(decimal: Int(version.minor))
            text.append(")")
        case .scriptName(let path, let scriptName):
            python.write("Configuration problem: Request path ", bytes, path, &text)
            python.write(" does not start with SCRIPT_NAME ", bytes, scriptName, &text)
        case .chunkSize, .chunkLineSize, .chunkTerminator, .chunkExtension,
            .bareReturnInChunkExtension, .trailerSize:
            writeChunkText(python, bytes, &text)
        case .proxyLine, .proxyFamily, .proxyPort, .proxyVersion, .proxyCommand, .proxyTransport,
            .proxyAddressSize, .proxyAddressFamily, .proxyForbidden:
            writeProxyText(python, bytes, &text)
        default:
            writeFieldText(python, bytes, &text)
        }
    }

    private func writeFieldText(
        _ python: PythonText,
        _ bytes: Span<UInt8>,
        _ text: inout ByteWriter
    ) {
        switch self {
        case .fieldLine(let line): python.write("Invalid HTTP Header: ", bytes, line, &text)
        case .bareLineFeedInFields:
            text.append("Invalid HTTP Header: 'bare LF as line terminator'")
        case .fieldName(let name): python.write("Invalid HTTP header name: ", bytes, name, &text)
        case .refusedFieldName(let name):
            python.write("Invalid HTTP header name: ", bytes, name, raised: true, &text)
        case .fieldValue(let name):
            python.write("Invalid HTTP Header: ", bytes, name, raised: true, &text)
        case .folding(let name):
            python.write(
                "Obsolete line folding is unacceptable: ",
                bytes,
                name,
                raised: true,
                &text
            )
        case .fieldCount: text.append("limit request headers fields")
        case .fieldSize: text.append("limit request headers fields size")
        case .fieldBlock: text.append("max buffer headers")
        case .framing(.contentLength): text.append("Invalid HTTP Header: 'CONTENT-LENGTH'")
        case .framing(.transferEncoding): text.append("Invalid HTTP Header: 'TRANSFER-ENCODING'")
        case .transferCoding(let value):
            python.write("Unsupported transfer coding: ", bytes, value, &text)
        case .expectation(let value):
            python.write("Unable to comply with expectation: ", bytes, value, &text)
        case .contradictoryScheme: text.append("Contradictory scheme headers")
        case .missingHost: text.append("Missing HTTP Header: 'HOST'")
        default: break
        }
    }

    private func writeChunkText(
        _ python: PythonText,
        _ bytes: Span<UInt8>,
        _ text: inout ByteWriter
    ) {
        switch self {
        case .chunkSize(let size):
            python.write("Invalid chunk size: b", bytes, size, isBytes: true, &text)
        case .chunkLineSize(let limit):
            text.append("Invalid chunk size: b'line over ")
            text.append(decimal: limit)
            text.append(" bytes with no terminator'")
        case .chunkTerminator(let found):
            text.append("Invalid chunk terminator is not '\\r\\n': b")
            python.write("", bytes, found, isBytes: true, &text)
        case .chunkExtension: text.append("Invalid chunk extension: invalid chunk extension")
        case .bareReturnInChunkExtension:
            text.append("Invalid chunk extension: bare CR not allowed")
        case .trailerSize: text.append("limit request trailer section size")
        default: break
        }
    }

    private func writeProxyText(
        _ python: PythonText,
        _ bytes: Span<UInt8>,
        _ text: inout ByteWriter
    ) {
        switch self {
        case .proxyLine(let line): python.write("Invalid PROXY line: ", bytes, line, &text)
        case .proxyFamily(let family):
            // Gunicorn quotes its own sentence with repr, and the sentence holds apostrophes.
            text.append("Invalid PROXY line: \"protocol '")
            python.writeBare(bytes, family, &text)
            text.append("' not supported\"")
        case .proxyPort(let line):
            text.append("Invalid PROXY line: 'invalid port ")
            python.writeBare(bytes, line, &text)
            text.append("'")
        case .proxyVersion(let version):
            text.append("Invalid PROXY header: unsupported version ")
            text.append(decimal: Int(version))
        case .proxyCommand(let command):
            text.append("Invalid PROXY header: unsupported command ")
            text.append(decimal: Int(command))
        case .proxyTransport:
            text.append("Invalid PROXY header: only TCP protocol is supported")
        case .proxyAddressSize: text.append("Invalid PROXY header: insufficient address data")
        case .proxyAddressFamily(let family):
            text.append("Invalid PROXY header: unsupported address family ")
            text.append(decimal: Int(family))
        case .proxyForbidden: text.append("Proxy request not allowed")
        default: break
        }
    }
}

/// Quotes bytes of the peer as Python's `repr` does, so that nothing in them can forge a log line.
struct PythonText {
    /// False for Latin-1, which is what error pages are sent in.
    let isUTF8: Bool

    /// Writes `words` and then the quoted bytes, as a text or as a bytes object.
    func write(
        _ words: StaticString,
        _ bytes: Span<UInt8>,
        _ range: ByteRange,
        raised: Bool = false,
        isBytes: Bool = false,
        _ text: inout ByteWriter
    ) {
        text.append(words)
        let content = Self.within(bytes, range)
        var hasApostrophe = false
        var hasQuote = false
        for index in content {
            if bytes[index] == 0x27 { hasApostrophe = true }
            if bytes[index] == Byte.quote { hasQuote = true }
        }
        let mark: UInt8 = hasApostrophe && !hasQuote ? Byte.quote : 0x27
        text.append(mark)
        for index in content {
            let byte = raised ? ByteClass.raised(bytes[index]) : bytes[index]
            writeByte(byte, mark: mark, isBytes: isBytes, &text)
        }
        text.append(mark)
    }

    /// Writes bytes that stand inside a quoted text already.
    func writeBare(_ bytes: Span<UInt8>, _ range: ByteRange, _ text: inout ByteWriter) {
        for index in Self.within(bytes, range) {
            writeByte(bytes[index], mark: 0x27, isBytes: false, &text)
        }
    }

    private func writeByte(_ byte: UInt8, mark: UInt8, isBytes: Bool, _ text: inout ByteWriter) {
        switch byte {
        case mark, Byte.backslash:
            text.append(Byte.backslash)
            text.append(byte)
        case Byte.tab: text.append("\\t")
        case Byte.lineFeed: text.append("\\n")
        case Byte.carriageReturn: text.append("\\r")
        case 0x20...0x7e: text.append(byte)
        case 0xa1...0xff where byte != 0xad && !isBytes:
            if isUTF8 {
                text.append(0xc0 | byte &>> 6)
                text.append(0x80 | byte & 0x3f)
            } else {
                text.append(byte)
            }
        default:
            text.append("\\x")
            text.append(Self.digit(byte &>> 4))
            text.append(Self.digit(byte & 15))
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? value &+ 0x30 : value &+ 0x57
    }

    /// The part of a range that is really there: the text must not be the reason for a trap.
    private static func within(_ bytes: Span<UInt8>, _ range: ByteRange) -> Range<Int> {
        let start = min(max(Int(range.start), 0), bytes.count)
        return start..<min(max(Int(range.end), start), bytes.count)
    }
}
