import HTTP
package import Log

// MARK: - What an access log reads of the response

extension Exchange {
    /// Where it is said what went wrong with it.
    package var log: Logger { server.log }

    /// The status as the application wrote it (`200 OK`); empty where the server answered itself.
    package var statusLine: UnsafeRawBufferPointer { statusText.bytes }

    /// What the application declared as the length of its content.
    package var contentLength: Int? { declaredLength }
}
