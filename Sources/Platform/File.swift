private import CSystem

/// Files as logs and pid files need them: by path, without ownership.
package enum File {
    package static func openForAppending(_ path: String) throws(SystemError) -> Int32 {
        try checked("open", csys_file_open_append(path))
    }

    /// Makes a file that must not exist yet.
    package static func create(_ path: String, mode: UInt32) throws(SystemError) -> Int32 {
        try checked("open", csys_file_create(path, mode))
    }

    /// At most `limit` bytes from the start of a file, as text.
    package static func readText(_ path: String, limit: Int) throws(SystemError) -> String {
        var bytes = [UInt8](repeating: 0, count: limit)
        let count = bytes.withUnsafeMutableBytes { room in
            csys_file_read(path, room.bindMemory(to: CChar.self).baseAddress, room.count)
        }
        return String(decoding: bytes.prefix(Int(try checked("read", count))), as: UTF8.self)
    }

    package enum WriteOutcome {
        case wrote(Int)
        case wouldBlock
        case failed(SystemError)
    }

    /// One call of the kernel's write.
    package static func write(
        _ descriptor: Int32,
        _ bytes: UnsafeRawBufferPointer
    ) -> WriteOutcome {
        let result = csys_file_write(descriptor, bytes.baseAddress, bytes.count)
        if result >= 0 { return .wrote(Int(result)) }
        let errno = Int32(truncatingIfNeeded: -result)
        if errno == SystemError.tryAgain { return .wouldBlock }
        return .failed(SystemError(call: "write", errno: errno))
    }

    /// Whether a pipe, socket or terminal takes some bytes within a time.
    ///
    /// One whose reader is gone takes them too: the write then says so.
    package static func takesBytes(_ descriptor: Int32, milliseconds: Int32) -> Bool {
        csys_file_takes(descriptor, milliseconds) != 0
    }

    /// Makes `target` lead to what `source` has open.
    package static func replace(_ target: Int32, with source: Int32) throws(SystemError) {
        _ = try checked("dup3", csys_file_replace(source, target))
    }

    package static func isRegular(_ descriptor: Int32) -> Bool {
        var facts = csys_file_identity()
        guard csys_file_examine(descriptor, &facts) == 0 else { return false }
        return facts.kind == Int32(CSYS_FILE_REGULAR)
    }

    /// Whether anything is at the path.
    package static func exists(_ path: String) -> Bool {
        var facts = csys_file_identity()
        return csys_file_identify(path, &facts) == 0
    }

    package static func isDirectory(_ path: String) -> Bool {
        var facts = csys_file_identity()
        guard csys_file_identify(path, &facts) == 0 else { return false }
        return facts.kind == Int32(CSYS_FILE_DIRECTORY)
    }

    /// Makes the directories above a path that are not there, for this user alone.
    package static func makeDirectories(above path: String) throws(SystemError) {
        var place = path.startIndex
        while let slash = path[place...].dropFirst().firstIndex(of: "/") {
            place = slash
            let directory = String(path[..<slash])
            guard !exists(directory) else { continue }
            _ = try checked("mkdir", csys_directory_create(directory, 0o700))
        }
    }

    package static func setMode(of descriptor: Int32, _ mode: UInt32) throws(SystemError) {
        _ = try checked("fchmod", csys_file_set_mode(descriptor, mode))
    }

    package static func setOwner(of path: String, _ owner: Identity) {
        _ = csys_file_set_owner(path, owner.user, owner.group)
    }

    package static func rename(_ source: String, to target: String) throws(SystemError) {
        _ = try checked("rename", csys_file_rename(source, target))
    }

    package static func remove(_ path: String) { _ = csys_file_remove(path) }
}
