private import CSystem

/// The processors that this process may use.
package enum Processors {
    /// As many as may run at once: no more than the quota of the control group, rounded up, and
    /// no more than the affinity allows.
    package static var usable: Int {
        usable(within: Int(csys_process_processors()), quota: ControlGroup.processorQuota)
    }

    /// The same of a quota in thousandths of a processor; 1 or more.
    static func usable(within affinity: Int, quota: UInt64?) -> Int {
        guard let quota else { return max(1, affinity) }
        let whole = quota / 1000 + (quota % 1000 > 0 ? 1 : 0)
        return max(1, min(affinity, Int(clamping: whole)))
    }
}
