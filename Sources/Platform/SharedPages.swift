/// The memory that the arbiter, its workers and its monitor all see: one header, the monitor's
/// history, what is asked of the arbiter, and a slot per worker, mapped before the first fork and
/// never unmapped.
///
/// Each line of it has a single writer: the header is the arbiter's, the history the monitor's, a
/// slot its worker's (the arbiter writes into a slot only while no worker owns it). Nothing in it
/// orders other memory.
package struct SharedPages: @unchecked Sendable {
    package let slotCount: Int
    private let base: UnsafeMutablePointer<UInt64>

    package init(slots: Int) throws(SystemError) {
        precondition(slots > 0, "a server has a slot at least")
        let pages = try SharedRegion(bytes: Self.slotOffset + slots * WorkerSlot.size)
        slotCount = slots
        base = pages.start.bindMemory(to: UInt64.self, capacity: pages.count / 8)
    }

    private static var slotOffset: Int { ArbiterPage.size + HistoryPage.size + ControlPage.size }

    package var arbiter: ArbiterPage { ArbiterPage(words: base) }

    package var history: HistoryPage { HistoryPage(words: base + ArbiterPage.size / 8) }

    package var control: ControlPage {
        ControlPage(words: base + (ArbiterPage.size + HistoryPage.size) / 8)
    }

    package func slot(_ index: Int) -> WorkerSlot {
        precondition(index >= 0 && index < slotCount, "no such slot")
        let offset = Self.slotOffset + index * WorkerSlot.size
        return WorkerSlot(words: base + offset / 8)
    }
}
