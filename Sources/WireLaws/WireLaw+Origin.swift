import HTTPTypes
import HTTPWire
import UploadModel

/// Parsers on which the decision depends who sent a request, and from where.
extension WireLaw {
    static func authority(_ text: String) -> String? {
        guard let authority = Authority(text) else { return nil }
        guard Authority(authority.text) == authority else { return "“\(authority.text)” is not read back" }
        let isSafe = authority.text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            default: "-._:[]".utf8.contains(byte)
            }
        }
        return isSafe ? nil : "“\(authority.text)” is not safe in a URL"
    }

    /// The origin of a URL is that of its beginning, whatever follows.
    static func webOrigin(_ text: String) -> String? {
        guard let origin = WebOrigin(text) else { return nil }
        for written in [origin.text, origin.text + "/a?b#c", origin.text + "?//d", origin.text + "#e@f"] {
            guard WebOrigin(ofURL: written) == origin else { return "“\(written)” is not of \(origin.text)" }
        }
        return WebOrigin(origin.text) == origin ? nil : "“\(origin.text)” is not read back"
    }

    static func addressRange(_ text: String) -> String? {
        guard let range = AddressRange(text) else { return nil }
        return range.contains(String(text.prefix { $0 != "/" })) ? nil : "“\(text)” is not in its own block"
    }

    static func forwardedOrigin(_ text: String) -> String? {
        for field in ["Forwarded", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Prefix"] {
            guard let name = HTTPField.Name(field) else { return "no field “\(field)”" }
            let origin = ForwardedOrigin([name: text])
            if let scheme = origin.scheme, scheme != "http", scheme != "https" { return "the scheme is “\(scheme)”" }
            if let host = origin.host, Authority(host)?.text != host { return "the host is “\(host)”" }
            let prefix = origin.pathPrefix
            let isPath = prefix.isEmpty || prefix.hasPrefix("/") && !prefix.hasSuffix("/") && !prefix.hasPrefix("//")
            guard isPath else { return "the path is “\(prefix)”" }
        }
        return nil
    }

    static func linkToken(_ text: String) -> String? {
        guard let token = LinkToken(text: text) else { return nil }
        guard LinkToken(text: token.text) == token else { return "“\(token.text)” is not read back" }
        guard let secret = LinkSecret(bytes: Array(repeating: 0, count: LinkSecret.byteCount)) else { return nil }
        let isGenuine = LinkToken(of: token.link, in: token.capsule, secret: secret) == token
        return token.isSigned(with: secret) == isGenuine ? nil : "“\(token.text)” is taken for a signed token"
    }

    static func mediaRange(_ text: String) -> String? {
        guard let range = MediaRange(text) else { return nil }
        guard MediaRange(range.text) == range else { return "“\(range.text)” is not read back" }
        // The catalogue separates them by spaces.
        return range.text.utf8.contains { $0 <= 0x20 || $0 >= 0x7F } ? "“\(range.text)” is no list element" : nil
    }
}
