private import CSystem

/// A socket over which one process hands descriptors to another, each with a message.
///
/// Both ends are made before the fork. What was sent and not received waits in it, whoever holds
/// its receiving end by then.
package struct DescriptorChannel: Sendable {
    package let sendEnd: Int32
    package let receiveEnd: Int32

    /// What arrived.
    package enum Arrival {
        /// So many bytes, and the descriptor that came with them.
        case message(count: Int, descriptor: Int32)
        /// A message that does not fit, or brought no descriptor: it is dropped.
        case unusable
        case nothing
    }

    package init() throws(SystemError) {
        var ends: [Int32] = [-1, -1]
        _ = try checked("socketpair", csys_channel_create(&ends))
        sendEnd = ends[0]
        receiveEnd = ends[1]
    }

    /// Sends a descriptor, whole with its message or not at all; it stays open here.
    ///
    /// Never waits: false where there is no room, or nobody to receive.
    package func send(_ descriptor: Int32, with message: [UnsafeRawBufferPointer]) -> Bool {
        let pieces = message.map { csys_piece(bytes: $0.baseAddress, count: $0.count) }
        return csys_channel_send(sendEnd, descriptor, pieces, Int32(pieces.count)) == 0
    }

    /// Receives one message; the descriptor becomes the caller's.
    package func receive(into room: UnsafeMutableRawBufferPointer) -> Arrival {
        var descriptor: Int32 = -1
        let count = csys_channel_receive(receiveEnd, &descriptor, room.baseAddress, room.count)
        if count == -Int(SystemError.tryAgain) { return .nothing }
        guard count > 0, descriptor >= 0 else {
            if descriptor >= 0 { Descriptor.close(descriptor) }
            // The other ends are closed: that is no message, and never will be one.
            return count == 0 && descriptor < 0 ? .nothing : .unusable
        }
        return .message(count: count, descriptor: descriptor)
    }
}
