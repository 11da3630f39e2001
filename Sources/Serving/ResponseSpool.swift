import Engine
import Platform

/// The file for what of a response neither the socket takes nor memory shall hold.
///
/// Bytes are appended at its end and sent from its front; what is sent is given back to the disk
/// while the file grows, so that it takes no more than what waits.
final class ResponseSpool {
    /// Bytes given back to the disk at a time: whole pages, since the kernel writes zeros into a
    /// page that is freed in part, and the socket may still hold that very page.
    private static let freedAtOnce: Int64 = 4 << 20

    private var file: SpoolFile
    private var end: Int64 = 0
    private var freedEnd: Int64 = 0
    private var canFree = true

    init(directory: String) throws(SystemError) {
        file = try SpoolFile(directory: directory)
    }

    var descriptor: Int32 { file.descriptor }

    /// Bytes of disk it takes.
    var count: Int { Int(end - freedEnd) }

    /// Appends bytes; answers where they stand.
    func append(_ bytes: UnsafeRawBufferPointer) throws(SystemError) -> Int64 {
        let offset = end
        do throws(SystemError) {
            try file.write(bytes, at: offset)
        } catch {
            // What a full disk took of them is not to fill it any longer.
            _ = file.free(from: offset, count: Int64(bytes.count))
            throw error
        }
        end += Int64(bytes.count)
        return offset
    }

    /// Everything before `offset` is sent.
    func sent(upTo offset: Int64) {
        let more = (offset - freedEnd) / Self.freedAtOnce * Self.freedAtOnce
        guard canFree, more > 0 else { return }
        canFree = file.free(from: freedEnd, count: more)
        if canFree { freedEnd += more }
    }
}
