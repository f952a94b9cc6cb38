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
    ///
    /// - Parameter port: For an authority without one; nil for that of the scheme.
    init?(scheme: String, _ authority: Authority, port: UInt16? = nil) {
        guard let standard: UInt16 = ["http": 80, "https": 443][scheme] else { return nil }
        self.scheme = scheme
        host = authority.host
        self.port = authority.port ?? port ?? standard
    }

    /// In its canonical form.
    public var text: String { "\(scheme)://\(authority)" }

    /// The host, with the port unless it is the scheme's.
    package var authority: String {
        let isStandard = port == (scheme == "https" ? 443 : 80)
        let host = host.contains(":") ? "[\(host)]" : host
        return host + (isStandard ? "" : ":\(port)")
    }

    /// The origin of a URL.
    public init?(ofURL text: String) {
        self.init(Self.split(text).origin)
    }

    /// Whether a text is an origin, or one with a path: `https://example.org/uploads`, without a slash at the end, a query or a
    /// fragment.
    public static func isBaseURL(_ text: String) -> Bool {
        let (origin, path) = split(text)
        return WebOrigin(origin) != nil && (path.isEmpty || ForwardedOrigin.isPath(path) && !path.hasSuffix("/"))
    }

    private static func split(_ text: String) -> (origin: String, path: String) {
        guard let scheme = text.firstRange(of: "://") else { return (text, "") }
        let end = text[scheme.upperBound...].firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? text.endIndex
        return (String(text[..<end]), String(text[end...]))
    }
}
