public import HTTPTypes
import RawStructuredFieldValues
public import SessionCore
public import UploadModel

/// `Idempotency-Key`: a structured string, `"8e03978e"` (draft-ietf-httpapi-idempotency-key-header), or the same text
/// without quotes, as many clients send it. Both forms are the same key.
public enum IdempotencyKeyField {
    /// The key of a request; nil if it has none.
    ///
    /// - Throws: `invalid_argument` for an empty key, characters outside of printable ASCII, an unterminated string, or
    ///   more than one field. The engine limits the length.
    public static func parse(_ fields: HTTPFields) throws(UploadError) -> IdempotencyKey? {
        let values = fields[values: .idempotencyKey]
        guard let value = values.first else { return nil }
        guard values.count == 1 else { throw refusal("must be there once only") }
        return try parse(value)
    }

    /// - Throws: As above.
    public static func parse(_ value: String) throws(UploadError) -> IdempotencyKey {
        let text = Substring(value).utf8.trimmingBlanks()
        let bytes = text.first == UInt8(ascii: "\"") ? try quoted(text) : Array(text)
        guard !bytes.isEmpty else { throw refusal("is empty") }
        guard bytes.allSatisfy(isPrintable) else { throw refusal("has characters beyond printable ASCII") }
        return IdempotencyKey(bytes: bytes)
    }

    /// The value of the field, in quotes; nil for a key that the field cannot represent.
    public static func format(_ key: IdempotencyKey) -> String? {
        guard !key.bytes.isEmpty, key.bytes.allSatisfy(isPrintable) else { return nil }
        let escaped = key.bytes.flatMap { byte in
            byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") ? [UInt8(ascii: "\\"), byte] : [byte]
        }
        return "\"\(String(decoding: escaped, as: UTF8.self))\""
    }

    private static func quoted(_ text: Substring.UTF8View) throws(UploadError) -> [UInt8] {
        var parser = StructuredFieldValueParser(Array(text))
        guard let item = try? parser.parseItemFieldValue(), case .string(let string) = item.rfc9651BareItem else {
            throw refusal("is no string of structured fields (RFC 9651)")
        }
        return Array(string.utf8)
    }

    private static func isPrintable(_ byte: UInt8) -> Bool { (0x20...0x7E).contains(byte) }

    private static func refusal(_ problem: String) -> UploadError {
        UploadError(.invalidArgument("idempotency-key", problem))
    }
}

extension HTTPField.Name {
    /// RFC 9530, section 2.
    public static let contentDigest = known("Content-Digest")
    /// RFC 9530, section 3.
    public static let reprDigest = known("Repr-Digest")
    /// draft-ietf-httpapi-idempotency-key-header.
    public static let idempotencyKey = known("Idempotency-Key")

    package static func known(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("“\(text)” is no token") }
        return name
    }
}
