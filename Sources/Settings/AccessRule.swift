/// One rule of `access_log_filter`: which requests it is about, and how many of them are logged.
package struct AccessRule: Equatable {
    /// What the path begins with; nil for every path.
    package var pathPrefix: String?
    /// The statuses it is about; nil for all.
    package var statuses: ClosedRange<Int>?
    /// The share that is logged, 0 for none.
    package var share = 0.0

    /// Reads `path=/PREFIX status=2xx sample=0.1`, in any order, each at most once.
    package init(parsing text: String) throws(SettingError) {
        let words = text.split(whereSeparator: \.isWhitespace)
        var hasShare = false
        for word in words {
            let (name, value) = AccessRule.split(word)
            switch name {
            case "path" where pathPrefix == nil && value.hasPrefix("/"): pathPrefix = value
            case "status" where statuses == nil: statuses = try AccessRule.statuses(value)
            case "sample" where !hasShare:
                share = try AccessRule.share(value)
                hasShare = true
            default: throw AccessRule.refusal(String(word))
            }
        }
        guard !words.isEmpty else { throw AccessRule.refusal(text) }
    }

    private static func split(_ word: Substring) -> (name: String, value: String) {
        guard let equals = word.firstIndex(of: "=") else { return (String(word), "") }
        return (String(word[..<equals]), String(word[word.index(after: equals)...]))
    }

    private static func statuses(_ text: String) throws(SettingError) -> ClosedRange<Int> {
        let digits = Array(text.lowercased().utf8)
        if digits.count == 3, (0x31...0x35).contains(digits[0]) {
            let first = Int(digits[0] - 0x30) * 100
            if digits[1] == UInt8(ascii: "x"), digits[2] == digits[1] { return first...first + 99 }
            if let number = Int(text) { return number...number }
        }
        throw refusal("status=\(text)")
    }

    private static func share(_ text: String) throws(SettingError) -> Double {
        guard let number = Double(text), (0...1).contains(number) else {
            throw refusal("sample=\(text)")
        }
        return number
    }

    private static func refusal(_ word: String) -> SettingError {
        SettingError("Invalid access_log_filter: \(pythonRepr(word))")
    }
}
