public import HTTPTypes

extension HTTPField.Name {
    /// RFC 9530, section 2.
    public static let contentDigest = known("Content-Digest")
    /// RFC 9530, section 3.
    public static let reprDigest = known("Repr-Digest")
    /// draft-ietf-httpapi-idempotency-key-header.
    public static let idempotencyKey = known("Idempotency-Key")

    private static func known(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("“\(text)” is no token") }
        return name
    }
}
