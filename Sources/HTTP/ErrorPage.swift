/// The answer to a request that never reaches the application, byte for byte Gunicorn's.
package enum ErrorPage {
    /// Writes the answer to a refused request; `bytes` are those the refusal's ranges point into.
    package static func write(
        _ refusal: Refusal,
        _ bytes: Span<UInt8>,
        into writer: inout ByteWriter
    ) {
        var message = ByteWriter(capacity: 256)
        refusal.writeMessage(bytes, into: &message)
        unsafe write(
            status: refusal.status,
            reason: refusal.reason,
            message: message.bytes,
            into: &writer
        )
    }

    /// Writes an answer with a fixed message, which may be empty.
    package static func write(
        status: Int,
        reason: StaticString,
        message: StaticString,
        retryAfterSeconds: Int = 0,
        into writer: inout ByteWriter
    ) {
        let text = unsafe UnsafeRawBufferPointer(
            start: message.utf8Start,
            count: message.utf8CodeUnitCount
        )
        unsafe write(
            status: status,
            reason: reason,
            message: text,
            retryAfterSeconds: retryAfterSeconds,
            into: &writer
        )
    }

    /// Writes an answer whose message, in Latin-1, is escaped for HTML here.
    package static func write(
        status: Int,
        reason: StaticString,
        message: UnsafeRawBufferPointer,
        retryAfterSeconds: Int = 0,
        into writer: inout ByteWriter
    ) {
        var page = ByteWriter(capacity: 256 + message.count)
        page.append("<html>\n  <head>\n    <title>")
        page.append(reason)
        page.append("</title>\n  </head>\n  <body>\n    <h1><p>")
        page.append(reason)
        page.append("</p></h1>\n    ")
        for index in 0..<message.count { unsafe appendEscaped(message[index], &page) }
        page.append("\n  </body>\n</html>\n")

        writer.append("HTTP/1.1 ")
        writer.append(decimal: status)
        writer.append(Byte.space)
        writer.append(reason)
        if retryAfterSeconds > 0 {
            writer.append("\r\nRetry-After: ")
            writer.append(decimal: retryAfterSeconds)
        }
        writer.append("\r\nConnection: close\r\nContent-Type: text/html\r\nContent-Length: ")
        writer.append(decimal: page.count)
        writer.append("\r\n\r\n")
        unsafe writer.append(page.bytes)
    }

    private static func appendEscaped(_ byte: UInt8, _ page: inout ByteWriter) {
        switch byte {
        case 0x26: page.append("&amp;")
        case 0x3c: page.append("&lt;")
        case 0x3e: page.append("&gt;")
        case 0x22: page.append("&quot;")
        case 0x27: page.append("&#x27;")
        default: page.append(byte)
        }
    }
}
