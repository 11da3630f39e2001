import Control

/// A JSON document while it is being written (RFC 8259).
struct JSONText {
    private(set) var text = ""
    private var needsComma = false

    /// An object, as the value of a key where there is one.
    mutating func object(_ key: String? = nil, _ body: (inout JSONText) -> Void) {
        enclosed(key, "{", "}", body)
    }

    /// An array, as the value of a key where there is one.
    mutating func array(_ key: String? = nil, _ body: (inout JSONText) -> Void) {
        enclosed(key, "[", "]", body)
    }

    mutating func set(_ key: String?, _ value: String) { add(key) { $0.write(value) } }

    mutating func set(_ key: String?, _ value: some BinaryInteger) {
        add(key) { $0.text += String(value) }
    }

    mutating func set(_ key: String?, _ value: Bool) {
        add(key) { $0.text += value ? "true" : "false" }
    }

    /// JSON has no number that is none.
    mutating func set(_ key: String?, _ value: Double) {
        add(key) { $0.text += value.isFinite ? "\(value)" : "null" }
    }

    /// A value as somebody sent it.
    mutating func set(_ key: String?, _ value: JSONValue) {
        switch value {
        case .null: add(key) { $0.text += "null" }
        case .flag(let flag): set(key, flag)
        case .number(let digits): add(key) { $0.text += digits }
        case .text(let text): set(key, text)
        case .list(let values):
            array(key) { json in for value in values { json.set(nil, value) } }
        case .table(let members):
            object(key) { json in for member in members { json.set(member.name, member.value) } }
        }
    }

    /// A document that has been written already.
    mutating func embed(_ key: String, _ document: String) { add(key) { $0.text += document } }

    mutating func setNothing(_ key: String) { add(key) { $0.text += "null" } }

    private mutating func enclosed(
        _ key: String?,
        _ opening: String,
        _ closing: String,
        _ body: (inout JSONText) -> Void
    ) {
        add(key) { document in
            document.text += opening
            document.needsComma = false
            body(&document)
            document.text += closing
        }
    }

    private mutating func add(_ key: String?, _ value: (inout JSONText) -> Void) {
        if needsComma { text += "," }
        if let key {
            write(key)
            text += ":"
        }
        value(&self)
        needsComma = true
    }

    private mutating func write(_ value: String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            // The last two end lines in scripts, the first could end one.
            case "<", "\u{2028}", "\u{2029}": escape(scalar)
            case "\u{0}"..."\u{1f}", "\u{7f}"..."\u{9f}": escape(scalar)
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }

    private mutating func escape(_ scalar: Unicode.Scalar) {
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
}
