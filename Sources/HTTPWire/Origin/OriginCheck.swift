public import HTTPTypes

/// Decides whether a request may be performed, by the host that it names and by the page that sent it: against DNS
/// rebinding, and against pages of other sites that make a browser send requests (cross-site request forgery).
///
/// Browsers send `Origin` with every request that changes state, and `Sec-Fetch-Site` (Fetch Metadata) to servers
/// that they trust to be who they are: over TLS, and on the same machine. Pages can set neither. Other clients send
/// neither, and are not refused.
public struct OriginCheck: Hashable, Sendable {
    public let hosts: AllowedHosts
    /// The origin of the server's own pages, if it is configured.
    public let publicOrigin: WebOrigin?
    /// The origin of stored bytes, if it is another one.
    public let contentOrigin: WebOrigin?

    public init(hosts: AllowedHosts = .any, publicOrigin: WebOrigin? = nil, contentOrigin: WebOrigin? = nil) {
        self.hosts = hosts
        self.publicOrigin = publicOrigin
        self.contentOrigin = contentOrigin
    }

    /// - Parameters:
    ///   - method: The method that is performed, if a field of the request overrides its own.
    ///   - forwarded: The origin that a trusted proxy reports.
    ///   - policy: The origins whose pages may use the protocol.
    /// - Returns: 400 for a malformed host, 421 for a host for which the server does not answer, 403 for a request of
    ///   another origin that may change something; nil for an admitted request.
    public func failure(
        of request: HTTPRequest, performing method: HTTPRequest.Method? = nil, forwarded: ForwardedOrigin? = nil,
        admitting policy: CrossOriginPolicy = .none
    ) -> RequestFailure? {
        // A request of HTTP/1.0 has no host, and does not come from a browser.
        var own: Authority?
        // All of them count: pages can send the fields of proxies.
        for text in [request.authority, request.targetAuthority, forwarded?.host].compactMap(\.self) {
            guard let authority = Authority(text) else { return .malformedHost }
            guard hosts.admits(authority) else { return .misdirected(authority) }
            own = authority
        }
        guard request.method.changesState || method?.changesState ?? false else { return nil }
        return admitsSender(of: request.headerFields, own, forwarded?.scheme, policy) ? nil : .crossOrigin
    }

    /// What a request for stored bytes, or for something else, gets where both have origins of their own.
    public enum Place: Hashable, Sendable {
        case here
        /// Stored bytes that a page or a person opens in a browser: at the content origin. Scripts and other clients have them
        /// here, too, as bytes without a page.
        case contentOrigin(WebOrigin)
        /// Anything but stored bytes, at the content origin.
        case nowhere
    }

    /// - Parameter isDownload: Whether the request is for stored bytes.
    public func place(of request: HTTPRequest, isDownload: Bool, forwarded: ForwardedOrigin? = nil) -> Place {
        guard let contentOrigin else { return .here }
        if isContentHost(request, forwarded: forwarded) { return isDownload ? .here : .nowhere }
        let destination = request.headerFields[.secFetchDest] ?? "empty"
        return isDownload && destination != "empty" ? .contentOrigin(contentOrigin) : .here
    }

    /// Whether a request names the host of the content origin.
    public func isContentHost(_ request: HTTPRequest, forwarded: ForwardedOrigin? = nil) -> Bool {
        guard let contentOrigin,
            let text = forwarded?.host ?? request.targetAuthority ?? request.authority, let own = Authority(text)
        else { return false }
        return WebOrigin(scheme: contentOrigin.scheme, own) == contentOrigin
    }

    private func admitsSender(
        of fields: HTTPFields, _ own: Authority?, _ ownScheme: String?, _ policy: CrossOriginPolicy
    ) -> Bool {
        let origins = fields[values: .origin]
        guard origins.count <= 1 else { return false }
        let origin = origins.first
        if let origin, policy.admits(origin) { return true }
        let isOwnOrAbsent = origin.map { isOwn($0, own, ownScheme) } ?? true
        return switch fields[.secFetchSite] {
        // Also through a proxy that hides the host from the server.
        case "same-origin": true
        // A person: the address bar, a bookmark.
        case "none", nil: isOwnOrAbsent
        default: false
        }
    }

    private func isOwn(_ text: String, _ own: Authority?, _ ownScheme: String?) -> Bool {
        guard let origin = WebOrigin(text) else { return false }
        if origin == publicOrigin { return true }
        // An unknown proxy may have added TLS.
        return own.flatMap { WebOrigin(scheme: ownScheme ?? origin.scheme, $0) } == origin
    }
}

extension HTTPRequest {
    var targetAuthority: String? { path.flatMap { Self.authority(ofTarget: $0) } }

    /// The authority of a target in absolute form (RFC 9112, section 3.2.2), which may be malformed; nil for another form
    /// and for a scheme that is not HTTP.
    package static func authority(ofTarget target: String) -> String? {
        guard !target.hasPrefix("/"), let mark = target.firstRange(of: "://"),
            ["http", "https"].contains(target[..<mark.lowerBound].lowercased())
        else { return nil }
        return String(target[mark.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" })
    }
}

extension HTTPRequest.Method {
    /// Whether the method is not one of the safe ones (RFC 9110, section 9.2.1).
    var changesState: Bool {
        switch self {
        case .get, .head, .options: false
        default: true
        }
    }
}

extension HTTPField.Name {
    /// Fetch Metadata: the relation of the page that sent a request to the server.
    package static let secFetchSite = known("Sec-Fetch-Site")
    /// Fetch Metadata: what the page makes of the response; `empty` for a script's own request.
    package static let secFetchDest = known("Sec-Fetch-Dest")
}
