import Log
import Platform

/// Workers that have answered as many requests as they may (`max_requests`), or that leave by
/// themselves.
extension Arbiter {
    /// Has those replaced that have done their share, one at a time.
    ///
    /// A new one is born first, and when it serves the old one finishes.
    func replaceSpent() {
        for worker in table.workers where worker.wear == nil && !worker.isRetired {
            guard pages.slot(worker.slot).isSpent else { continue }
            guard table.mayReplace else { return }
            table.worn(worker.pid, by: .spent)
        }
    }

    /// Whoever takes no connections any more needs a successor now, not when it is gone.
    func noticeLeaving() {
        for worker in table.workers where worker.wear == nil && !worker.isRetired {
            guard pages.slot(worker.slot).state == .draining else { continue }
            table.worn(worker.pid, by: .spent)
        }
    }
}
