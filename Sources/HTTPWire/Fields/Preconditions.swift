public import HTTPTypes
public import SessionCore
public import UploadModel

/// The outcome of a conditional request (RFC 9110, section 13).
public enum Preconditions: Hashable, Sendable {
    /// - Parameter rangeCounts: Whether `Range` applies; false if `If-Range` does not hold, and for all methods but
    ///   `GET`, the only one for which it is defined (section 14.2).
    case proceed(rangeCounts: Bool)
    /// 304.
    case notModified
    /// 412.
    case preconditionFailed

    /// Evaluates the fields in the order of section 13.2.2, for a representation that exists.
    ///
    /// Malformed dates and a malformed `If-None-Match` are ignored. A malformed `If-Match` fails, since its purpose is
    /// to prevent the request.
    ///
    /// - Parameters:
    ///   - lastModified: Compared in whole seconds. A strong validator, since content never changes.
    ///   - now: Resolves two-digit years.
    public init(
        _ fields: HTTPFields, method: HTTPRequest.Method, tag: EntityTag, lastModified: Timestamp, now: Timestamp
    ) {
        let isRead = method == .get || method == .head
        let modifiedSecond = lastModified.milliseconds.flooredQuotient(1000)
        func second(_ name: HTTPField.Name) -> Int64? {
            fields[name].flatMap { Timestamp(httpDate: $0, now: now) }?.milliseconds.flooredQuotient(1000)
        }

        if let field = fields[.ifMatch] {
            guard EntityTagCondition(field)?.contains(where: tag.matchesStrongly) ?? false else {
                self = .preconditionFailed
                return
            }
        } else if let since = second(.ifUnmodifiedSince), modifiedSecond > since {
            self = .preconditionFailed
            return
        }

        if let field = fields[.ifNoneMatch] {
            if EntityTagCondition(field)?.contains(where: tag.matchesWeakly) ?? false {
                self = isRead ? .notModified : .preconditionFailed
                return
            }
        } else if isRead, let since = second(.ifModifiedSince), modifiedSecond <= since {
            self = .notModified
            return
        }

        self = .proceed(rangeCounts: method == .get && Self.rangeHolds(fields[.ifRange], tag, modifiedSecond, now))
    }

    /// Section 13.1.5: a tag must match strongly, a date exactly.
    private static func rangeHolds(
        _ field: String?, _ tag: EntityTag, _ modifiedSecond: Int64, _ now: Timestamp
    ) -> Bool {
        guard let field else { return true }
        if let other = EntityTag(parsing: field) { return tag.matchesStrongly(other) }
        guard let date = Timestamp(httpDate: field, now: now) else { return false }
        return date.milliseconds.flooredQuotient(1000) == modifiedSecond
    }
}

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
