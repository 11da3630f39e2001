/// The field names the parser recognises while it reads, so that nobody compares names again.
///
/// The first group is what the server itself acts upon. The rest is recognised so that the gateway
/// can keep one ready-made environ key for each; `.other` is every name not listed.
package enum FieldKind: UInt8, CaseIterable, Sendable {
    case other

    case host
    case contentLength
    case contentType
    case transferEncoding
    case connection
    case expect
    case upgrade
    case userAgent
    case referer
    case authorization

    case accept
    case acceptCharset
    case acceptEncoding
    case acceptLanguage
    case cacheControl
    case clientHints
    case clientHintsMobile
    case clientHintsPlatform
    case contentEncoding
    case cookie
    case date
    case doNotTrack
    case fetchDestination
    case fetchMode
    case fetchSite
    case fetchUser
    case forwarded
    case ifMatch
    case ifModifiedSince
    case ifNoneMatch
    case ifRange
    case keepAlive
    case origin
    case pragma
    case priority
    case range
    case realIP
    case requestID
    case requestedWith
    case transferOptions
    case traceParent
    case trailer
    case upgradeInsecureRequests
    case via
    case forwardedFor
    case forwardedHost
    case forwardedPort
    case forwardedProto
    case forwardedProtocol
    case forwardedSSL

    /// The kinds up to this one are looked at by the server; see `RequestHead.note`.
    static var lastJudged: FieldKind { .authorization }

    /// The name in lower case; empty for `.other`.
    @inline(__always)
    package var name: StaticString {
        switch self {
        case .other: ""
        case .host: "host"
        case .contentLength: "content-length"
        case .contentType: "content-type"
        case .transferEncoding: "transfer-encoding"
        case .connection: "connection"
        case .expect: "expect"
        case .upgrade: "upgrade"
        case .userAgent: "user-agent"
        case .referer: "referer"
        case .authorization: "authorization"
        case .accept: "accept"
        case .acceptCharset: "accept-charset"
        case .acceptEncoding: "accept-encoding"
        case .acceptLanguage: "accept-language"
        case .cacheControl: "cache-control"
        case .clientHints: "sec-ch-ua"
        case .clientHintsMobile: "sec-ch-ua-mobile"
        case .clientHintsPlatform: "sec-ch-ua-platform"
        case .contentEncoding: "content-encoding"
        case .cookie: "cookie"
        case .date: "date"
        case .doNotTrack: "dnt"
        case .fetchDestination: "sec-fetch-dest"
        case .fetchMode: "sec-fetch-mode"
        case .fetchSite: "sec-fetch-site"
        case .fetchUser: "sec-fetch-user"
        case .forwarded: "forwarded"
        case .ifMatch: "if-match"
        case .ifModifiedSince: "if-modified-since"
        case .ifNoneMatch: "if-none-match"
        case .ifRange: "if-range"
        case .keepAlive: "keep-alive"
        case .origin: "origin"
        case .pragma: "pragma"
        case .priority: "priority"
        case .range: "range"
        case .realIP: "x-real-ip"
        case .requestID: "x-request-id"
        case .requestedWith: "x-requested-with"
        case .transferOptions: "te"
        case .traceParent: "traceparent"
        case .trailer: "trailer"
        case .upgradeInsecureRequests: "upgrade-insecure-requests"
        case .via: "via"
        case .forwardedFor: "x-forwarded-for"
        case .forwardedHost: "x-forwarded-host"
        case .forwardedPort: "x-forwarded-port"
        case .forwardedProto: "x-forwarded-proto"
        case .forwardedProtocol: "x-forwarded-protocol"
        case .forwardedSSL: "x-forwarded-ssl"
        }
    }

    /// The kind of a name in upper case; `.other` when it is none of ours.
    static func named(_ name: [UInt8]) -> FieldKind {
        let lowered = name.map(ByteClass.lowered)
        return allCases.first { kind in
            let text = kind.name
            return unsafe lowered.elementsEqual(
                UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
            )
        } ?? .other
    }
}
