/// Values as JSON (RFC 8259), whatever bytes they are made of.
extension LineBuffer {
    /// A string in quotes.
    ///
    /// What is UTF-8 stays; each byte that is not becomes U+FFFD. Control characters are escaped,
    /// those beyond ASCII and the line separators of Unicode too, so that no value can end a line
    /// or speak to a terminal.
    mutating func appendJSON(_ bytes: UnsafeRawBufferPointer) {
        append(UInt8(ascii: "\""))
        appendJSONContent(bytes)
        append(UInt8(ascii: "\""))
    }

    mutating func appendJSON(_ text: String) {
        var text = text
        text.withUTF8 { appendJSON(UnsafeRawBufferPointer($0)) }
    }

    /// What stands between the quotes.
    mutating func appendJSONContent(_ bytes: UnsafeRawBufferPointer) {
        var start = 0
        var index = 0
        while index < bytes.count {
            let length = JSONScan.plainLength(bytes, at: index)
            if length > 0 {
                index += length
                continue
            }
            append(UnsafeRawBufferPointer(rebasing: bytes[start..<index]))
            index += appendEscape(bytes, at: index)
            start = index
        }
        append(UnsafeRawBufferPointer(rebasing: bytes[start...]))
    }

    /// Escapes what begins there, and answers how many bytes that was.
    private mutating func appendEscape(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Int {
        let byte = bytes[index]
        switch byte {
        case UInt8(ascii: "\""): append(#"\""#)
        case UInt8(ascii: "\\"): append(#"\\"#)
        case UInt8(ascii: "\n"): append(#"\n"#)
        case UInt8(ascii: "\r"): append(#"\r"#)
        case UInt8(ascii: "\t"): append(#"\t"#)
        case 0x00..<0x80: appendUnit(UInt16(byte))
        default: return appendBeyondASCII(bytes, at: index)
        }
        return 1
    }

    /// Only what `plainLength` does not take comes here: U+0080 to U+009F, U+2028, U+2029, and
    /// what is no UTF-8.
    private mutating func appendBeyondASCII(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Int {
        let length = JSONScan.sequenceLength(bytes, at: index)
        switch length {
        case 2: appendUnit(UInt16(bytes[index + 1]))
        case 3: appendUnit(0x2000 | UInt16(bytes[index + 2] & 0x3F))
        default:
            append("\u{FFFD}" as StaticString)
            return 1
        }
        return length
    }

    private mutating func appendUnit(_ unit: UInt16) {
        append(#"\u"#)
        for shift in [12, 8, 4, 0] {
            let digit = UInt8(truncatingIfNeeded: unit >> UInt16(shift)) & 15
            append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }
}

/// What of a text may stand in JSON as it is.
enum JSONScan {
    /// How many bytes beginning there need no escape: a character, or none.
    @inline(__always)
    static func plainLength(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Int {
        let byte = bytes[index]
        if byte < 0x80 {
            let isPlain =
                byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
                && byte != 0x7F
            return isPlain ? 1 : 0
        }
        let length = sequenceLength(bytes, at: index)
        // U+0080 to U+009F are controls.
        if length == 2 && byte == 0xC2 && bytes[index + 1] < 0xA0 { return 0 }
        // U+2028 and U+2029 end lines for some readers.
        if length == 3 && byte == 0xE2 && bytes[index + 1] == 0x80
            && bytes[index + 2] & 0xFE == 0xA8
        {
            return 0
        }
        return length
    }

    /// The length of the UTF-8 sequence of a character beyond ASCII (RFC 3629), 0 for none.
    static func sequenceLength(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Int {
        let lead = bytes[index]
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch lead {
        case 0xC2...0xDF: length = 2
        case 0xE0...0xEF:
            length = 3
            // Neither overlong forms nor surrogates.
            if lead == 0xE0 { second = 0xA0...0xBF }
            if lead == 0xED { second = 0x80...0x9F }
        case 0xF0...0xF4:
            length = 4
            if lead == 0xF0 { second = 0x90...0xBF }
            if lead == 0xF4 { second = 0x80...0x8F }
        default: return 0
        }
        guard index + length <= bytes.count, second.contains(bytes[index + 1]) else { return 0 }
        for offset in 2..<max(2, length) where bytes[index + offset] & 0xC0 != 0x80 { return 0 }
        return length
    }
}
