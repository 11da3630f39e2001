package import HTTP

/// An answer of the server's own: to a request that is bad, late, or too much for the disk.
struct ErrorAnswer {
    let status: Int
    let reason: String
    let message: String

    init(_ refusal: Refusal) {
        status = refusal.status
        reason = refusal.reason
        message = refusal.message
    }

    private init(status: Int, reason: String, message: String) {
        self.status = status
        self.reason = reason
        self.message = message
    }

    /// The head or the body did not arrive in time (RFC 9110, section 15.5.9).
    static let timeout = ErrorAnswer(
        status: 408, reason: "Request Timeout", message: "The request did not arrive in time"
    )

    /// The body could not be kept (RFC 4918, section 11.5).
    static let storage = ErrorAnswer(
        status: 507, reason: "Insufficient Storage", message: "The request could not be stored"
    )
}
