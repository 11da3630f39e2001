/// One entry, in the first of its blocks: what is known of it, then its key and its value.
///
/// A record that can be found is whole. What changes in it afterwards changes in one word at once.
struct Record {
    static let headSize = 48

    let reference: UInt32
    private let start: UnsafeMutableRawPointer

    init(_ reference: UInt32, at start: UnsafeMutableRawPointer) {
        self.reference = reference
        self.start = start
    }

    private func half(_ offset: Int) -> UnsafeMutablePointer<UInt32> {
        (start + offset).assumingMemoryBound(to: UInt32.self)
    }

    /// Where the reference to the next record of the bucket stands.
    var next: UnsafeMutablePointer<UInt32> { half(0) }
    var tag: UnsafeMutablePointer<UInt32> { half(4) }
    /// The moment at which it ends; 0 for never.
    var expiry: UnsafeMutablePointer<UInt64> {
        (start + 8).assumingMemoryBound(to: UInt64.self)
    }
    var number: UnsafeMutablePointer<UInt64> {
        (start + 16).assumingMemoryBound(to: UInt64.self)
    }
    var keyCount: UnsafeMutablePointer<UInt32> { half(24) }
    var valueCount: UnsafeMutablePointer<UInt32> { half(28) }
    var kindNumber: UnsafeMutablePointer<UInt32> { half(32) }
    /// Whether it was asked for since the hand came by.
    var isWanted: UnsafeMutablePointer<UInt32> { half(36) }

    /// The last of its blocks, counted from 1.
    var lastBlock: UnsafeMutablePointer<UInt32> { half(40) }
    /// Whether its blocks stand beside each other in their order.
    var isOneRun: UnsafeMutablePointer<UInt32> { half(44) }

    var kind: StoredValue.Kind { StoredValue.Kind(rawValue: kindNumber.pointee) ?? .bytes }

    var hasNumber: Bool { kind == .integer || kind == .real }

    /// Blocks that all of it takes.
    var blockCount: Int {
        StoreLayout.blocks(for: Self.headSize + Int(keyCount.pointee) + Int(valueCount.pointee))
    }

    func hasEnded(_ now: UInt64) -> Bool { expiry.pointee != 0 && expiry.pointee <= now }
}
