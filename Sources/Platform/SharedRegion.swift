private import CSystem

/// Memory that this process and those it forks see, for as long as one of them lives.
///
/// Zero at first, and taken from the machine page by page as it is touched.
package struct SharedRegion: @unchecked Sendable {
    package let start: UnsafeMutableRawPointer
    package let count: Int

    package init(bytes: Int) throws(SystemError) {
        var errno: Int32 = 0
        guard let start = csys_memory_share(bytes, &errno) else {
            throw SystemError(call: "mmap", errno: errno)
        }
        self.start = start
        count = bytes
    }
}
