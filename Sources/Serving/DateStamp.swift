import HTTP

/// The fields that every response begins with, made anew once a second.
struct DateStamp: ~Copyable {
    private var text = ByteWriter(capacity: 128)
    private var seconds = Int.min
    private let serverField: String?

    init(serverField: String?) {
        self.serverField = serverField
    }

    /// Writes what stands between the status and the value of `Connection`.
    mutating func write(into out: inout ByteWriter, seconds now: Int) {
        if now != seconds {
            seconds = now
            text.removeAll()
            if var name = serverField {
                text.append("\r\nServer: ")
                name.withUTF8 { text.append(UnsafeRawBufferPointer($0)) }
            }
            text.append("\r\nDate: ")
            HTTPDate(secondsSinceEpoch: now).write(into: &text)
            text.append("\r\nConnection: ")
        }
        out.append(text.bytes)
    }
}
