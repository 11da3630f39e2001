private import CSystem
package import Platform

/// An unnamed file for what is too large to keep in memory; gone with its descriptor.
package struct SpoolFile: ~Copyable {
    package let descriptor: Int32
    package private(set) var count: Int64 = 0

    /// Makes the file in a directory, `tmp_upload_dir` or the system's.
    package init(directory: String) throws(SystemError) {
        descriptor = try checked("open", csys_spool_create(directory))
    }

    deinit {
        _ = csys_descriptor_close(descriptor)
    }

    package mutating func append(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
        let result = csys_spool_append(descriptor, bytes.baseAddress, bytes.count)
        _ = try checked("write", result)
        count += Int64(bytes.count)
    }

    /// Writes at an offset, over what may be there.
    package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(SystemError) {
        let result = csys_spool_write(descriptor, bytes.baseAddress, bytes.count, offset)
        _ = try checked("pwrite", result)
    }

    /// Gives a range back to the disk; false where the file system cannot.
    package func free(from offset: Int64, count: Int64) -> Bool {
        csys_spool_free(descriptor, offset, count) >= 0
    }

    package func read(at offset: Int64, into bytes: UnsafeMutableRawBufferPointer) -> Transfer {
        Transfer(csys_spool_read(descriptor, bytes.baseAddress, bytes.count, offset))
    }
}

/// The calls that `wsgi.file_wrapper` makes on the application's file.
package enum ApplicationFile {
    /// A descriptor of our own for the same file, which outlives the application's `close()`.
    package static func duplicate(_ file: Int32) throws(SystemError) -> Int32 {
        try checked("fcntl", csys_descriptor_duplicate(file, 3))
    }

    /// Bytes in a regular file; nil for a pipe, a socket or a device.
    package static func regularSize(_ file: Int32) -> Int64? {
        let size = csys_file_regular_size(file)
        return size < 0 ? nil : size
    }

    /// Where the file stands; nil for one that cannot seek.
    package static func position(_ file: Int32) -> Int64? {
        let position = csys_file_position(file)
        return position < 0 ? nil : position
    }

    package static func close(_ file: Int32) {
        _ = csys_descriptor_close(file)
    }
}
