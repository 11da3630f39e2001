/// A request's line as an object.
extension AccessFormat {
    /// Appends one object: what is known of the request, and what the format asks for by name.
    package func appendJSON(
        _ record: borrowing AccessRecord,
        source: (any AccessSource)?,
        stamp: inout AccessStamp,
        to line: inout LineBuffer
    ) {
        JSONRecord.begin(.access, .info, stamp: &stamp.json, to: &line)
        appendRequest(record, to: &line)
        line.append(#","http.response.status_code":"#)
        line.append(decimal: record.status)
        if let count = record.bytesSent {
            line.append(#","http.response.body.size":"#)
            line.append(decimal: count)
        }
        line.append(#","http.server.request.duration":"#)
        let microseconds = Int(truncatingIfNeeded: record.durationNanoseconds / 1000)
        line.append(decimal: microseconds / 1_000_000)
        line.append(UInt8(ascii: "."))
        line.append(decimal: microseconds % 1_000_000, digits: 6)
        line.appendText(#","client.address":"#, record.remoteAddress)
        line.appendText(#","user_agent.original":"#, record.userAgent)
        line.appendList(#","http.request.header.referer":"#, record.referer)
        line.appendUserField(of: record.authorization)
        appendNamed(source, to: &line)
        JSONRecord.end(&line)
    }

    private func appendRequest(_ record: borrowing AccessRecord, to line: inout LineBuffer) {
        // A refused request line may have left nothing to name.
        if record.method.count > 0 {
            line.append(#","body":""#)
            line.appendJSONContent(record.method)
            line.append(UInt8(ascii: " "))
            line.appendJSONContent(record.target)
            line.append(UInt8(ascii: " "))
            line.appendVersion(record)
            line.append(#"","http.request.method":"#)
            line.appendJSON(record.method)
            line.append(#","url.path":"#)
            line.appendJSON(AccessFormat.path(of: record))
            line.append(#","network.protocol.version":""#)
            line.append(decimal: Int(record.versionMajor))
            line.append(UInt8(ascii: "."))
            line.append(decimal: Int(record.versionMinor))
            line.append(UInt8(ascii: "\""))
        } else {
            line.append(#","body":"a request that was not understood""#)
        }
        line.appendText(#","url.query":"#, record.query)
    }

    /// The path as it was sent; the decoded one where the target is more than path and query.
    private static func path(of record: borrowing AccessRecord) -> UnsafeRawBufferPointer {
        let target = record.target
        guard target.first == UInt8(ascii: "/") else { return record.path }
        let marks = [UInt8(ascii: "?"), UInt8(ascii: "#")] as InlineArray<2, UInt8>
        let end = target.firstIndex { $0 == marks[0] || $0 == marks[1] } ?? target.count
        return UnsafeRawBufferPointer(rebasing: target[..<end])
    }

    /// Fields and variables that the format asks for by name; absent ones are left out.
    private func appendNamed(_ source: (any AccessSource)?, to line: inout LineBuffer) {
        guard let source else { return }
        for index in pieces.indices {
            let piece = pieces[index]
            let name = UnsafeRawBufferPointer(
                rebasing: text[piece.start..<piece.start + piece.count]
            )
            switch piece.atom {
            case .requestField:
                line.appendNamed("http.request.header.", name, source.requestField(name))
            case .responseField:
                line.appendNamed("http.response.header.", name, source.responseField(name))
            case .environmentValue:
                guard let value = source.environmentValue(name) else { continue }
                line.appendName("wsgi.environ.", name)
                line.appendJSON(value)
            default: continue
            }
        }
    }
}

extension LineBuffer {
    /// A field whose value is there and not empty; `name` has its comma, quotes and colon.
    fileprivate mutating func appendText(_ name: StaticString, _ value: UnsafeRawBufferPointer) {
        guard value.count > 0 else { return }
        append(name)
        appendJSON(value)
    }

    /// As OpenTelemetry has fields of messages: a list, because they may be repeated.
    fileprivate mutating func appendList(_ name: StaticString, _ value: UnsafeRawBufferPointer) {
        guard value.baseAddress != nil else { return }
        append(name)
        appendElement(value)
    }

    fileprivate mutating func appendNamed(
        _ prefix: StaticString,
        _ name: UnsafeRawBufferPointer,
        _ value: UnsafeRawBufferPointer?
    ) {
        guard let value, value.baseAddress != nil else { return }
        appendName(prefix, name)
        appendElement(value)
    }

    private mutating func appendElement(_ value: UnsafeRawBufferPointer) {
        append(UInt8(ascii: "["))
        appendJSON(value)
        append(UInt8(ascii: "]"))
    }

    fileprivate mutating func appendName(_ prefix: StaticString, _ name: UnsafeRawBufferPointer) {
        append(#",""#)
        append(prefix)
        appendJSONContent(name)
        append(#"":"#)
    }

    fileprivate mutating func appendUserField(of authorization: UnsafeRawBufferPointer) {
        withUser(of: authorization) { line, name in
            line.append(#","user.name":"#)
            line.appendJSON(name)
        }
    }
}
