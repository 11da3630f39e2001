/// How the peer's bytes are written into a line.
extension LineBuffer {
    @inline(__always)
    mutating func appendVersion(_ record: borrowing AccessRecord) {
        append("HTTP/")
        append(decimal: Int(record.versionMajor))
        append(UInt8(ascii: "."))
        append(decimal: Int(record.versionMinor))
    }

    /// An absent value is a dash; an empty one is empty.
    @inline(__always)
    mutating func appendEscaped(orDash bytes: UnsafeRawBufferPointer?) {
        if let bytes, bytes.baseAddress != nil {
            appendEscaped(bytes)
        } else {
            append(UInt8(ascii: "-"))
        }
    }

    /// Copies at once what needs no care, which is nearly everything.
    @inline(__always)
    mutating func appendEscaped(_ bytes: UnsafeRawBufferPointer) {
        if LineBuffer.isPlain(bytes) {
            append(bytes)
        } else {
            appendCarefully(bytes)
        }
    }

    /// Whether all bytes are printable ASCII other than the double quote, eight at a time.
    @inline(__always)
    private static func isPlain(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        var suspects: UInt64 = 0
        var index = 0
        while index &+ 8 <= bytes.count {
            let eight = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            let quote = eight ^ (ones &* 0x22)
            let delete = eight ^ (ones &* 0x7F)
            // The high bit of a byte is set when it is below 0x20, equal to one of the two, or
            // not ASCII. A borrow may raise a false alarm, which only costs the careful copy.
            suspects |= (eight &- ones &* 0x20) | (quote &- ones) | (delete &- ones) | eight
            index &+= 8
        }
        if suspects & highs != 0 { return false }
        while index < bytes.count {
            let byte = bytes[index]
            if byte < 0x20 || byte == 0x22 || byte >= 0x7F { return false }
            index &+= 1
        }
        return true
    }

    private mutating func appendCarefully(_ bytes: UnsafeRawBufferPointer) {
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\""):
                append(UInt8(ascii: "\\"))
                append(byte)
            case 0x00..<0x20, 0x7F..<0xA0:
                append("\\x")
                append(LineBuffer.hexadecimal(byte >> 4))
                append(LineBuffer.hexadecimal(byte & 15))
            case 0xA0...:
                append(0xC0 | byte >> 6)
                append(0x80 | byte & 0x3F)
            default: append(byte)
            }
        }
    }

    private static func hexadecimal(_ digit: UInt8) -> UInt8 {
        digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "A") + digit - 10
    }

    /// Cuts what was written since `start` to the precision and pads it to the width, both counted
    /// in characters as Python does.
    mutating func apply(_ shape: AccessFormat.Shape, from start: Int) {
        var characters = 0
        for index in start..<count where bytes[index] & 0xC0 != 0x80 {
            if characters == shape.precision {
                truncate(to: index)
                break
            }
            characters += 1
        }
        guard characters < shape.width else { return }
        let missing = shape.width - characters
        let isNumber = count > start && bytes[start...].allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
        let fill =
            shape.isZeroFilled && !shape.isLeftAligned && isNumber ? "0" : " " as StaticString
        insert(fill.utf8Start[0], times: missing, at: shape.isLeftAligned ? count : start)
    }
}

/// The user name of Basic credentials (RFC 7617), decoded straight into the line.
extension LineBuffer {
    /// A dash when there are no such credentials, they are malformed, or the name is empty.
    mutating func appendUser(of authorization: UnsafeRawBufferPointer) {
        let start = count
        withUser(of: authorization) { line, name in
            for byte in name {
                // UTF-8 already: only what could forge a line or end a quotation needs care.
                if byte < 0x20 || byte == 0x22 || byte == 0x7F {
                    withUnsafeBytes(of: byte) { line.appendEscaped($0) }
                } else {
                    line.append(byte)
                }
            }
        }
        if count == start { append(UInt8(ascii: "-")) }
    }

    /// Hands on the user's name, in UTF-8; nothing happens where there is none.
    mutating func withUser(
        of authorization: UnsafeRawBufferPointer,
        _ use: (inout LineBuffer, UnsafeRawBufferPointer) -> Void
    ) {
        guard authorization.count > 6, LineBuffer.isBasic(authorization) else { return }
        withUnsafeTemporaryAllocation(byteCount: authorization.count, alignment: 1) { room in
            let token = UnsafeRawBufferPointer(rebasing: authorization[6...])
            guard let length = LineBuffer.decodeBase64(token, into: room) else { return }
            let text = UnsafeRawBufferPointer(rebasing: room[..<length])
            guard let colon = text.firstIndex(of: UInt8(ascii: ":")), colon > 0 else { return }
            guard LineBuffer.isUTF8(text) else { return }
            use(&self, UnsafeRawBufferPointer(rebasing: text[..<colon]))
        }
    }

    private static func isBasic(_ value: UnsafeRawBufferPointer) -> Bool {
        let word: StaticString = "basic "
        for index in 0..<6 where value[index] | 0x20 != word.utf8Start[index] { return false }
        return true
    }

    private static func isUTF8(_ bytes: UnsafeRawBufferPointer) -> Bool {
        String(validating: bytes, as: UTF8.self) != nil
    }

    /// Decodes with padding required, blanks around ignored; nil when it is malformed.
    private static func decodeBase64(
        _ text: UnsafeRawBufferPointer,
        into room: UnsafeMutableRawBufferPointer
    ) -> Int? {
        var bits: UInt32 = 0
        var symbols = 0
        var padding = 0
        var length = 0
        for byte in text where byte != UInt8(ascii: " ") && byte != UInt8(ascii: "\t") {
            if byte == UInt8(ascii: "=") {
                padding += 1
                continue
            }
            guard padding == 0, let value = base64Value(byte) else { return nil }
            bits = bits << 6 | UInt32(value)
            symbols += 1
            guard symbols % 4 != 1 else { continue }
            let shift = UInt32((4 - symbols % 4) % 4 * 2)
            room[length] = UInt8(truncatingIfNeeded: bits >> shift)
            length += 1
        }
        guard symbols % 4 != 1, (symbols + padding) % 4 == 0, padding <= 2 else { return nil }
        return length
    }

    private static func base64Value(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
