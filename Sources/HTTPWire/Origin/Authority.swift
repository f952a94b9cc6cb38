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
        let text = Substring(text)
        let end =
            text.hasPrefix("[") ? text.firstIndex(of: "]").map { text.index(after: $0) } : text.firstIndex(of: ":")
        let host = text[..<(end ?? text.endIndex)]
        let rest = text[host.endIndex...]
        guard let name = Self.name(host) else { return nil }
        self.host = name
        guard rest.hasPrefix(":") else {
            guard rest.isEmpty else { return nil }
            port = nil
            return
        }
        // A port may be empty.
        guard let port = rest.count == 1 ? 0 : UInt64(exactDigits: rest.dropFirst().utf8), port <= UInt16.max else {
            return nil
        }
        self.port = rest.count == 1 ? nil : UInt16(port)
    }

    /// As in a URL.
    public var text: String {
        (host.contains(":") ? "[\(host)]" : host) + (port.map { ":\($0)" } ?? "")
    }

    private static func name(_ host: Substring) -> String? {
        guard host.utf8.count <= hostBytesMax else { return nil }
        if host.hasPrefix("[") {
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
        let name = host.hasSuffix(".") ? host.dropLast() : host
        // No label is empty: a second dot at the end would make another name of the same host.
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        return isPlain && labels.allSatisfy { !$0.isEmpty } ? name.lowercased() : nil
    }
}
