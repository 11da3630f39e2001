/// The methods this server treats by name; every other one is the application's business.
package enum RequestMethod: UInt8, Sendable {
    case other
    case get
    case head
    case post
    case put
    case patch
    case delete
    case options
    case connect
    case trace

    /// Methods are case-sensitive (RFC 9110, section 9.1), unless the operator casefolds them.
    static func recognised(
        _ bytes: Span<UInt8>,
        _ range: Range<Int>,
        casefolded: Bool
    ) -> RequestMethod {
        guard range.upperBound <= bytes.count else { return .other }
        var word: UInt64 = 0
        guard range.count <= 8 else { return .other }
        for index in range {
            let byte = casefolded ? ByteClass.raised(bytes[index]) : bytes[index]
            word = word &<< 8 | UInt64(byte)
        }
        switch word {
        case 0x474554: return .get
        case 0x4845_4144: return .head
        case 0x504f_5354: return .post
        case 0x505554: return .put
        case 0x50_4154_4348: return .patch
        case 0x4445_4c45_5445: return .delete
        case 0x4f_5054_494f_4e53: return .options
        case 0x43_4f4e_4e45_4354: return .connect
        case 0x54_5241_4345: return .trace
        default: return .other
        }
    }
}
