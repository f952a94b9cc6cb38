public import HTTPTypes
import RawStructuredFieldValues

/// What a creation has said for the end of its upload. `AssetMetadata.opaque` stores it after a line feed, which no field can
/// contain, behind the metadata of tus.
public struct KeptChoices: Hashable, Sendable {
    /// Whether the final response is to have the digest of the whole (`Want-Repr-Digest`).
    public let wantsDigest: Bool

    public init(_ fields: HTTPFields) {
        wantsDigest = Self.wantsSHA256(fields[ResumableField.wantReprDigest])
    }

    /// Reads the stored text of an upload of any protocol.
    ///
    /// - Returns: nil if it was not created by this one.
    public init?(opaque: String) {
        guard let line = opaque.firstIndex(of: "\n") else { return nil }
        switch opaque[opaque.index(after: line)...] {
        case Self.mark: wantsDigest = false
        case Self.digestMark: wantsDigest = true
        default: return nil
        }
    }

    /// - Parameter metadata: `Upload-Metadata` as received.
    public func opaque(metadata: String) -> String {
        metadata + "\n" + (wantsDigest ? Self.digestMark : Self.mark)
    }

    private static let mark = "resumable"
    private static let digestMark = "resumable repr-digest"

    /// A preference of 0 means that the algorithm is not acceptable (RFC 9530, section 4).
    private static func wantsSHA256(_ text: String?) -> Bool {
        guard let text else { return false }
        var parser = StructuredFieldValueParser(Array(text.utf8))
        guard case .item(let item)? = try? parser.parseDictionaryFieldValue()["sha-256"],
            case .integer(let preference) = item.rfc9651BareItem
        else { return false }
        return (1...10).contains(preference)
    }
}
