import FoundationEssentials
public import HTTPTypes
import RawStructuredFieldValues
public import UploadModel

/// `Content-Digest` and `Repr-Digest` (RFC 9530): a dictionary of algorithms and byte sequences (RFC 9651). Algorithms
/// other than `sha-256` are ignored.
public enum ContentDigest {
    /// The SHA-256 in the field; nil if the field is missing or has only other algorithms.
    ///
    /// - Throws: `invalid_argument` if the field is not a dictionary or its `sha-256` is not 32 bytes in Base64.
    public static func parse(
        _ fields: HTTPFields, _ name: HTTPField.Name = .contentDigest
    ) throws(UploadError) -> Digest? {
        guard let value = fields[name] else { return nil }
        return try parse(value, name)
    }

    /// Reads the value of a field; several lines of one field are joined with commas.
    ///
    /// - Throws: As above.
    public static func parse(
        _ value: String, _ name: HTTPField.Name = .contentDigest
    ) throws(UploadError) -> Digest? {
        var parser = StructuredFieldValueParser(Array(value.utf8))
        guard let dictionary = try? parser.parseDictionaryFieldValue() else {
            throw UploadError(.invalidArgument(name.canonicalName, "is no dictionary of digests (RFC 9530)"))
        }
        guard let member = dictionary["sha-256"] else { return nil }
        guard case .item(let item) = member, case .undecodedByteSequence(let base64) = item.rfc9651BareItem,
            let data = Data(base64Encoded: base64), let digest = Digest(bytes: data)
        else {
            throw UploadError(.invalidArgument(name.canonicalName, "must give sha-256 as 32 bytes in Base64"))
        }
        return digest
    }

    /// `sha-256=:…:`.
    public static func format(_ digest: Digest) -> String {
        "sha-256=:\(Data(digest.bytes).base64EncodedString()):"
    }
}
