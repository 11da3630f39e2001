import Platform

/// An answer of the server's own: to a request that came too late, or was too much for the disk.
package struct ErrorAnswer: Error {
    let status: Int
    let reason: StaticString
    let message: StaticString
    /// What `Retry-After` says, in seconds; 0 for no such field.
    var retryAfterSeconds = 0

    var isOverload: Bool { status == 503 }

    /// What it is counted as.
    var countedReason = RefusalReason.other

    /// More requests wait for the application than it can be asked to answer (RFC 9110, section
    /// 15.6.4).
    static let overloaded = ErrorAnswer(
        status: 503,
        reason: "Service Unavailable",
        message: "The server is overloaded",
        retryAfterSeconds: 1,
        countedReason: .overloaded
    )

    /// The head or the body did not arrive in time (RFC 9110, section 15.5.9).
    static let timeout = ErrorAnswer(
        status: 408,
        reason: "Request Timeout",
        message: "The request did not arrive in time",
        countedReason: .late
    )

    /// The application took longer for it than it may (RFC 9110, section 15.6.5).
    static let requestTimedOut = ErrorAnswer(
        status: 504,
        reason: "Gateway Timeout",
        message: "The request took too long"
    )

    /// The body could not be kept (RFC 4918, section 11.5).
    static let storage = ErrorAnswer(
        status: 507,
        reason: "Insufficient Storage",
        message: "The request could not be stored",
        countedReason: .storage
    )

    /// The body is larger than the operator allows (RFC 9110, section 15.5.14).
    static let bodyTooLarge = ErrorAnswer(
        status: 413,
        reason: "Content Too Large",
        message: "The request's content is larger than this server takes",
        countedReason: .contentTooLarge
    )

    /// The chunks of a body that the application was reading are not as they must be.
    static let malformedBody = ErrorAnswer(
        status: 400,
        reason: "Bad Request",
        message: "The request's content is malformed",
        countedReason: .chunk
    )

    /// The address has as many connections as one may have.
    static let tooManyConnections = ErrorAnswer(
        status: 503,
        reason: "Service Unavailable",
        message: "Too many connections from this address",
        countedReason: .connectionsOfAddress
    )

    /// The process has no descriptor left for the connection.
    static let noDescriptor = ErrorAnswer(
        status: 503,
        reason: "Service Unavailable",
        message: "The server has as many connections as it can hold",
        countedReason: .descriptors
    )

    /// The application failed before it had sent anything.
    static let applicationFailed = ErrorAnswer(
        status: 500,
        reason: "Internal Server Error",
        message: ""
    )
}
