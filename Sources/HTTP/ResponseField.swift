/// How the content of a response is delimited.
package enum ResponseFraming: Equatable, Sendable {
    case length(Int)
    case chunked
    /// By the end of the connection: an unknown length for a client of HTTP/1.0.
    case close
    /// HEAD, 1xx, 204 and 304 have no content.
    case none
}

/// The field names of a response that the server does not simply pass on.
package enum ResponseFieldKind: UInt8, Sendable {
    case other
    case contentLength
    case connection
    case upgrade
    /// Belong to the server: the application's are dropped.
    case server
    case date
    case transferEncoding
    /// The other fields of one hop, dropped as well.
    case hopByHop
}

extension ResponseFieldKind {
    /// Whether a field may stand in an informational response (RFC 9110, sections 6.4.1 and 8.6).
    package var isHint: Bool {
        switch self {
        case .other, .server, .date: true
        case .contentLength, .connection, .upgrade, .transferEncoding, .hopByHop: false
        }
    }
}

/// Judges what an application wants to send, before a byte of it goes out.
///
/// A carriage return or a line feed that got through would let a caller of the application write
/// responses of their own.
package enum ResponseField {
    /// Whether a name is a token (RFC 9110, section 5.1).
    package static func isToken(_ name: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        while index < name.count {
            guard unsafe ByteClass.isToken(name[index]) else { return false }
            index &+= 1
        }
        return index > 0
    }

    /// Whether a value holds no control but the tab.
    package static func isFieldValue(_ value: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        while index &+ 8 <= value.count {
            let word = unsafe value.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            let marks = ByteScan.below(word, 0x20) | ByteScan.equal(word, 0x7f)
            guard marks == 0 else { break }
            index &+= 8
        }
        while index < value.count {
            guard unsafe ByteClass.isFieldContent(value[index]) else { return false }
            index &+= 1
        }
        return true
    }

    /// What the server has to do with a field of this name.
    package static func kind(of name: UnsafeRawBufferPointer) -> ResponseFieldKind {
        switch name.count {
        case 2 where unsafe reads(name, "te"): .hopByHop
        case 4 where unsafe reads(name, "date"): .date
        case 6 where unsafe reads(name, "server"): .server
        case 7 where unsafe reads(name, "upgrade"): .upgrade
        case 8 where unsafe reads(name, "trailers"): .hopByHop
        case 10 where unsafe reads(name, "connection"): .connection
        case 10 where unsafe reads(name, "keep-alive"): .hopByHop
        case 14 where unsafe reads(name, "content-length"): .contentLength
        case 17 where unsafe reads(name, "transfer-encoding"): .transferEncoding
        case 18 where unsafe reads(name, "proxy-authenticate"): .hopByHop
        case 19 where unsafe reads(name, "proxy-authorization"): .hopByHop
        default: .other
        }
    }

    /// The status of `200 OK`; nil unless it is three digits and an optional reason.
    package static func isStatusLine(_ status: UnsafeRawBufferPointer) -> Int? {
        guard status.count >= 3 else { return nil }
        var code = 0
        for index in 0..<3 {
            let digit = unsafe status[index] &- 0x30
            guard digit < 10 else { return nil }
            code = code * 10 + Int(digit)
        }
        guard status.count > 3 else { return code }
        guard unsafe status[3] == Byte.space else { return nil }
        let reason = unsafe UnsafeRawBufferPointer(rebasing: status[4...])
        return unsafe isFieldValue(reason) ? code : nil
    }

    /// The number a Content-Length of the application means; nil unless it is digits.
    package static func contentLength(_ value: UnsafeRawBufferPointer) -> Int? {
        let bytes = unsafe Span<UInt8>(_unsafeBytes: value)
        return BodyFraming.decimal(bytes, ByteScan.trimmed(bytes, 0..<bytes.count))
    }

    /// Whether `value`, without the blanks around it, reads as `text`, whatever its case.
    package static func reads(_ value: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
        let bytes = unsafe Span<UInt8>(_unsafeBytes: value)
        return ByteScan.matches(bytes, ByteScan.trimmed(bytes, 0..<bytes.count), text)
    }
}
