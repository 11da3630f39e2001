/// Decides which requests leave a line in the access log.
///
/// Not for several threads at once, as the log itself is not.
package final class AccessFilter {
    /// Which requests it is about, and how many of them are logged.
    package struct Rule: Sendable {
        /// What the path, percent-decoded, begins with; empty for every path.
        package var pathPrefix: [UInt8] = []
        package var statuses: ClosedRange<Int>?
        /// Of 2^32 requests so many are logged; 0 for none.
        package var share: UInt64 = 0

        package init(pathPrefix: String?, statuses: ClosedRange<Int>?, share: Double) {
            self.pathPrefix = Array((pathPrefix ?? "").utf8)
            self.statuses = statuses
            self.share = UInt64(share * Double(Self.whole))
        }

        static let whole: UInt64 = 1 << 32

        func covers(_ path: UnsafeRawBufferPointer, _ status: Int) -> Bool {
            if let statuses, !statuses.contains(status) { return false }
            return path.starts(with: pathPrefix)
        }
    }

    private let rules: [Rule]
    private var state: UInt64

    package init(_ rules: [Rule], seed: UInt64 = .random(in: 1...UInt64.max)) {
        self.rules = rules
        state = max(1, seed)
    }

    /// Whether a request is logged: as the first rule says that is about it.
    package func keeps(path: UnsafeRawBufferPointer, status: Int) -> Bool {
        guard let rule = rules.first(where: { $0.covers(path, status) }) else { return true }
        if rule.share == 0 { return false }
        return rule.share >= Rule.whole || draw() < rule.share
    }

    /// A number below 2^32: xorshift64*, since chance here guards nothing.
    private func draw() -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return (state &* 0x2545_F491_4F6C_DD1D) >> 32
    }
}
