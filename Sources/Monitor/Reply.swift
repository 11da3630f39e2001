import HTTP
import Serving

/// An answer of the monitor's: short, whole, and never to be kept by anybody.
struct Reply {
    enum Status: Int {
        case good = 200
        case notFound = 404
        case methodNotAllowed = 405
        case unavailable = 503

        fileprivate var line: String {
            switch self {
            case .good: "200 OK"
            case .notFound: "404 Not Found"
            case .methodNotAllowed: "405 Method Not Allowed"
            case .unavailable: "503 Service Unavailable"
            }
        }
    }

    static let plainText = "text/plain; charset=utf-8"

    private let status: Status
    private let type: String
    private let content: [UInt8]
    private var fields: [(StaticString, String)] = []

    init(_ status: Status, _ text: String, type: String = plainText) {
        self.init(status, bytes: Array(text.utf8), type: type)
    }

    init(_ status: Status, bytes: [UInt8], type: String) {
        self.status = status
        self.type = type
        content = bytes
    }

    /// The same with one more field.
    func with(_ name: StaticString, _ value: String) -> Reply {
        var reply = self
        reply.fields.append((name, value))
        return reply
    }

    func send(_ exchange: Exchange) {
        Self.withBytes(of: status.line) { exchange.begin(status: status.rawValue, text: $0) }
        let standard: [(StaticString, String)] = [
            ("Content-Type", type), ("Content-Length", "\(content.count)"),
            ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"),
        ]
        for (name, value) in standard + fields {
            Self.withBytes(of: value) { exchange.addField(name, $0) }
        }
        if exchange.head.isHead { return exchange.finish() }
        content.withUnsafeBytes { _ = exchange.write($0, isLast: true) }
    }

    private static func withBytes(of text: String, _ use: (UnsafeRawBufferPointer) -> Void) {
        var text = text
        text.withUTF8 { use(UnsafeRawBufferPointer($0)) }
    }
}
