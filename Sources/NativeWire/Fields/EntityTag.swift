public import UploadModel

/// An entity tag (RFC 9110, section 8.8.3).
public struct EntityTag: Hashable, Sendable {
    public let isWeak: Bool
    /// The text between the quotes.
    public let opaque: String

    public init(opaque: String, isWeak: Bool = false) {
        self.opaque = opaque
        self.isWeak = isWeak
    }

    /// A strong tag, `"sha256-…"`. The tag of a concatenation also has the number of its parts.
    public init(_ digest: BlobDigest) {
        switch digest {
        case .whole(let digest): self.init(opaque: "sha256-\(digest.hex)")
        case .composite(let digest, let parts): self.init(opaque: "sha256-\(digest.hex)-\(parts)")
        }
    }

    public var text: String { (isWeak ? "W/" : "") + "\"\(opaque)\"" }

    /// Parses exactly one tag.
    public init?(parsing text: String) {
        var rest = Substring(text).utf8.trimmingBlanks()
        guard let tag = EntityTag(prefixOf: &rest), rest.isEmpty else { return nil }
        self = tag
    }

    /// Section 8.8.3.2: equal, and neither is weak.
    public func matchesStrongly(_ other: EntityTag) -> Bool {
        !isWeak && !other.isWeak && opaque == other.opaque
    }

    /// Section 8.8.3.2: equal, weak or not.
    public func matchesWeakly(_ other: EntityTag) -> Bool {
        opaque == other.opaque
    }

    fileprivate init?(prefixOf rest: inout Substring.UTF8View) {
        isWeak = rest.starts(with: "W/".utf8)
        if isWeak { rest = rest.dropFirst(2) }
        guard rest.popFirst() == UInt8(ascii: "\"") else { return nil }
        let body = rest.prefix { $0 == 0x21 || (0x23...0x7E).contains($0) || $0 >= 0x80 }
        rest = rest.dropFirst(body.count)
        guard rest.popFirst() == UInt8(ascii: "\"") else { return nil }
        opaque = String(Substring(body))
    }
}

/// The value of `If-Match` and `If-None-Match`.
enum EntityTagCondition: Hashable {
    /// `*`: any representation.
    case any
    case tags([EntityTag])

    /// nil if malformed.
    init?(_ field: String) {
        var rest = Substring(field).utf8.trimmingBlanks()
        if rest.elementsEqual("*".utf8) {
            self = .any
            return
        }
        var tags: [EntityTag] = []
        while true {
            rest = rest.drop { $0.isBlank || $0 == UInt8(ascii: ",") }
            guard !rest.isEmpty else { break }
            guard let tag = EntityTag(prefixOf: &rest) else { return nil }
            tags.append(tag)
            rest = rest.drop(while: \.isBlank)
            guard rest.isEmpty || rest.first == UInt8(ascii: ",") else { return nil }
        }
        guard !tags.isEmpty else { return nil }
        self = .tags(tags)
    }

    func contains(where matches: (EntityTag) -> Bool) -> Bool {
        switch self {
        case .any: true
        case .tags(let tags): tags.contains(where: matches)
        }
    }
}
