/// The options of the Connection fields that concern this server (RFC 9110, section 7.6.1).
struct ConnectionOptions: Equatable, Sendable {
    var close = false
    var keepAlive = false
    var upgrade = false

    /// Reads one field's value, a list; Gunicorn understands only a list of one.
    mutating func read(_ bytes: Span<UInt8>, _ value: Range<Int>) {
        var list = ListMembers(value)
        while let option = list.next(bytes) {
            switch option.count {
            case 5 where ByteScan.matches(bytes, option, "close"): close = true
            case 10 where ByteScan.matches(bytes, option, "keep-alive"): keepAlive = true
            case 7 where ByteScan.matches(bytes, option, "upgrade"): upgrade = true
            default: break
            }
        }
    }
}

/// Decides whether the connection may serve another request (RFC 9112, section 9.3).
enum Persistence {
    static func decide(_ head: inout RequestHead) {
        let options = head.connectionOptions
        head.asksUpgrade = options.upgrade && head.upgradeField >= 0
        // `close` counts wherever it stands: a front end may have acted on it already. After a
        // CONNECT the bytes belong to a tunnel, whatever the application answered.
        if options.close || head.codingForcesClose || head.methodKind == .connect {
            head.asksKeepAlive = false
        } else {
            head.asksKeepAlive = options.keepAlive || head.version > .http10
        }
    }
}
