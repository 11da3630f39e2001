private import CSystem

/// What tells one content of a file from another without reading it.
package struct FileVersion: Equatable, Sendable {
    package var writtenNanoseconds: Int64
    package var size: Int64
    package var number: UInt64

    package init(writtenNanoseconds: Int64, size: Int64, number: UInt64) {
        self.writtenNanoseconds = writtenNanoseconds
        self.size = size
        self.number = number
    }

    /// The version of what is at the path now; nil where nothing is.
    package init?(of path: String) {
        var facts = csys_file_version()
        guard csys_file_read_version(path, &facts) == 0 else { return nil }
        writtenNanoseconds = facts.written_nanoseconds
        size = facts.size
        number = facts.number
    }
}

/// Tells in which of many folders something happened to a file: inotify.
package final class FolderWatch {
    private let owned: FileDescriptor

    /// One thing that happened.
    package enum Event: Equatable, Sendable {
        /// Something in the folder of that number.
        case changed(Int32)
        /// The folder of that number is gone, or somewhere else now.
        case lost(Int32)
        /// More happened than the kernel keeps: any folder may have changed.
        case overflow
    }

    package init() throws(SystemError) {
        owned = FileDescriptor(owning: try checked("inotify_init1", csys_watch_create()))
    }

    /// Readable when something happened.
    package var descriptor: Int32 { owned.rawValue }

    /// Watches a folder; the number its events carry.
    package func add(_ folder: String) throws(SystemError) -> Int32 {
        try checked("inotify_add_watch", csys_watch_folder(descriptor, folder))
    }

    /// Hands out everything that has happened.
    package func drain(_ each: (Event) -> Void) {
        withUnsafeTemporaryAllocation(byteCount: Int(CSYS_WATCH_ROOM), alignment: 8) { room in
            while true {
                let count = csys_watch_read(descriptor, room.baseAddress)
                guard count > 0 else { return }
                var offset = 0
                while offset < count {
                    var lost: Int32 = 0
                    let folder = csys_watch_event(room.baseAddress, &offset, &lost)
                    each(folder < 0 ? .overflow : lost != 0 ? .lost(folder) : .changed(folder))
                }
            }
        }
    }
}

extension File {
    /// The path without symbolic links; nil where nothing is there.
    package static func resolve(_ path: String) -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { room in
            let count = csys_file_resolve(path, room.baseAddress, room.count)
            guard count >= 0 else { return nil }
            let bytes = UnsafeRawBufferPointer(room)[..<Int(count)]
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}
