import Engine
import Platform

// MARK: - Lending the socket to an application that was asked to upgrade the connection

extension Connection {
    func lendSocket() throws(SystemError) -> Int32 {
        let copy = try ApplicationFile.duplicate(socket.descriptor)
        // Both descriptors lead to one socket, which waits or does not wait for both.
        Descriptor.setNonBlocking(socket.descriptor, false)
        isLent = true
        return copy
    }

    /// The handler has returned: after an upgrade the socket is the application's alone.
    func takeBackSocket(_ exchange: Exchange) {
        isLent = false
        if exchange.upgradesConnection {
            exchange.abort()
        } else {
            Descriptor.setNonBlocking(socket.descriptor)
        }
    }
}
