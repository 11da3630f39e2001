/// What becomes of a field name with an underscore, which WSGI cannot tell from a dash.
package enum HeaderMap: Sendable {
    case drop
    case refuse
    case dangerous
}

/// A field a trusted proxy sets to say that its client came over TLS.
package struct SecureSchemeField: Equatable, Sendable {
    /// The name; case does not matter.
    package var name: [UInt8]
    /// The exact value that means https; any other one means http.
    package var value: [UInt8]

    package init(name: String, value: String) {
        self.name = name.utf8.map(ByteClass.raised)
        self.value = Array(value.utf8)
    }
}

/// The bounds and the switches the parser obeys, with Gunicorn's names and meanings.
///
/// The initialiser clamps as Gunicorn does, so that whoever holds a value may use it unchecked.
package struct RequestLimits: Sendable {
    /// What "unlimited" is brought down to: a request line has to end somewhere.
    package static let longestRequestLine = 1 << 20
    package static let largestRequestLine = 8190
    package static let mostFields = 32_768
    package static let defaultFieldSize = 8190
    /// Keeps every offset of a head inside 32 bits, whatever the operator asks for.
    static let largestFieldBlock = 1 << 30

    package let limitRequestLine: Int
    package let limitRequestFields: Int
    package let limitRequestFieldSize: Int
    /// The bound on the whole block of fields, and on the trailers of a chunked content.
    package let limitFieldBlock: Int
    package let permitObsoleteFolding: Bool
    package let stripHeaderSpaces: Bool
    package let permitUnconventionalMethod: Bool
    package let permitUnconventionalVersion: Bool
    package let casefoldMethod: Bool
    package let headerMap: HeaderMap
    /// Whether what Gunicorn lets pass and the RFCs do not is refused too; see `StrictReading`.
    package let isStrict: Bool
    /// Names with underscores that a trusted peer may send, upper-case.
    let forwarderHeaders: [[UInt8]]
    let forwarderMayAll: Bool
    let secureSchemeFields: [SecureSchemeField]
    /// One bit per kind, so that most fields are not compared with any secure scheme field.
    let secureSchemeKinds: UInt64

    package init(
        limitRequestLine: Int = 4094,
        limitRequestFields: Int = 100,
        limitRequestFieldSize: Int = 8190,
        permitObsoleteFolding: Bool = false,
        stripHeaderSpaces: Bool = false,
        permitUnconventionalMethod: Bool = false,
        permitUnconventionalVersion: Bool = false,
        casefoldMethod: Bool = false,
        headerMap: HeaderMap = .drop,
        forwarderHeaders: [String] = ["SCRIPT_NAME", "PATH_INFO"],
        secureSchemeFields: [(name: String, value: String)] = Self.commonSecureSchemeFields,
        isStrict: Bool = false
    ) {
        switch limitRequestLine {
        case 0: self.limitRequestLine = Self.longestRequestLine
        case 1..<Self.largestRequestLine: self.limitRequestLine = limitRequestLine
        default: self.limitRequestLine = Self.largestRequestLine
        }
        let fieldsAreBounded = limitRequestFields > 0 && limitRequestFields <= Self.mostFields
        let fields = fieldsAreBounded ? limitRequestFields : Self.mostFields
        let size = limitRequestFieldSize > 0 ? limitRequestFieldSize : Self.defaultFieldSize
        self.limitRequestFields = fields
        self.limitRequestFieldSize = min(size, Self.largestFieldBlock)
        let block = fields.multipliedReportingOverflow(by: self.limitRequestFieldSize + 2)
        let bound = block.overflow ? Self.largestFieldBlock : block.partialValue
        self.limitFieldBlock = min(bound, Self.largestFieldBlock) + 4
        self.permitObsoleteFolding = permitObsoleteFolding
        self.stripHeaderSpaces = stripHeaderSpaces
        self.permitUnconventionalMethod = permitUnconventionalMethod
        self.permitUnconventionalVersion = permitUnconventionalVersion
        self.casefoldMethod = casefoldMethod
        self.headerMap = headerMap
        self.isStrict = isStrict
        self.forwarderHeaders = forwarderHeaders.map { Array($0.utf8) }
        self.forwarderMayAll = forwarderHeaders.contains("*")
        self.secureSchemeFields = secureSchemeFields.map(SecureSchemeField.init)
        self.secureSchemeKinds = self.secureSchemeFields.reduce(0) { mask, field in
            mask | 1 << UInt64(FieldKind.named(field.name).rawValue)
        }
    }

    /// Whether a head may have to be changed where it stands: folds become blanks, a method
    /// becomes upper case.
    package var rewritesHeads: Bool { permitObsoleteFolding || casefoldMethod }

    package static let commonSecureSchemeFields: [(name: String, value: String)] = [
        ("X-FORWARDED-PROTOCOL", "ssl"),
        ("X-FORWARDED-PROTO", "https"),
        ("X-FORWARDED-SSL", "on"),
    ]
}
