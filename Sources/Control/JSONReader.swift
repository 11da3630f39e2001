/// Reads one JSON text (RFC 8259) out of bytes that may be anything.
///
/// Nesting has a limit, so that no input can exhaust the stack; everything else is bounded by the
/// length of the input.
package struct JSONReader {
    /// Lists and objects inside each other: no request of anybody's has more.
    package static let deepest = 16

    /// The bytes are no JSON, or nest too deeply.
    package struct Flaw: Error, Equatable {}

    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The one value that the bytes are.
    package static func read(_ bytes: [UInt8]) throws(Flaw) -> JSONValue {
        var reader = JSONReader(bytes)
        let value = try reader.value()
        reader.skipBlanks()
        guard reader.position == bytes.count else { throw Flaw() }
        return value
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipBlanks() {
        while let byte = next, [0x20, 0x09, 0x0a, 0x0d].contains(byte) { position += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    private mutating func take(word: StaticString) -> Bool {
        let letters = "\(word)".utf8
        guard bytes[position...].starts(with: letters) else { return false }
        position += letters.count
        return true
    }

    private mutating func value() throws(Flaw) -> JSONValue {
        skipBlanks()
        switch next {
        case UInt8(ascii: "{"): return try nested { reader throws(Flaw) in try reader.table() }
        case UInt8(ascii: "["): return try nested { reader throws(Flaw) in try reader.list() }
        case UInt8(ascii: "\""): return .text(try text())
        case UInt8(ascii: "t"): if take(word: "true") { return .flag(true) }
        case UInt8(ascii: "f"): if take(word: "false") { return .flag(false) }
        case UInt8(ascii: "n"): if take(word: "null") { return .null }
        default: return .number(try number())
        }
        throw Flaw()
    }

    private mutating func nested(
        _ body: (inout JSONReader) throws(Flaw) -> JSONValue
    ) throws(Flaw) -> JSONValue {
        guard depth < Self.deepest else { throw Flaw() }
        depth += 1
        position += 1
        let value = try body(&self)
        depth -= 1
        return value
    }

    private mutating func table() throws(Flaw) -> JSONValue {
        var members: [JSONValue.Member] = []
        skipBlanks()
        if take(UInt8(ascii: "}")) { return .table([]) }
        repeat {
            skipBlanks()
            guard next == UInt8(ascii: "\"") else { throw Flaw() }
            let name = try text()
            skipBlanks()
            guard take(UInt8(ascii: ":")) else { throw Flaw() }
            members.append(JSONValue.Member(name: name, value: try value()))
            skipBlanks()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw Flaw() }
        return .table(members)
    }

    private mutating func list() throws(Flaw) -> JSONValue {
        var values: [JSONValue] = []
        skipBlanks()
        if take(UInt8(ascii: "]")) { return .list([]) }
        repeat {
            values.append(try value())
            skipBlanks()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw Flaw() }
        return .list(values)
    }

    // MARK: Numbers

    private mutating func number() throws(Flaw) -> String {
        let start = position
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try digits() }
        if take(UInt8(ascii: ".")) { try digits() }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits()
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func digits() throws(Flaw) {
        let start = position
        while let byte = next, (0x30...0x39).contains(byte) { position += 1 }
        guard position > start else { throw Flaw() }
    }

    // MARK: Texts

    private mutating func text() throws(Flaw) -> String {
        position += 1
        var found: [UInt8] = []
        while let byte = next {
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: found, as: UTF8.self) else { throw Flaw() }
                return text
            case UInt8(ascii: "\\"): found += try escaped()
            case 0..<0x20: throw Flaw()
            default: found.append(byte)
            }
        }
        throw Flaw()
    }

    private mutating func escaped() throws(Flaw) -> [UInt8] {
        guard let byte = next else { throw Flaw() }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0c]
        case UInt8(ascii: "n"): return [0x0a]
        case UInt8(ascii: "r"): return [0x0d]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"): return try codeUnits()
        default: throw Flaw()
        }
    }

    /// The code unit behind `\u`, or two that belong together; half a pair is no character.
    private mutating func codeUnits() throws(Flaw) -> [UInt8] {
        var units = [try codeUnit()]
        if UTF16.isLeadSurrogate(units[0]), take(word: "\\u") { units.append(try codeUnit()) }
        return Array(String(decoding: units, as: UTF16.self).utf8)
    }

    private mutating func codeUnit() throws(Flaw) -> UInt16 {
        guard bytes.count - position >= 4 else { throw Flaw() }
        var unit: UInt16 = 0
        for byte in bytes[position..<position + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { throw Flaw() }
            unit = unit << 4 | UInt16(digit)
        }
        position += 4
        return unit
    }
}
