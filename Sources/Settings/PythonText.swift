/// A string as Python's `repr()` writes it, because Gunicorn's messages quote values that way.
package func pythonRepr(_ text: String) -> String {
    let quote: Unicode.Scalar =
        text.unicodeScalars.contains("'") && !text.unicodeScalars.contains("\"") ? "\"" : "'"
    var written = String(quote)
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\\": written += "\\\\"
        case "\n": written += "\\n"
        case "\r": written += "\\r"
        case "\t": written += "\\t"
        case quote:
            written += "\\"
            written.unicodeScalars.append(scalar)
        case _ where isPrintable(scalar): written.unicodeScalars.append(scalar)
        default: written += escaped(scalar)
        }
    }
    return written + String(quote)
}

private func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return scalar.value >= 0x20 && scalar.value < 0x7F }
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
        .paragraphSeparator, .spaceSeparator:
        return false
    default:
        return true
    }
}

private func escaped(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16)
    let (prefix, width) =
        scalar.value <= 0xFF ? ("\\x", 2) : scalar.value <= 0xFFFF ? ("\\u", 4) : ("\\U", 8)
    return prefix + String(repeating: "0", count: width - digits.count) + digits
}

extension StringProtocol {
    /// Python's `str.strip()`.
    package var stripped: String {
        guard let first = unicodeScalars.firstIndex(where: { !isPythonSpace($0) }),
            let last = unicodeScalars.lastIndex(where: { !isPythonSpace($0) })
        else { return "" }
        return String(String.UnicodeScalarView(unicodeScalars[first...last]))
    }

    /// Whether the text is one or more ASCII digits.
    package var isDecimal: Bool {
        !isEmpty && utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    }
}

private func isPythonSpace(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value)
}

extension Int {
    /// Reads an integer as Python's `int(text, base)` does, for base 10 and base 0 (a literal).
    ///
    /// Blanks around it, one sign, and single underscores between digits are allowed; a literal may
    /// also carry `0x`, `0o` or `0b`, and then a bare leading zero is refused.
    package init?(python text: String, base: Int = 10) {
        precondition(base == 10 || base == 0)
        var digits = text.stripped[...]
        let isNegative = digits.hasPrefix("-")
        if isNegative || digits.hasPrefix("+") { digits.removeFirst() }
        var radix = 10
        if base == 0, let prefixed = Self.prefixRadix(digits) {
            radix = prefixed
            digits.removeFirst(2)
            if digits.hasPrefix("_") { digits.removeFirst() }
        }
        guard !digits.isEmpty, !digits.hasPrefix("_"), !digits.hasSuffix("_"),
            !digits.contains("__"), !digits.hasPrefix("+"), !digits.hasPrefix("-")
        else { return nil }
        digits.removeAll { $0 == "_" }
        if base == 0, radix == 10, digits.count > 1, digits.hasPrefix("0"),
            digits.contains(where: { $0 != "0" })
        {
            return nil
        }
        self.init((isNegative ? "-" : "") + digits, radix: radix)
    }

    /// Reads permission bits as the flags do: `0022` is octal, as it is to a shell.
    package init?(pythonMode text: String) {
        let digits = text.unicodeScalars.prefix(2)
        let isOctal =
            digits.count == 2 && digits.first == "0"
            && digits.last?.properties.numericType == .decimal
        self.init(python: isOctal ? "0o" + text.dropFirst() : text, base: 0)
    }

    private static func prefixRadix(_ digits: Substring) -> Int? {
        switch digits.prefix(2) {
        case "0x", "0X": 16
        case "0o", "0O": 8
        case "0b", "0B": 2
        default: nil
        }
    }
}

/// An absolute path without `.`, `..` and doubled slashes, resolved by text alone.
package func absolutePath(_ path: String, in directory: String) -> String {
    let joined = path.hasPrefix("/") ? path : directory + "/" + path
    var parts: [Substring] = []
    for part in joined.split(separator: "/") where part != "." {
        if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
}
