private import CSystem

/// What the monitor remembers of the last quarter of an hour: a ring of samples, in the shared
/// pages so that a monitor that is born again still has it.
package struct HistoryPage: @unchecked Sendable {
    /// Seconds between two samples.
    package static let intervalSeconds = 5
    /// Samples kept: fifteen minutes of them.
    package static let capacity = 180
    /// Numbers of one sample.
    package static let width = 12

    /// Two words before the ring: how many samples were ever written, and one that is free.
    static let size = (2 + capacity * width) * 8 / 64 * 64 + 64

    private let words: UnsafeMutablePointer<UInt64>

    init(words: UnsafeMutablePointer<UInt64>) { self.words = words }

    /// Samples ever written.
    package var count: UInt64 { csys_atomic_load_acquire(words) }

    package func append(_ sample: [UInt64]) {
        precondition(sample.count == Self.width, "a sample of another width")
        let count = csys_atomic_load(words)
        for (index, number) in sample.enumerated() {
            csys_atomic_store(place(count) + index, number)
        }
        csys_atomic_store_release(words, count &+ 1)
    }

    /// The samples that are kept, oldest first.
    package var samples: [[UInt64]] {
        let count = count
        let first = count > UInt64(Self.capacity) ? count - UInt64(Self.capacity) : 0
        return (first..<count).map { number in
            (0..<Self.width).map { csys_atomic_load(place(number) + $0) }
        }
    }

    private func place(_ number: UInt64) -> UnsafeMutablePointer<UInt64> {
        words + 2 + Int(number % UInt64(Self.capacity)) * Self.width
    }
}
