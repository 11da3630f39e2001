/// How the memory of a store is divided; the same in every process that sees it.
///
/// One page holds the heads of all parts. Each part has a table of buckets, a link for each block,
/// and the blocks. Memory that is all zero is an empty store, so nothing is touched beforehand.
package struct StoreLayout: Equatable, Sendable {
    /// The smallest store, in bytes.
    package static let sizeAtLeast = 64 * 1024
    /// The largest store, in bytes.
    package static let sizeAtMost = 1 << 36
    /// Bytes of the longest key.
    package static let keyAtMost = 1024

    static let blockSize = 128
    static let headSize = 128
    /// Their heads fill one page.
    static let partsAtMost = 32
    private static let headsSize = headSize * partsAtMost
    /// No value is larger, however large the store.
    private static let valueAtMostEver = 1 << 20
    /// Below these a part is not worth a lock of its own.
    private static let bytesOfPart = 1 << 20
    private static let entriesOfPart = 1024

    /// Parts, each with a lock of its own; a power of two.
    package let partCount: Int
    /// Entries that one part may have.
    package let entriesPerPart: Int
    /// Bytes of the longest value, as bytes or as UTF-8.
    package let valueAtMost: Int
    let bytesPerPart: Int
    let bucketCount: Int
    let blockCount: Int

    /// Divides so many bytes among at most so many entries.
    package init(bytes: Int, entries: Int) {
        let size = min(max(bytes, Self.sizeAtLeast), Self.sizeAtMost)
        let wanted = min(max(entries, 1), size / Self.blockSize)
        var parts = 1
        while parts < Self.partsAtMost, size / (parts * 2) >= Self.bytesOfPart,
            wanted / (parts * 2) >= Self.entriesOfPart
        {
            parts *= 2
        }
        let bytesPerPart = size / parts / Self.blockSize * Self.blockSize
        let share = (wanted + parts - 1) / parts
        var buckets = Self.blockSize / 4
        while buckets < share { buckets *= 2 }
        let room = bytesPerPart - buckets * 4
        // A block of room is left for the alignment of the blocks.
        blockCount = (room - Self.blockSize) / (Self.blockSize + 4)
        bucketCount = buckets
        partCount = parts
        self.bytesPerPart = bytesPerPart
        entriesPerPart = min(share, blockCount)
        valueAtMost = min(Self.valueAtMostEver, bytesPerPart / 4)
    }

    /// Bytes to map.
    package var size: Int { Self.headsSize + partCount * bytesPerPart }

    func partOffset(_ index: Int) -> Int { Self.headsSize + index * bytesPerPart }

    var linksOffset: Int { bucketCount * 4 }

    var blocksOffset: Int {
        let end = linksOffset + blockCount * 4
        return (end + Self.blockSize - 1) / Self.blockSize * Self.blockSize
    }

    /// Blocks that a record of so many bytes takes.
    static func blocks(for bytes: Int) -> Int { (bytes + blockSize - 1) / blockSize }
}
