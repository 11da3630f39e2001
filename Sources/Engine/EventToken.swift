/// A descriptor and the generation of its registration, in epoll's 64 bits.
///
/// The kernel may still report a descriptor that was closed earlier in the same turn, and whose
/// number a new connection already has; the generation tells the two apart.
struct EventToken: Equatable {
    let descriptor: Int32
    let generation: UInt32

    init(descriptor: Int32, generation: UInt32) {
        self.descriptor = descriptor
        self.generation = generation
    }

    init(raw: UInt64) {
        descriptor = Int32(truncatingIfNeeded: raw)
        generation = UInt32(truncatingIfNeeded: raw >> 32)
    }

    var raw: UInt64 {
        UInt64(generation) << 32 | UInt64(UInt32(bitPattern: descriptor))
    }
}
