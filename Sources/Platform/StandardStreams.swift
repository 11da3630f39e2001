/// Text for the operator's terminal that is no log line: usage, and why a start failed.
package enum StandardError {
    package static func write(_ text: String) {
        writeAll(text, to: 2)
    }
}

/// The same for what was asked for: listings, the version.
package enum StandardOutput {
    package static func write(_ text: String) {
        writeAll(text, to: 1)
    }
}

/// Writes all of it, or as much as can be: nobody could be told of a failure.
private func writeAll(_ text: String, to descriptor: Int32) {
    var text = text
    text.withUTF8 { bytes in
        var rest = UnsafeRawBufferPointer(bytes)
        while !rest.isEmpty {
            switch File.write(descriptor, rest) {
            case .wrote(let count): rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            case .wouldBlock:
                guard File.takesBytes(descriptor, milliseconds: 1000) else { return }
            case .failed: return
            }
        }
    }
}
