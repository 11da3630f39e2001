// The request line (RFC 9112, section 3).

extension RequestParser {
    /// Reads the request line; false when the bytes run out before its end.
    ///
    /// Good lines are read in one pass. What is wrong with a bad one is found out afterwards, in
    /// the order in which Gunicorn looks.
    @inline(__always)
    func readRequestLine(
        _ bytes: Span<UInt8>,
        _ reading: inout HeadReading,
        _ head: inout RequestHead
    ) throws(Refusal) -> Bool {
        if reading.line == reading.start, bytes[reading.start] == Byte.carriageReturn {
            // One empty line before the request is skipped (RFC 9112, section 2.2), and only one.
            guard reading.start &+ 1 < bytes.count else { return false }
            if bytes[reading.start &+ 1] == Byte.lineFeed { reading.line = reading.start &+ 2 }
        }
        guard let methodEnd = try readMethod(bytes, reading.line, &head) else { return false }
        let target = methodEnd &+ 1
        guard target < bytes.count else { return false }
        let isOrigin = bytes[target] == Byte.slash
        let end =
            isOrigin
            ? RequestTarget.readOriginForm(bytes, from: target, &head)
            : try RequestTarget.readOtherForm(bytes, from: target, &head)
        guard let end else { return false }
        guard bytes[end] == Byte.space else { throw lineFault(bytes, reading.line) }
        head.target = ByteRange(target, end)
        guard let next = try readVersion(bytes, end &+ 1, reading.line, &head) else { return false }
        let length = next &- 2 &- reading.line
        guard length <= limits.limitRequestLine else {
            throw .requestLineSize(length, limit: limits.limitRequestLine)
        }
        reading.line = next
        reading.block = next
        return true
    }

    /// Answers where the space after the method stands.
    @inline(__always)
    private func readMethod(
        _ bytes: Span<UInt8>,
        _ start: Int,
        _ head: inout RequestHead
    ) throws(Refusal) -> Int? {
        if start &+ 8 <= bytes.count {
            let word = ByteScan.word(bytes, at: start)
            if word & 0xffff_ffff == 0x2054_4547 {
                head.method = ByteRange(start, start &+ 3)
                head.methodKind = .get
                return start &+ 3
            }
            if word & 0xff_ffff_ffff == 0x20_5453_4f50 {
                head.method = ByteRange(start, start &+ 4)
                head.methodKind = .post
                return start &+ 4
            }
        }
        return try readUncommonMethod(bytes, start, &head)
    }

    @inline(never)
    private func readUncommonMethod(
        _ bytes: Span<UInt8>,
        _ start: Int,
        _ head: inout RequestHead
    ) throws(Refusal) -> Int? {
        var index = start
        while index < bytes.count, ByteClass.isToken(bytes[index]) { index &+= 1 }
        guard index < bytes.count else { return nil }
        guard bytes[index] == Byte.space, methodIsPermitted(bytes, start..<index) else {
            throw lineFault(bytes, start)
        }
        head.method = ByteRange(start, index)
        head.methodKind = .recognised(bytes, start..<index, casefolded: limits.casefoldMethod)
        return index
    }

    /// Gunicorn's convention on top of the token grammar: 3 to 20 bytes, no lower case, no `#`.
    private func methodIsPermitted(_ bytes: Span<UInt8>, _ method: Range<Int>) -> Bool {
        guard !method.isEmpty else { return false }
        for index in method where !ByteClass.isToken(bytes[index]) { return false }
        if limits.permitUnconventionalMethod { return true }
        guard method.count >= 3, method.count <= 20 else { return false }
        for index in method {
            let byte = bytes[index]
            if ByteClass.isLowerCase(byte) || byte == Byte.hash { return false }
        }
        return true
    }

    /// Reads `HTTP/1.1` and the CRLF; answers where the next line begins.
    @inline(__always)
    private func readVersion(
        _ bytes: Span<UInt8>,
        _ start: Int,
        _ line: Int,
        _ head: inout RequestHead
    ) throws(Refusal) -> Int? {
        // A shorter one is an error, but only its line feed makes the line complete.
        guard start &+ 10 <= bytes.count else {
            guard ByteScan.lineFeed(bytes, from: start) == nil else {
                throw lineFault(bytes, line)
            }
            return nil
        }
        let word = ByteScan.word(bytes, at: start)
        let common = word & 0x00ff_ffff_ffff_ffff == 0x002e_312f_5054_5448
        let major = bytes[start &+ 5] &- 0x30
        let minor = bytes[start &+ 7] &- 0x30
        guard bytes[start &+ 8] == Byte.carriageReturn, bytes[start &+ 9] == Byte.lineFeed,
            common || word & 0x00ff_00ff_ffff_ffff == 0x002e_002f_5054_5448,
            minor < 10, major < 10, common || limits.permitUnconventionalVersion
        else {
            throw lineFault(bytes, line)
        }
        head.version = HTTPVersion(major: major, minor: minor)
        return start &+ 10
    }

    /// Names what is wrong with a request line that is known to be bad.
    @inline(never)
    private func lineFault(_ bytes: Span<UInt8>, _ start: Int) -> Refusal {
        guard let lineFeed = ByteScan.lineFeed(bytes, from: start) else {
            // Not complete: the caller waits for the rest, or finds it too long.
            return .bareLineFeedInRequestLine
        }
        guard lineFeed > start, bytes[lineFeed &- 1] == Byte.carriageReturn else {
            return .bareLineFeedInRequestLine
        }
        let end = lineFeed &- 1
        let line = ByteRange(start, end)
        guard let first = ByteScan.first(Byte.space, bytes, from: start, to: end),
            let second = ByteScan.first(Byte.space, bytes, from: first &+ 1, to: end)
        else {
            return .requestLine(line)
        }
        guard methodIsPermitted(bytes, start..<first) else {
            return .method(ByteRange(start, first))
        }
        let kind = RequestMethod.recognised(
            bytes,
            start..<first,
            casefolded: limits.casefoldMethod
        )
        guard RequestTarget.isWellFormed(bytes, first &+ 1..<second, method: kind) else {
            return .requestLine(line)
        }
        return versionFault(bytes, second &+ 1..<end)
    }

    private func versionFault(_ bytes: Span<UInt8>, _ text: Range<Int>) -> Refusal {
        let start = text.lowerBound
        guard text.count == 8,
            ByteScan.word(bytes, at: start) & 0x00ff_00ff_ffff_ffff == 0x002e_002f_5054_5448,
            ByteClass.isDigit(bytes[start &+ 5]), ByteClass.isDigit(bytes[start &+ 7])
        else {
            return .versionText(ByteRange(text.lowerBound, text.upperBound))
        }
        let version = HTTPVersion(
            major: bytes[start &+ 5] &- 0x30,
            minor: bytes[start &+ 7] &- 0x30
        )
        return limits.isStrict ? .unsupportedVersion(version) : .version(version)
    }
}
