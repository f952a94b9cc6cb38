public import HTTPTypes

/// The server's origin as a client behind proxies sees it: from `Forwarded` (RFC 7239) or `X-Forwarded-Proto`, `-Host`, `-Port`
/// and `-Prefix`. The first of several values counts: the proxy nearest to the client has added it.
///
/// Anybody can send these fields; only those of a trusted proxy may be used.
public struct ForwardedOrigin: Hashable, Sendable {
    /// `http` or `https`.
    public let scheme: String?
    /// With a port or without.
    public let host: String?
    /// The prefix that the proxies removed from the path: empty, or `/…` without a slash at the end.
    public let pathPrefix: String

    /// Of a direct client.
    ///
    /// - Parameter isSecure: Whether its connection is encrypted.
    public init(isDirectlySecure isSecure: Bool) {
        scheme = isSecure ? "https" : "http"
        host = nil
        pathPrefix = ""
    }

    /// Whether the fields of a request show a proxy.
    public static func isMentioned(in fields: HTTPFields) -> Bool {
        [.forwarded, .forwardedHost, .forwardedProto, .forwardedFor, .via].contains { fields.contains($0) }
    }

    /// Malformed values are ignored.
    ///
    /// - Parameter authority: The request's own host, for proxies that preserve it and name the port alone.
    public init(_ fields: HTTPFields, authority: String? = nil) {
        let element = fields[.forwarded].map { Self.firstElement($0) } ?? [:]
        let scheme = (element["proto"] ?? Self.first(fields[.forwardedProto]))?.lowercased()
        self.scheme = scheme == "http" || scheme == "https" ? scheme : nil
        let given = (element["host"] ?? Self.first(fields[.forwardedHost])).flatMap { Authority($0) }
        let port = element["host"] == nil ? Self.first(fields[.forwardedPort]).flatMap { UInt16($0) } : nil
        if let port, let host = given ?? authority.flatMap({ Authority($0) }), host.port == nil, port > 0 {
            self.host = self.scheme.flatMap { WebOrigin(scheme: $0, host, port: port)?.authority } ?? host.text
        } else {
            self.host = given?.text
        }
        let prefix = Self.first(fields[.forwardedPrefix]) ?? ""
        pathPrefix = Self.isPath(prefix) ? String(prefix.reversed().drop { $0 == "/" }.reversed()) : ""
    }

    /// The first of several values.
    private static func first(_ list: String?) -> String? {
        list?.split(separator: ",").first.map { String($0.trimmingBlanks) }
    }

    /// The pairs of the first element of `Forwarded`, their names in lower case.
    private static func firstElement(_ text: String) -> [String: String] {
        var pairs: [String: String] = [:]
        var rest = Substring(text)
        while true {
            rest = rest.trimmingBlanks
            let name = rest.prefix { $0 != "=" && $0 != ";" && $0 != "," }
            rest = rest.dropFirst(name.count)
            if rest.first == "=" {
                rest.removeFirst()
                pairs[name.lowercased()] = value(&rest)
            }
            rest = rest.trimmingBlanks
            guard rest.first == ";" else { return pairs }
            rest.removeFirst()
        }
    }

    /// A token, or a quoted string without its quotes.
    private static func value(_ rest: inout Substring) -> String {
        guard rest.first == "\"" else {
            let token = rest.prefix { $0 != ";" && $0 != "," }
            rest = rest.dropFirst(token.count)
            return String(token.trimmingBlanks)
        }
        rest.removeFirst()
        var value = ""
        while let character = rest.popFirst(), character != "\"" {
            if character == "\\", let escaped = rest.popFirst() {
                value.append(escaped)
            } else {
                value.append(character)
            }
        }
        return value
    }

    /// Whether a text is the beginning of a path: printable, and not that of a URL without a scheme.
    static func isPath(_ text: String) -> Bool {
        text.hasPrefix("/") && !text.hasPrefix("//") && text.utf8.count <= 1024
            && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"\"<>?#\\".utf8.contains($0) }
    }
}

extension ForwardedOrigin {
    /// The URL of a path on this server: absolute if scheme and host are known.
    ///
    /// - Parameter authority: The request's own host, for proxies that preserve it.
    public func url(_ path: String, authority: String?) -> String {
        guard let scheme, let host = host ?? authority, Authority(host) != nil else { return pathPrefix + path }
        return "\(scheme)://\(host)\(pathPrefix)\(path)"
    }
}

extension HTTPField.Name {
    fileprivate static let forwarded = known("Forwarded")
    fileprivate static let forwardedHost = known("X-Forwarded-Host")
    fileprivate static let forwardedProto = known("X-Forwarded-Proto")
    fileprivate static let forwardedPort = known("X-Forwarded-Port")
    fileprivate static let forwardedFor = known("X-Forwarded-For")
    fileprivate static let forwardedPrefix = known("X-Forwarded-Prefix")
    fileprivate static let via = known("Via")
}
