/// A media type, or all subtypes of a type: `image/jpeg`, `image/*` (RFC 9110, section 12.5.1, without parameters and
/// without `*/*`).
public struct MediaRange: Hashable, Sendable {
    /// In lower case.
    public let text: String

    /// - Returns: nil for anything else.
    public init?(_ text: String) {
        let parts = text.lowercased().split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, Self.isToken(parts[0]), parts[0] != "*", parts[1] == "*" || Self.isToken(parts[1])
        else {
            return nil
        }
        self.text = parts.joined(separator: "/")
    }

    /// Whether a media type with optional parameters lies in this range.
    public func contains(_ mediaType: String) -> Bool {
        let essence = mediaType.prefix { $0 != ";" }.lowercased()
        let end = essence.lastIndex { $0 != " " && $0 != "\t" }
        let type = essence[..<(end.map { essence.index(after: $0) } ?? essence.startIndex)]
        guard text.hasSuffix("/*") else { return type == text }
        return type.utf8.starts(with: text.utf8.dropLast())
    }

    /// `token` of RFC 9110, section 5.6.2, without `*`.
    private static func isToken(_ text: Substring) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
                default: "!#$%&'+-.^_`|~".utf8.contains(byte)
                }
            }
    }
}
