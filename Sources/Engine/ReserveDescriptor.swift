import Platform

/// A descriptor that is kept to be given up when no other one is left.
///
/// Without it a client could not even be told: its connection would have no number.
package struct ReserveDescriptor: ~Copyable {
    private let model: Int32
    private var descriptor: Int32?

    /// Keeps a second number for a descriptor that is open anyway.
    package init(of model: Int32) {
        self.model = model
        take()
    }

    deinit {
        if let descriptor { Descriptor.close(descriptor) }
    }

    /// Whether there is one to give up.
    package var isHeld: Bool { descriptor != nil }

    /// Gives it up: the next descriptor asked for can be had.
    package mutating func giveUp() {
        if let descriptor { Descriptor.close(descriptor) }
        descriptor = nil
    }

    /// Takes one again, if there is one.
    package mutating func take() {
        guard descriptor == nil else { return }
        descriptor = try? Descriptor.duplicate(model)
    }
}
