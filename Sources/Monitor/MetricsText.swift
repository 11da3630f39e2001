/// Metrics while they are being written, in one of Prometheus's two text forms.
struct MetricsText {
    enum Form {
        /// The text format 0.0.4.
        case prometheus
        /// OpenMetrics 1.0.
        case openMetrics

        /// What `Content-Type` says.
        var type: String {
            switch self {
            case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
            case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
            }
        }
    }

    enum Kind: String {
        case counter
        case gauge
        case histogram
    }

    typealias Labels = [(name: String, value: String)]

    private(set) var text = ""
    let form: Form
    private var name = ""

    init(_ form: Form) {
        self.form = form
        text.reserveCapacity(32 * 1024)
    }

    /// Begins a family; its samples follow.
    ///
    /// The name of a counter is without `_total`, that of anything with a unit ends with it.
    mutating func family(_ name: String, _ kind: Kind, unit: String = "", _ help: String) {
        self.name = kind == .counter ? name + "_total" : name
        // OpenMetrics names the family, the older form the samples.
        let shown = form == .openMetrics ? name : self.name
        text += "# HELP \(shown) \(help)\n# TYPE \(shown) \(kind.rawValue)\n"
        if form == .openMetrics, !unit.isEmpty { text += "# UNIT \(shown) \(unit)\n" }
    }

    mutating func sample(_ value: some BinaryInteger, _ labels: Labels = []) {
        line("", labels, String(value))
    }

    mutating func sample(_ value: Double, _ labels: Labels = []) { line("", labels, "\(value)") }

    /// The whole of a histogram: counts by bucket, the last of which has no bound.
    mutating func histogram(bounds: [Double], counts: [UInt64], sum: Double) {
        var total: UInt64 = 0
        for (index, count) in counts.enumerated() {
            total &+= count
            let bound = index < bounds.count ? "\(bounds[index])" : "+Inf"
            line("_bucket", [("le", bound)], String(total))
        }
        line("_sum", [], "\(sum)")
        line("_count", [], String(total))
    }

    /// Ends the document.
    mutating func end() {
        if form == .openMetrics { text += "# EOF\n" }
    }

    private mutating func line(_ suffix: String, _ labels: Labels, _ value: String) {
        text += name
        text += suffix
        if !labels.isEmpty {
            text += "{"
            for (index, label) in labels.enumerated() {
                if index > 0 { text += "," }
                text += label.name
                text += "=\""
                write(label.value)
                text += "\""
            }
            text += "}"
        }
        text += " "
        text += value
        text += "\n"
    }

    private mutating func write(_ value: String) {
        for character in value.unicodeScalars {
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(character)
            }
        }
    }
}
