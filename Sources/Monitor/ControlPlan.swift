package import Control

/// What the monitor is told of the control socket by whoever forked it.
package struct ControlPlan {
    /// A socket that is listened at.
    package struct Address: Sendable {
        package let address: String
        package let descriptor: Int32
        /// `tcp`, `tcp6` or `unix`.
        package let type: String

        package init(address: String, descriptor: Int32, type: String) {
            self.address = address
            self.descriptor = descriptor
            self.type = type
        }
    }

    package var listener: Int32
    /// Has the arbiter look at what it is asked for.
    package var ring: () -> Void
    /// Takes a command apart as a shell does; nil and why where there is no end to it.
    package var split: (_ command: String) throws -> [String]
    package var addresses: [Address] = []
    /// The settings that are shown, in their order.
    package var settings: [JSONValue.Member] = []
    /// The operator brought a logger, whose level is its own business.
    package var hasOwnLogger = false
    /// More workers than this are nobody's.
    package var workersAtMost: Int

    package init(
        listener: Int32,
        workersAtMost: Int,
        ring: @escaping () -> Void,
        split: @escaping (_ command: String) throws -> [String]
    ) {
        self.listener = listener
        self.workersAtMost = workersAtMost
        self.ring = ring
        self.split = split
    }
}
