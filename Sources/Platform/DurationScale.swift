/// The buckets that durations are counted in: one scale for every worker, fixed for good.
///
/// A bound is at least twice the one before it, so no power of two holds more than one: the
/// highest bit of a duration leaves a single comparison.
package struct DurationScale: @unchecked Sendable {
    /// The upper bounds in nanoseconds; what is longer than the last has a bucket of its own.
    package static let bounds: [UInt64] = [
        100_000, 250_000, 500_000,
        1_000_000, 2_500_000, 5_000_000,
        10_000_000, 25_000_000, 50_000_000,
        100_000_000, 250_000_000, 500_000_000,
        1_000_000_000, 2_500_000_000, 5_000_000_000,
        10_000_000_000, 30_000_000_000, 60_000_000_000,
    ]

    package static var bucketCount: Int { WorkerStatistics.buckets }

    /// For each count of leading zeros: the bucket that such durations begin in, and the bound
    /// above which they are in the next.
    private let table: UnsafeMutablePointer<(bucket: Int, bound: UInt64)>

    /// Makes the table; it is never given back.
    package init() {
        precondition(Self.bounds.count + 1 == Self.bucketCount, "a bucket for each bound, and one")
        table = .allocate(capacity: 65)
        for zeros in 0...64 {
            let shortest: UInt64 = zeros == 64 ? 0 : 1 << UInt64(63 - zeros)
            let bucket = Self.bounds.firstIndex { $0 >= shortest } ?? Self.bounds.count
            let bound = bucket < Self.bounds.count ? Self.bounds[bucket] : .max
            (table + zeros).initialize(to: (bucket, bound))
        }
    }

    /// The index of the bucket that a duration is counted in.
    @inline(__always)
    package func bucket(of nanoseconds: UInt64) -> Int {
        let entry = table[nanoseconds.leadingZeroBitCount]
        return entry.bucket &+ (nanoseconds > entry.bound ? 1 : 0)
    }
}
