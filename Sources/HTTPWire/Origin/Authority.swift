/// A host with an optional port (RFC 3986, section 3.2), as in `Host`: `example.org:8080`, `[::1]`. Without user
/// information, and with the characters of domain names and addresses only: it is safe in a URL and in an error.
public struct Authority: Hashable, Sendable {
    private static let hostBytesMax = 255

    /// In lower case, without the brackets of an IPv6 address and without the dot after a fully qualified name.
    public let host: String
    /// nil for that of the scheme.
    public let port: UInt16?

    /// - Returns: nil for an empty host, and for anything but a host and a port.
    public init?(_ text: some StringProtocol) {
        // By bytes, since each request has one: finding characters takes longer.
        let text = Substring(text).utf8
        let end =
            text.first == UInt8(ascii: "[")
            ? text.firstIndex(of: UInt8(ascii: "]")).map { text.index(after: $0) }
            : text.firstIndex(of: UInt8(ascii: ":"))
        let host = text[..<(end ?? text.endIndex)]
        let rest = text[host.endIndex...]
        guard let name = Self.name(Substring(host)) else { return nil }
        self.host = name
        guard rest.first == UInt8(ascii: ":") else {
            guard rest.isEmpty else { return nil }
            port = nil
            return
        }
        // A port may be empty.
        let digits = rest.dropFirst()
        guard let port = digits.isEmpty ? 0 : UInt64(exactDigits: digits), port <= UInt16.max else { return nil }
        self.port = digits.isEmpty ? nil : UInt16(port)
    }

    /// As in a URL.
    public var text: String {
        (host.contains(":") ? "[\(host)]" : host) + (port.map { ":\($0)" } ?? "")
    }

    private static func name(_ host: Substring) -> String? {
        guard host.utf8.count <= hostBytesMax else { return nil }
        if host.utf8.first == UInt8(ascii: "[") {
            let address = host.dropFirst().dropLast().lowercased()
            return host.hasSuffix("]") && address.contains(":") && !address.contains("%")
                && AddressRange.isAddress(address)
                ? address : nil
        }
        let isPlain = host.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        guard isPlain else { return nil }
        let dot = UInt8(ascii: ".")
        let name = host.utf8.last == dot ? host.dropLast() : host
        // No label is empty: a second dot at the end would make another name of the same host.
        let bytes = name.utf8
        let hasEmptyLabel =
            bytes.isEmpty || bytes.first == dot || bytes.last == dot || bytes.hasAdjacent(dot)
        return hasEmptyLabel ? nil : name.lowercased()
    }
}
