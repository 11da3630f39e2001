import HTTP
package import Log

/// What was answered, for whoever wants to know it after the handler: hooks and access logs.
extension Exchange {
    /// Where it is said what went wrong with it.
    package var log: Logger { server.log }

    /// The status as the application wrote it (`200 OK`); empty where it began no response.
    package var statusBytes: UnsafeRawBufferPointer { statusText.bytes }

    /// The length of the content that the application declared.
    package var declaredContentLength: Int? { declaredLength }

    /// Whether the content goes out in chunks.
    package var isChunked: Bool {
        guard progress != .open, case .chunked = framing else { return false }
        return true
    }
}
