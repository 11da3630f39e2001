import Platform

/// Tells other threads whether a thread is in a call of the handler, and which.
///
/// Written by the one thread, read by any: an odd number while a call lasts.
struct CallMark {
    private let number = SharedNumber()

    /// The number of the call that lasts; nil between calls.
    var current: UInt64? {
        let value = number.value
        return value & 1 == 1 ? value : nil
    }

    /// Grows with every call.
    var count: UInt64 { number.value }

    @inline(__always)
    func begin() { number.value = number.value &+ 1 }

    @inline(__always)
    func end() { number.value = number.value &+ 1 }
}
