import HTTPWire
import UploadHTTP

/// The settings of the names under which clients reach the server, and of the proxies in between.
extension Setting {
    static let site: [Setting] = [
        .text(
            "allowed-hosts", \.site.hosts,
            "Hosts for which the server answers, besides its own and loopback: a comma-separated list, or `any`. "
                + "`auto` adds none with `auth=none`, and admits any host otherwise.",
            expects: "auto, any or photos.example.org,…"
        ) { text in
            switch text {
            case "auto": return .automatic
            case "any": return .any
            default:
                let hosts = list(text).map { Authority($0) }
                let names = hosts.compactMap { $0?.port == nil ? $0?.host : nil }
                return !hosts.isEmpty && names.count == hosts.count ? .only(Set(names)) : nil
            }
        } write: { hosts in
            switch hosts {
            case .automatic: "auto"
            case .any: "any"
            case .only(let names): names.sorted().map { $0.contains(":") ? "[\($0)]" : $0 }.joined(separator: ",")
            }
        },
        .text(
            "trusted-proxies", \.site.trustedProxies,
            "Comma-separated addresses of proxies whose `Forwarded` and `X-Forwarded-*` fields are trusted.",
            expects: "a list such as 127.0.0.1,10.0.0.0/8,fd00::/8"
        ) { text in
            let ranges = list(text).map { AddressRange($0) }
            return ranges.contains(nil) ? nil : ranges.compactMap { $0 }
        } write: {
            $0.map(\.text).joined(separator: ",")
        },
        origin(
            "public-origin", \.site.publicOrigin,
            "Origin of the server for its clients: in the URLs of tus uploads, and of its own pages; with a path if a proxy "
                + "removes it. Empty for that of the request.",
            example: "https://uploads.example.org or https://example.org/uploads", isValid: WebOrigin.isBaseURL),
        origin(
            "content-origin", \.site.contentOrigin,
            "Origin for stored bytes that browsers open, with a host that leads to this server; nothing else is served there. "
                + "Empty for the server's own.",
            example: "https://content.example.net"),
        .choice(
            "interim-responses", \.site.interimResponses,
            "Who gets the interim responses 104 of IETF resumable uploads: `auto` (no client behind a proxy), `on` (all: for proxies "
                + "that pass them on) or `off`."),
    ]

    /// An origin; nil for none.
    private static func origin(
        _ name: String, _ target: Target<String?>, _ summary: String, example: String,
        isValid: @escaping @Sendable (String) -> Bool = { isOrigin($0) }
    ) -> Setting {
        .text(name, target, summary, expects: "an origin such as \(example)") { text in
            if text.isEmpty { return .some(nil) }
            return isValid(text) ? .some(text) : nil
        } write: {
            $0 ?? ""
        }
    }

    static func list(_ text: String) -> [String] {
        text.split(separator: ",").map { $0.filter { $0 != " " } }
    }

    static func isOrigin(_ text: String) -> Bool { WebOrigin(text) != nil }
}
