/// What a client says it would like to read (RFC 9110, section 12.5.1), as far as metrics need it.
struct Accept {
    private static let openMetrics: Substring = "application/openmetrics-text"
    private static let plain: Set<Substring> = ["text/plain", "text/*", "*/*"]
    /// Nobody names so many types who wants an answer.
    private static let typesAtMost = 32

    /// Whether OpenMetrics is at least as welcome as plain text.
    let prefersOpenMetrics: Bool

    /// Reads the value of the field; what cannot be read is not said.
    init(_ field: String) {
        var best: (openMetrics: Int, plain: Int) = (0, 0)
        let types = field.lowercased().split(separator: ",", maxSplits: Self.typesAtMost)
        for range in types.prefix(Self.typesAtMost) {
            let parts = range.split(separator: ";").map(Self.trimmed)
            guard let type = parts.first else { continue }
            let weight = Self.weight(parts.dropFirst())
            if type == Self.openMetrics { best.openMetrics = max(best.openMetrics, weight) }
            if Self.plain.contains(type) { best.plain = max(best.plain, weight) }
        }
        prefersOpenMetrics = best.openMetrics > 0 && best.openMetrics >= best.plain
    }

    /// The weight in thousandths; 1000 where none is given.
    private static func weight(_ parameters: ArraySlice<Substring>) -> Int {
        guard let quality = parameters.first(where: { $0.hasPrefix("q=") })?.dropFirst(2) else {
            return 1000
        }
        let digits = quality.split(separator: ".", omittingEmptySubsequences: false)
        guard digits.count <= 2, let whole = Int(digits[0]), (0...1).contains(whole) else {
            return 0
        }
        guard digits.count == 2 else { return whole * 1000 }
        let fraction = digits[1].prefix(3)
        guard fraction.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return 0 }
        let padded = fraction + String(repeating: "0", count: 3 - fraction.count)
        return min(1000, whole * 1000 + (Int(padded) ?? 0))
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}
