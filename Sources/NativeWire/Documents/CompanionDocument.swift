public import UploadModel

/// A blob that becomes an asset of the memory derived from an upload.
public struct CompanionDocument: Codable, Hashable, Sendable {
    /// `video`, `raw` or `sidecar`.
    public var kind: String
    /// The id of a blob in the capsule of the upload.
    public var blob: String

    public init(kind: String, blob: String) {
        self.kind = kind
        self.blob = blob
    }
}

extension [CompanionDocument] {
    /// The form of queries: `video:BLOB,raw:BLOB`; nil for none.
    var queryText: String? { isEmpty ? nil : map { "\($0.kind):\($0.blob)" }.joined(separator: ",") }
}

extension RecipeChoice {
    /// - Parameters:
    ///   - derive: The value from the client: `photo`, `none`, or nil for the capsule's default.
    ///   - companions: Of a document; nil, like an empty list, for none.
    /// - Throws: `invalid_argument`, also for companions without `photo`; `not_found` for a malformed id of a blob.
    public init(derive: String?, companions: [CompanionDocument]?) throws(UploadError) {
        let named = try (companions ?? []).map { companion throws(UploadError) in
            try Companion(kind: companion.kind, blob: companion.blob)
        }
        self = try RecipeChoice(derive: derive).with(named)
    }

    /// - Parameters:
    ///   - derive: As for a document.
    ///   - companions: Of a query, in the form `video:BLOB,raw:BLOB`.
    /// - Throws: As for a document.
    public init(derive: String?, companionsText companions: String?) throws(UploadError) {
        self = try RecipeChoice(derive: derive).with([Companion](text: companions ?? ""))
    }
}
