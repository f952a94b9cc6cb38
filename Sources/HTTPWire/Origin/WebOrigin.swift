/// The origin of a page (RFC 6454): `https://photos.example.org`, with the port unless it is the scheme's.
public struct WebOrigin: Hashable, Sendable {
    /// `http` or `https`.
    public let scheme: String
    public let host: String
    public let port: UInt16

    /// - Returns: nil for anything else, such as the `null` of a sandboxed page.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let authority = Authority(parts[1]) else { return nil }
        self.init(scheme: parts[0].lowercased(), authority)
    }

    /// - Returns: nil for another scheme than `http` and `https`.
    init?(scheme: String, _ authority: Authority) {
        guard let standard: UInt16 = ["http": 80, "https": 443][scheme] else { return nil }
        self.scheme = scheme
        host = authority.host
        port = authority.port ?? standard
    }

    /// In its canonical form.
    public var text: String {
        let isStandard = port == (scheme == "https" ? 443 : 80)
        let host = host.contains(":") ? "[\(host)]" : host
        return "\(scheme)://\(host)" + (isStandard ? "" : ":\(port)")
    }

    /// The origin of a URL.
    public init?(ofURL text: String) {
        guard let scheme = text.firstRange(of: "://") else { return nil }
        self.init(
            text[..<scheme.upperBound] + text[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" })
    }
}
