/// Undoes percent-encoding as Gunicorn does for PATH_INFO.
package enum PercentDecoding {
    /// Decodes into memory of at least the same size; answers how many bytes came out.
    ///
    /// A percent sign without two hexadecimal digits behind it stays as it is, as in Python.
    package static func decode(
        _ bytes: UnsafeRawBufferPointer,
        into output: UnsafeMutableRawPointer
    ) -> Int {
        var read = 0
        var written = 0
        while read < bytes.count {
            var byte = unsafe bytes[read]
            read &+= 1
            if byte == Byte.percent, read &+ 1 < bytes.count,
                let high = unsafe ByteClass.hexValue(bytes[read]),
                let low = unsafe ByteClass.hexValue(bytes[read &+ 1])
            {
                byte = high &<< 4 | low
                read &+= 2
            }
            unsafe output.storeBytes(of: byte, toByteOffset: written, as: UInt8.self)
            written &+= 1
        }
        return written
    }
}
