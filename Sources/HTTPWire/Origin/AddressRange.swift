/// A block of IP addresses (RFC 4632, RFC 4291): `10.0.0.0/8`, `::1`, `fd00::/8`. An IPv4-mapped IPv6 address
/// (`::ffff:10.0.0.1`) equals the IPv4 address.
public struct AddressRange: Hashable, Sendable {
    /// The given text.
    public let text: String
    private let address: [UInt8]
    private let prefixBits: Int

    /// - Returns: nil for a malformed block.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = Self.bytes(first) else { return nil }
        var prefixBits = address.count * 8
        if parts.count == 2 {
            guard parts[1].utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains),
                let given = Int(parts[1]), given <= prefixBits
            else { return nil }
            prefixBits = given
        }
        self.text = String(text)
        self.address = address
        self.prefixBits = prefixBits
    }

    /// Whether an address is in the block; false for a malformed address.
    public func contains(_ text: String) -> Bool {
        guard let other = Self.bytes(text), other.count == address.count else { return false }
        return (0..<prefixBits).allSatisfy { bit in
            (address[bit / 8] ^ other[bit / 8]) & 0x80 >> UInt8(bit % 8) == 0
        }
    }

    /// Whether a text is an IPv4 or IPv6 address.
    static func isAddress(_ text: some StringProtocol) -> Bool { bytes(text) != nil }

    // MARK: -

    /// 4 or 16 bytes.
    private static func bytes(_ text: some StringProtocol) -> [UInt8]? {
        guard text.contains(":") else { return v4(text) }
        // The zone after a percent sign is an interface.
        guard let bytes = v6(text.prefix { $0 != "%" }) else { return nil }
        let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        return isMapped ? Array(bytes.suffix(4)) : bytes
    }

    private static func v4(_ text: some StringProtocol) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let bytes = parts.compactMap { part in part.utf8.first == UInt8(ascii: "+") ? nil : UInt8(part) }
        return parts.count == 4 && bytes.count == 4 ? bytes : nil
    }

    private static func v6(_ text: some StringProtocol) -> [UInt8]? {
        let halves = String(text).split(separator: "::", maxSplits: 1, omittingEmptySubsequences: false)
        guard let head = halves.first.flatMap({ groups($0) }) else { return nil }
        guard halves.count == 2 else { return head.count == 16 ? head : nil }
        guard let tail = groups(halves[1]), head.count + tail.count <= 14 else { return nil }
        return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
    }

    private static func groups(_ text: Substring) -> [UInt8]? {
        if text.isEmpty { return [] }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        var bytes: [UInt8] = []
        for (index, part) in parts.enumerated() {
            if index == parts.count - 1, part.contains("."), let last = v4(part) {
                bytes += last
            } else {
                guard (1...4).contains(part.utf8.count), part.utf8.first != UInt8(ascii: "+"),
                    let group = UInt16(part, radix: 16)
                else { return nil }
                bytes += [UInt8(group >> 8), UInt8(group & 0xFF)]
            }
        }
        return bytes
    }
}
