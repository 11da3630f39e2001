/// An answer of the server's own: to a request that came too late, or was too much for the disk.
package struct ErrorAnswer {
    let status: Int
    let reason: StaticString
    let message: StaticString
    /// What `Retry-After` says, in seconds; 0 for no such field.
    var retryAfterSeconds = 0

    var isOverload: Bool { status == 503 }

    /// More requests wait for the application than it can be asked to answer (RFC 9110, section
    /// 15.6.4).
    static let overloaded = ErrorAnswer(
        status: 503,
        reason: "Service Unavailable",
        message: "The server is overloaded",
        retryAfterSeconds: 1
    )

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
