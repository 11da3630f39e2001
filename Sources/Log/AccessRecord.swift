/// What the access log is told about one answered request.
///
/// The bytes are borrowed: they have to stay where they are only while the record is appended. An
/// absent field has a null address (and is logged as `-`); an empty one has an address.
package struct AccessRecord {
    package static var absent: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: nil, count: 0)
    }

    /// The peer's numeric address; empty on unix sockets.
    package var remoteAddress = AccessRecord.absent
    package var method = AccessRecord.absent
    /// The target as it was sent.
    package var target = AccessRecord.absent
    /// PATH_INFO: the path, percent-decoded.
    package var path = AccessRecord.absent
    package var query = AccessRecord.absent
    package var referer = AccessRecord.absent
    package var userAgent = AccessRecord.absent
    /// The value of the Authorization field.
    package var authorization = AccessRecord.absent
    package var versionMajor: UInt8 = 1
    package var versionMinor: UInt8 = 1
    package var status = 200
    /// Bytes of the body that were sent, nil when nobody counted.
    package var bytesSent: Int?
    package var durationNanoseconds: UInt64 = 0

    package init() {}
}

/// Looks up what a format asks for by name: `%({x}i)s`, `%({x}o)s`, `%({x}e)s`.
///
/// Names arrive in lower case. Where a field was repeated the last value counts. The bytes have to
/// stay only until the next call.
package protocol AccessSource: AnyObject {
    func requestField(_ name: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer?
    func responseField(_ name: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer?
    func environmentValue(_ name: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer?
}
