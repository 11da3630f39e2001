/// An IP address or network, as `forwarded_allow_ips` and its kin write it.
package struct IPNetwork: Equatable, Sendable {
    /// Four octets or sixteen; bits after the prefix are zero.
    package var octets: [UInt8]
    package var prefixLength: Int
    /// The zone of a scoped address, such as `eth0`.
    package var zone: String?

    package var isVersion6: Bool { octets.count == 16 }

    /// Reads `ADDRESS`, `ADDRESS/LENGTH` or, for version 4, `ADDRESS/MASK`, as strictly as Python's
    /// `ipaddress.ip_network`, with its texts.
    package init(parsing text: String) throws(SettingError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= 2, let (octets, zone) = Self.address(parts[0]),
            let length = parts.count == 1
                ? octets.count * 8 : Self.prefixLength(parts[1], bits: octets.count * 8)
        else {
            throw SettingError(
                "\(pythonRepr(text)) does not appear to be an IPv4 or IPv6 network"
            )
        }
        self.octets = octets
        self.zone = zone
        prefixLength = length
        guard octets == Self.masked(octets, length) else {
            throw SettingError("\(description) has host bits set")
        }
    }

    private static func address(_ text: String) -> ([UInt8], String?)? {
        if let octets = version4(text[...]) { return (octets, nil) }
        let parts = text.split(separator: "%", omittingEmptySubsequences: false)
        guard let first = parts.first, let octets = version6(first) else { return nil }
        if parts.count == 1 { return (octets, nil) }
        guard parts.count == 2, !parts[1].isEmpty else { return nil }
        return (octets, String(parts[1]))
    }

    /// Whether an address, given as four or sixteen octets, lies inside.
    package func contains(_ address: some Collection<UInt8>) -> Bool {
        guard address.count == octets.count else { return false }
        return Self.masked(Array(address), prefixLength) == octets
    }
}

extension IPNetwork {
    /// Dotted decimal: four numbers up to 255, none with a leading zero.
    package static func version4(_ text: Substring) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var octets: [UInt8] = []
        for part in parts {
            guard part.isDecimal, part.count == 1 || !part.hasPrefix("0"), let octet = UInt8(part)
            else { return nil }
            octets.append(octet)
        }
        return octets
    }

    /// The text forms of RFC 4291, section 2.2.
    package static func version6(_ text: Substring) -> [UInt8]? {
        var groups = text.split(separator: ":", omittingEmptySubsequences: false)
        guard groups.count >= 3, groups.count <= 9 else { return nil }
        var tail: [UInt8] = []
        if let last = groups.last, last.contains(".") {
            guard let octets = version4(last) else { return nil }
            tail = octets
            groups.removeLast()
            // "::1.2.3.4" leaves two empty groups, and both belong to the gap.
            groups.append("")
        }
        let bare = tail.isEmpty ? groups : groups.dropLast()
        return expand(Array(bare), tail: tail)
    }

    private static func expand(_ groups: [Substring], tail: [UInt8]) -> [UInt8]? {
        let wanted = (16 - tail.count) / 2
        // An empty group in front or at the end is only right as one half of a double colon.
        var head: [Substring] = groups
        if head.first == "" {
            guard head.count > 1, head[1] == "" else { return nil }
            head.removeFirst()
        }
        if tail.isEmpty, head.last == "", head.count > 1 {
            guard head[head.count - 2] == "" else { return nil }
            head.removeLast()
        }
        let gaps = head.indices.filter { head[$0].isEmpty }
        guard gaps.count <= 1 else { return nil }
        guard let gap = gaps.first else {
            guard head.count == wanted else { return nil }
            return octets(of: head).map { $0 + tail }
        }
        guard head.count - 1 < wanted, let before = octets(of: head[..<gap]),
            let after = octets(of: head[(gap + 1)...])
        else { return nil }
        let zeros = 16 - tail.count - before.count - after.count
        return before + [UInt8](repeating: 0, count: zeros) + after + tail
    }

    private static func octets(of groups: some Sequence<Substring>) -> [UInt8]? {
        var octets: [UInt8] = []
        for group in groups {
            guard group.utf8.count <= 4, !group.hasPrefix("+"),
                let number = UInt16(group, radix: 16)
            else { return nil }
            octets.append(UInt8(number >> 8))
            octets.append(UInt8(number & 0xFF))
        }
        return octets
    }

    private static func prefixLength(_ text: String, bits: Int) -> Int? {
        if text.isDecimal { return Int(text).flatMap { $0 <= bits ? $0 : nil } }
        guard bits == 32, let mask = version4(text[...]) else { return nil }
        let word = mask.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        for candidate in [word, ~word] where candidate.leadingZeroBitCount == 0 || candidate == 0 {
            let ones = (~candidate).leadingZeroBitCount
            if candidate == (ones == 0 ? 0 : ~UInt32(0) << UInt32(32 - ones)) { return ones }
        }
        return nil
    }

    private static func masked(_ octets: [UInt8], _ length: Int) -> [UInt8] {
        octets.indices.map { index in
            let bits = min(max(length - index * 8, 0), 8)
            return octets[index] & ~UInt8(truncatingIfNeeded: 0xFF >> bits)
        }
    }
}

extension IPNetwork {
    /// `ADDRESS/LENGTH`; version 6 in the short form of RFC 5952.
    package var description: String {
        let scope = zone.map { "%" + $0 } ?? ""
        return "\(addressText)\(scope)/\(prefixLength)"
    }

    private var addressText: String {
        guard isVersion6 else { return octets.map(String.init).joined(separator: ".") }
        let groups = stride(from: 0, to: 16, by: 2).map {
            String(UInt16(octets[$0]) << 8 | UInt16(octets[$0 + 1]), radix: 16)
        }
        let gap = longestZeros(groups)
        guard gap.count > 1 else { return groups.joined(separator: ":") }
        return groups[..<gap.lowerBound].joined(separator: ":") + "::"
            + groups[gap.upperBound...].joined(separator: ":")
    }

    private func longestZeros(_ groups: [String]) -> Range<Int> {
        var longest = 0..<0
        var start = 0
        for index in 0...groups.count {
            if index < groups.count, groups[index] == "0" { continue }
            if index - start > longest.count { longest = start..<index }
            start = index + 1
        }
        return longest
    }
}

/// Whose word is taken for who the client is: everybody's, or that of some networks.
package struct TrustedPeers: Equatable, Sendable {
    package var everyone: Bool
    package var networks: [IPNetwork]

    /// From a checked address list; entries that do not parse have been refused before.
    package init(_ entries: [String]) {
        everyone = entries.contains("*")
        networks = entries.compactMap { try? IPNetwork(parsing: $0) }
    }

    /// Whether to believe the peer with that address, given as four or sixteen octets.
    package func contains(_ address: some Collection<UInt8>) -> Bool {
        everyone || networks.contains { $0.contains(address) }
    }
}
