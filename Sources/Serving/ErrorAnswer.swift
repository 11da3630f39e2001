/// An answer of the server's own: to a request that came too late, or was too much for the disk.
package struct ErrorAnswer {
    let status: Int
    let reason: StaticString
    let message: StaticString

    /// The head or the body did not arrive in time (RFC 9110, section 15.5.9).
    static let timeout = ErrorAnswer(
        status: 408,
        reason: "Request Timeout",
        message: "The request did not arrive in time"
    )

    /// The body could not be kept (RFC 4918, section 11.5).
    static let storage = ErrorAnswer(
        status: 507,
        reason: "Insufficient Storage",
        message: "The request could not be stored"
    )

    /// The application failed before it had sent anything.
    static let applicationFailed = ErrorAnswer(
        status: 500,
        reason: "Internal Server Error",
        message: ""
    )
}
