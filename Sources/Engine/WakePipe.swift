import CSystem
package import Platform

/// A pipe whose bytes are signal numbers: Python's wake-up descriptor writes, the loop reads.
package enum WakePipe {
    package static func make() throws(SystemError) -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        _ = try checked("pipe2", csys_pipe_create(&ends))
        return (ends[0], ends[1])
    }

    /// Reads all that is there, byte by byte.
    package static func drain(_ descriptor: Int32, _ each: (UInt8) -> Void) {
        withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { room in
            while true {
                let count = csys_descriptor_read(descriptor, room.baseAddress, room.count)
                guard count > 0 else { return }
                for byte in room[..<count] {
                    each(byte)
                }
            }
        }
    }
}
