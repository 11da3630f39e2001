/// An address of the Internet Protocol as bytes, read and written without the C library.
package enum IPAddress: Equatable, Sendable {
    case v4(UInt32)
    case v6(high: UInt64, low: UInt64)

    /// Reads four decimal numbers with dots between them; no leading zeros, nothing left out.
    package static func parseV4(_ bytes: Span<UInt8>, _ range: Range<Int>) -> IPAddress? {
        guard range.upperBound <= bytes.count else { return nil }
        var address: UInt32 = 0
        var index = range.lowerBound
        for part in 0..<4 {
            if part > 0 {
                guard index < range.upperBound, bytes[index] == 0x2e else { return nil }
                index &+= 1
            }
            guard let number = octet(bytes, &index, range.upperBound) else { return nil }
            address = address &<< 8 | number
        }
        return index == range.upperBound ? .v4(address) : nil
    }

    private static func octet(_ bytes: Span<UInt8>, _ index: inout Int, _ end: Int) -> UInt32? {
        let start = index
        var number: UInt32 = 0
        while index < end, ByteClass.isDigit(bytes[index]) {
            guard index == start || number > 0 else { return nil }
            number = number &* 10 &+ UInt32(bytes[index] &- 0x30)
            guard number <= 255 else { return nil }
            index &+= 1
        }
        return index > start ? number : nil
    }

    /// Reads eight groups of hexadecimal digits, `::` for zeros, and an IPv4 tail if there is one.
    package static func parseV6(_ bytes: Span<UInt8>, _ range: Range<Int>) -> IPAddress? {
        guard range.upperBound <= bytes.count else { return nil }
        let end = range.upperBound
        var groups = InlineArray<8, UInt16>(repeating: 0)
        var count = 0
        var gap: Int?
        var index = range.lowerBound
        if end &- index >= 2, bytes[index] == Byte.colon, bytes[index &+ 1] == Byte.colon {
            gap = 0
            index &+= 2
        }
        var needsGroup = gap == nil
        while index < end {
            guard count < 8 else { return nil }
            if count <= 6, case .v4(let tail)? = parseV4(bytes, index..<end) {
                groups[count] = UInt16(truncatingIfNeeded: tail &>> 16)
                groups[count &+ 1] = UInt16(truncatingIfNeeded: tail)
                count &+= 2
                index = end
                needsGroup = false
                break
            }
            guard let group = hexGroup(bytes, &index, end) else { return nil }
            groups[count] = group
            count &+= 1
            needsGroup = false
            guard index < end else { break }
            guard bytes[index] == Byte.colon else { return nil }
            index &+= 1
            if index < end, bytes[index] == Byte.colon {
                guard gap == nil else { return nil }
                gap = count
                index &+= 1
            } else {
                needsGroup = true
            }
        }
        guard !needsGroup, gap == nil ? count == 8 : count < 8 else { return nil }
        return joined(groups, count: count, gap: gap ?? count)
    }

    private static func hexGroup(_ bytes: Span<UInt8>, _ index: inout Int, _ end: Int) -> UInt16? {
        var group: UInt16 = 0
        let start = index
        while index < end, let digit = ByteClass.hexValue(bytes[index]) {
            guard index &- start < 4 else { return nil }
            group = group &<< 4 | UInt16(digit)
            index &+= 1
        }
        return index > start ? group : nil
    }

    private static func joined(
        _ groups: borrowing InlineArray<8, UInt16>,
        count: Int,
        gap: Int
    ) -> IPAddress {
        var high: UInt64 = 0
        var low: UInt64 = 0
        for position in 0..<8 {
            let afterGap = position &- (8 &- count)
            let group =
                position < gap ? groups[position] : afterGap >= gap ? groups[afterGap] : 0
            if position < 4 {
                high = high &<< 16 | UInt64(group)
            } else {
                low = low &<< 16 | UInt64(group)
            }
        }
        return .v6(high: high, low: low)
    }

    /// Appends the canonical text (RFC 5952).
    package func write(into writer: inout ByteWriter) {
        switch self {
        case .v4(let address): Self.writeV4(address, &writer)
        case .v6(let high, let low): Self.writeV6(high, low, &writer)
        }
    }

    private static func writeV4(_ address: UInt32, _ writer: inout ByteWriter) {
        for part: UInt32 in 0..<4 {
            if part > 0 { writer.append(0x2e) }
            writer.append(decimal: Int(address &>> (24 &- part &* 8) & 255))
        }
    }

    private static func writeV6(_ high: UInt64, _ low: UInt64, _ writer: inout ByteWriter) {
        func group(_ index: Int) -> UInt64 {
            let half = index < 4 ? high : low
            return half &>> UInt64(48 &- (index & 3) &* 16) & 0xffff
        }
        if high == 0, low &>> 32 == 0xffff {
            writer.append("::ffff:")
            writeV4(UInt32(truncatingIfNeeded: low), &writer)
            return
        }
        // The longest run of two zeros or more, the first of equals.
        var run = 0..<0
        var index = 0
        while index < 8 {
            var end = index
            while end < 8, group(end) == 0 { end += 1 }
            if end - index >= 2, end - index > run.count { run = index..<end }
            index = max(end, index + 1)
        }
        index = 0
        while index < 8 {
            if !run.isEmpty, index == run.lowerBound {
                writer.append("::")
                index = run.upperBound
                continue
            }
            if index > 0, index != run.upperBound || run.isEmpty { writer.append(Byte.colon) }
            writer.append(lowerHex: group(index))
            index += 1
        }
    }
}

extension ByteWriter {
    fileprivate mutating func append(lowerHex number: UInt64) {
        var shift: UInt64 = number > 0xfff ? 16 : number > 0xff ? 12 : number > 0xf ? 8 : 4
        while shift > 0 {
            shift -= 4
            let digit = UInt8(truncatingIfNeeded: number &>> shift & 15)
            append(digit < 10 ? digit + 0x30 : digit + 0x57)
        }
    }
}
