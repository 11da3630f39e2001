private import CSystem

/// A socket that sends datagrams to listeners of this machine, and never waits for one of them.
///
/// The service manager and the journal listen so; each message is one datagram. Whoever reads may
/// be gone or stuck, and nothing of ours stands still for it.
package struct LocalDatagrams: Sendable {
    private let socket: Int32

    /// What became of a datagram.
    package enum Outcome: Equatable, Sendable {
        case delivered
        /// The reader's queue is full.
        case busy
        case failed(SystemError)
    }

    private init() throws(SystemError) {
        socket = try checked("socket", csys_datagram_open())
    }

    /// The one that this process, and every child of it, sends everything over.
    package static let shared: Result<LocalDatagrams, SystemError> = {
        do throws(SystemError) {
            return .success(try LocalDatagrams())
        } catch {
            return .failure(error)
        }
    }()

    /// Whether a descriptor leads where a variable such as `JOURNAL_STREAM` says: `DEVICE:INODE`.
    package static func isStream(_ descriptor: Int32, _ text: String) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let device = UInt64(parts[0]), let inode = UInt64(parts[1]) else {
            return false
        }
        return csys_descriptor_is(descriptor, device, inode) == 1
    }

    /// Sends to a path, or to an abstract name that is written with an `@` in front; a descriptor
    /// goes along where one is given.
    package func send(
        _ bytes: UnsafeRawBufferPointer,
        to address: String,
        with descriptor: Int32? = nil
    ) -> Outcome {
        let result = csys_datagram_send(
            socket,
            address,
            bytes.baseAddress,
            bytes.count,
            descriptor ?? -1
        )
        switch -result {
        case 0: return .delivered
        case SystemError.tryAgain, SystemError.noBuffers: return .busy
        default: return .failed(SystemError(call: "sendmsg", errno: -result))
        }
    }
}
