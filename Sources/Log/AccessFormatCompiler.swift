/// Reads a format once and cuts it into pieces; what it cannot read it refuses with a reason.
struct AccessFormatCompiler {
    private let format: String
    private let bytes: [UInt8]
    private var position = 0
    private(set) var pieces: [AccessFormat.Piece] = []
    private(set) var text: [UInt8] = []

    init(_ format: String) {
        self.format = format
        bytes = Array(format.utf8)
    }

    mutating func run() throws(AccessFormatError) {
        var literal: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            guard byte == UInt8(ascii: "%") else {
                literal.append(byte)
                continue
            }
            if position < bytes.count && bytes[position] == byte {
                position += 1
                literal.append(byte)
                continue
            }
            addLiteral(&literal)
            try readAtom()
        }
        addLiteral(&literal)
    }

    private mutating func addLiteral(_ literal: inout [UInt8]) {
        guard !literal.isEmpty else { return }
        add(.literal, literal)
        literal = []
    }

    private mutating func add(
        _ atom: AccessFormat.Atom,
        _ name: [UInt8] = [],
        _ shape: AccessFormat.Shape? = nil
    ) {
        var piece = AccessFormat.Piece(atom: atom, start: text.count, count: name.count)
        piece.shape = shape
        pieces.append(piece)
        text += name
    }

    private func refuse(_ reason: String) -> AccessFormatError {
        AccessFormatError(format: format, reason: reason)
    }

    /// Reads what follows a percent sign: `(name)`, flags, width, precision and conversion.
    private mutating func readAtom() throws(AccessFormatError) {
        guard position < bytes.count else { throw refuse("incomplete format") }
        guard bytes[position] == UInt8(ascii: "(") else {
            throw refuse("'%' has to be followed by (name) or another '%'")
        }
        guard let end = bytes[position...].firstIndex(of: UInt8(ascii: ")")) else {
            throw refuse("incomplete format key")
        }
        let name = Array(bytes[position + 1..<end])
        position = end + 1
        let shape = readShape()
        guard position < bytes.count else { throw refuse("incomplete format") }
        let conversion = bytes[position]
        position += 1
        let (atom, key) = AccessFormatCompiler.atom(named: name)
        guard conversion == UInt8(ascii: "s") || "diu".utf8.contains(conversion) else {
            let character = Character(UnicodeScalar(conversion))
            throw refuse("unsupported conversion '\(character)'")
        }
        add(atom, key, shape == AccessFormat.Shape() ? nil : shape)
    }

    private mutating func readShape() -> AccessFormat.Shape {
        var shape = AccessFormat.Shape()
        while position < bytes.count, "-0 +#".utf8.contains(bytes[position]) {
            if bytes[position] == UInt8(ascii: "-") { shape.isLeftAligned = true }
            if bytes[position] == UInt8(ascii: "0") { shape.isZeroFilled = true }
            position += 1
        }
        shape.width = readNumber() ?? 0
        if position < bytes.count && bytes[position] == UInt8(ascii: ".") {
            position += 1
            shape.precision = readNumber() ?? 0
        }
        return shape
    }

    /// Widths beyond what a line may have are cut to it.
    private mutating func readNumber() -> Int? {
        var number: Int?
        while position < bytes.count, bytes[position] >= UInt8(ascii: "0"),
            bytes[position] <= UInt8(ascii: "9")
        {
            number = min((number ?? 0) * 10 + Int(bytes[position] - UInt8(ascii: "0")), 4096)
            position += 1
        }
        return number
    }

    private static func atom(named name: [UInt8]) -> (AccessFormat.Atom, [UInt8]) {
        if let first = name.first, first == UInt8(ascii: "{"), name.count >= 3,
            name[name.count - 2] == UInt8(ascii: "}")
        {
            let key = name[1..<name.count - 2].map { byte in
                byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
            }
            switch name[name.count - 1] {
            case UInt8(ascii: "i"), UInt8(ascii: "I"): return (.requestField, key)
            case UInt8(ascii: "o"), UInt8(ascii: "O"): return (.responseField, key)
            case UInt8(ascii: "e"), UInt8(ascii: "E"): return (.environmentValue, key)
            default: return (.unknown, [])
            }
        }
        guard name.count == 1 else { return (.unknown, []) }
        return (letter(name[0]), [])
    }

    private static func letter(_ letter: UInt8) -> AccessFormat.Atom {
        switch letter {
        case UInt8(ascii: "h"): .remoteAddress
        case UInt8(ascii: "u"): .user
        case UInt8(ascii: "t"): .time
        case UInt8(ascii: "r"): .requestLine
        case UInt8(ascii: "m"): .method
        case UInt8(ascii: "U"): .path
        case UInt8(ascii: "q"): .query
        case UInt8(ascii: "H"): .version
        case UInt8(ascii: "s"): .status
        case UInt8(ascii: "b"), UInt8(ascii: "B"): .bytes
        case UInt8(ascii: "f"): .referer
        case UInt8(ascii: "a"): .userAgent
        case UInt8(ascii: "T"): .seconds
        case UInt8(ascii: "M"): .milliseconds
        case UInt8(ascii: "D"): .microseconds
        case UInt8(ascii: "L"): .decimalSeconds
        case UInt8(ascii: "p"): .process
        default: .unknown
        }
    }
}
