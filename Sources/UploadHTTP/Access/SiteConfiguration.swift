import HTTPTypes
public import HTTPWire

/// The names under which clients reach a server, and the proxies in between.
public struct SiteConfiguration: Hashable, Sendable {
    /// Which hosts a request may name.
    public var hosts = HostPolicy.automatic
    /// Proxies whose `Forwarded` and `X-Forwarded-*` fields are trusted.
    public var trustedProxies: [AddressRange] = []
    /// The origin of the server: `https://uploads.example.org`, without a trailing slash; with a path in front of the server's
    /// own if a proxy removes it: `https://example.org/uploads`. The URLs of tus uploads begin with it, and the server's own
    /// pages come from its origin. nil derives it from a trusted proxy or from the request of a
    /// direct client; behind other proxies URLs are paths.
    public var publicOrigin: String?

    /// The origin of stored bytes, with a host of its own that leads to the same server:
    /// `https://wharf-content.example.net`, without a trailing slash. Pages and persons that open stored bytes in a browser
    /// are redirected there, and nothing else is served there. nil for the server's own origin.
    public var contentOrigin: String?

    /// Who gets the interim responses 104 of resumable uploads (draft-ietf-httpbis-resumable-upload).
    public var interimResponses = InterimResponses.auto

    public init() {}

    public enum InterimResponses: String, CaseIterable, Hashable, Sendable {
        /// Direct clients, and none behind a proxy that shows itself (`Forwarded`, `X-Forwarded-…`, `Via`): nginx takes an interim
        /// response for the final one, which breaks uploads over HTTP/2.
        case auto
        case on
        case off
    }

    public enum HostPolicy: Hashable, Sendable {
        /// With a server that admits everybody: those of `only` without names. Otherwise every host.
        case automatic
        /// These, `localhost` and the names below it, loopback addresses, the address that the server listens on, and
        /// the hosts of `publicOrigin` and `contentOrigin`. Other requests are refused with 421.
        case only(Set<String>)
        case any
    }
}

extension SiteConfiguration {
    /// - Parameters:
    ///   - listening: The host that the server listens on; nil for the server of an application.
    ///   - admitsEverybody: Whether there is no authentication.
    func originCheck(listening: String?, admitsEverybody: Bool) -> OriginCheck {
        let publicOrigin = publicOrigin.flatMap { WebOrigin(ofURL: $0) }
        let contentOrigin = contentOrigin.flatMap { WebOrigin(ofURL: $0) }
        func only(_ names: Set<String>) -> AllowedHosts {
            AllowedHosts(
                listening: listening, names: names.union([publicOrigin?.host, contentOrigin?.host].compactMap(\.self)))
        }
        let allowed: AllowedHosts =
            switch hosts {
            case .automatic: admitsEverybody ? only([]) : .any
            case .only(let names): only(names)
            case .any: .any
            }
        return OriginCheck(hosts: allowed, publicOrigin: publicOrigin, contentOrigin: contentOrigin)
    }

    /// The origin that a trusted proxy reports; nil if the peer is not one.
    ///
    /// - Parameter peer: Its address, which is formatted only if there are trusted proxies.
    func forwardedOrigin(of request: HTTPRequest, peer: @autoclosure () -> String?) -> ForwardedOrigin? {
        guard !trustedProxies.isEmpty, let peer = peer(), trustedProxies.contains(where: { $0.contains(peer) }) else {
            return nil
        }
        return ForwardedOrigin(request.headerFields, authority: request.authority)
    }
}
