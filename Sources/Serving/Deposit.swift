import Engine
import Platform

/// Bytes of a response on their way from somebody's memory into the response's file.
///
/// Until all of them are there they are sent from memory, so that nobody waits for a disk.
final class Deposit {
    /// Objects below this size are written at once: that takes less than handing them over.
    static let countAtLeast = 256 * 1024
    /// Bytes written at a time.
    private static let pieceAtMost = 1 << 20

    /// Whose response it is: there as long as the deposit is wanted.
    unowned let connection: Connection
    let bytes: UnsafeRawBufferPointer
    let owner: ResponseOwner
    let spool: ResponseSpool
    /// Where in the file they have their place.
    let offset: Int64
    /// The queue has them still; guarded by the baton, as is what follows.
    private(set) var isWanted = true
    /// Somebody reads the memory to write it, without the baton: it must stay.
    private var isBeingWritten = false
    private var writtenCount = 0

    init(
        _ bytes: UnsafeRawBufferPointer,
        owner: ResponseOwner,
        to spool: ResponseSpool,
        of connection: Connection
    ) {
        self.bytes = bytes
        self.owner = owner
        self.spool = spool
        self.connection = connection
        offset = spool.reserve(bytes.count)
    }

    var isWritten: Bool { writtenCount == bytes.count }

    /// The queue needs them no more; answers the owner where it is to be let go of now.
    func drop() -> ResponseOwner? {
        isWanted = false
        return isBeingWritten ? nil : owner
    }

    /// Writes some more, with the baton let go of meanwhile by `unlocked`.
    func writeMore(_ unlocked: (() -> Void) -> Void) throws(SystemError) {
        let start = writtenCount
        let end = min(start + Self.pieceAtMost, bytes.count)
        let piece = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
        var failure: SystemError?
        isBeingWritten = true
        unlocked {
            do throws(SystemError) {
                try spool.write(piece, at: offset + Int64(start))
            } catch {
                failure = error
            }
        }
        isBeingWritten = false
        if let failure { throw failure }
        writtenCount = end
    }
}
