import Engine
import Platform

/// The file for what of a response neither the socket takes nor memory shall hold.
///
/// Places in it are given out from its front to its end, in the order in which they are sent; what
/// is sent is given back to the disk while the file grows, so that it takes no more than what
/// waits. Writing needs no lock, all the rest does.
final class ResponseSpool {
    /// Bytes given back to the disk at a time: whole pages, since the kernel writes zeros into a
    /// page that is freed in part, and the socket may still hold that very page.
    private static let freedAtOnce: Int64 = 4 << 20

    private let file: SpoolFile
    private var end: Int64 = 0
    private var freedEnd: Int64 = 0
    private var canFree = true

    init(directory: String) throws(SystemError) {
        file = try SpoolFile(directory: directory)
    }

    var descriptor: Int32 { file.descriptor }

    /// Bytes of disk it takes, or soon will.
    var count: Int { Int(end - freedEnd) }

    /// Gives the next so many bytes a place; answers where.
    func reserve(_ count: Int) -> Int64 {
        defer { end += Int64(count) }
        return end
    }

    /// Writes bytes to their place.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(SystemError) {
        do throws(SystemError) {
            try file.write(bytes, at: offset)
        } catch {
            // What a full disk took of them is not to fill it any longer.
            _ = file.free(from: offset, count: Int64(bytes.count))
            throw error
        }
    }

    /// Everything before `offset` is sent.
    func sent(upTo offset: Int64) {
        let more = (offset - freedEnd) / Self.freedAtOnce * Self.freedAtOnce
        guard canFree, more > 0 else { return }
        canFree = file.free(from: freedEnd, count: more)
        if canFree { freedEnd += more }
    }
}
