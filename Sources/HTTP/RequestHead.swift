/// How the content of a request is delimited (RFC 9112, section 6).
package enum RequestFraming: Equatable, Sendable {
    case none
    case length(Int)
    case chunked
}

/// The head of a request as offsets into the buffer it was read from.
///
/// One value serves many requests: the parser resets it and keeps the capacity of its table, so
/// reading a head allocates nothing. It means something only after `RequestParser.parse` answered
/// true, and only until the bytes move.
package struct RequestHead: ~Copyable {
    package var method = ByteRange()
    package var target = ByteRange()
    /// The target's path and query as Gunicorn splits them; the fragment is in neither.
    package var path = ByteRange()
    package var query = ByteRange()
    package var version = HTTPVersion.http11
    package var methodKind = RequestMethod.other
    /// The fields the server keeps, in order.
    package var fields = FieldTable()
    package var framing = RequestFraming.none
    /// False when the client asked for close, or the version or the method implies it.
    package var asksKeepAlive = false
    /// The client waits for `100 Continue` before it sends the content.
    package var expectsContinue = false
    /// `Connection` names the option upgrade, and there is an `Upgrade` field.
    package var asksUpgrade = false
    /// What a trusted secure scheme field said; nil when none spoke.
    package var schemeIsSecure: Bool?
    /// The value of a kept field SCRIPT_NAME: the mount point a trusted peer names.
    package var scriptName = ByteRange()

    /// Indexes into `fields`, or -1.
    package var hostField = -1
    package var contentTypeField = -1
    package var contentLengthField = -1
    package var userAgentField = -1
    package var refererField = -1
    package var authorizationField = -1
    package var upgradeField = -1
    package var transferEncodingField = -1
    package var connectionField = -1

    /// The index of the first byte after the head.
    package var end = 0

    /// Gathered for the decisions at the end of the head; see BodyFraming and Persistence.
    var repeatsContentLength = false
    var connectionOptions = ConnectionOptions()
    var codingForcesClose = false

    package init() {}

    package var isHead: Bool { methodKind == .head }
    package var isGet: Bool { methodKind == .get }
    package var isConnect: Bool { methodKind == .connect }
    package var hasContent: Bool { framing != .none && framing != .length(0) }

    /// Makes the value ready for the next request, keeping the table's capacity.
    package mutating func reset() {
        fields.removeAll()
        path = ByteRange()
        query = ByteRange()
        framing = .none
        asksKeepAlive = false
        expectsContinue = false
        asksUpgrade = false
        schemeIsSecure = nil
        scriptName = ByteRange()
        hostField = -1
        contentTypeField = -1
        contentLengthField = -1
        userAgentField = -1
        refererField = -1
        authorizationField = -1
        upgradeField = -1
        transferEncodingField = -1
        connectionField = -1
        end = 0
        repeatsContentLength = false
        connectionOptions = ConnectionOptions()
        codingForcesClose = false
    }
}
