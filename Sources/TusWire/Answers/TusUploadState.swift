public import HTTPTypes

/// The state of an upload for the fields of a response.
public struct TusUploadState: Hashable, Sendable {
    /// nil for a final upload that is not assembled yet.
    public var offset: UInt64?
    public var length: UInt64?
    /// Whether the length is not declared yet.
    public var isLengthDeferred: Bool
    public var kept: KeptFields
    /// The expiry of the unused upload as an HTTP date; nil if it does not expire.
    public var expires: String?

    public init(offset: UInt64?, length: UInt64?, isLengthDeferred: Bool, kept: KeptFields, expires: String?) {
        self.offset = offset
        self.length = length
        self.isLengthDeferred = isLengthDeferred
        self.kept = kept
        self.expires = expires
    }

    /// For responses to `POST` and `PATCH`.
    public var progressFields: HTTPFields {
        var fields = expiryFields
        fields[TusField.uploadOffset] = offset.map { String($0) }
        return fields
    }

    /// For responses to a `PATCH` that failed.
    public var expiryFields: HTTPFields {
        var fields: HTTPFields = [:]
        fields[TusField.uploadExpires] = expires
        return fields
    }

    /// For the response to `HEAD`, which must not be cached.
    public var headFields: HTTPFields {
        var fields = progressFields
        fields[.cacheControl] = "no-store"
        fields[TusField.uploadLength] = length.map { String($0) }
        if isLengthDeferred { fields[TusField.uploadDeferLength] = "1" }
        if !kept.metadata.isEmpty { fields[TusField.uploadMetadata] = kept.metadata }
        fields[TusField.uploadConcat] = kept.concat?.text
        return fields
    }
}

extension Tus {
    /// For the response to `OPTIONS`.
    ///
    /// - Parameter sizeMax: Bytes of one upload.
    public static func capabilities(sizeMax: UInt64) -> HTTPFields {
        [
            TusField.version: version,
            TusField.extension: extensions.joined(separator: ","),
            TusField.maxSize: String(sizeMax),
            TusField.checksumAlgorithm: ChecksumAlgorithm.allCases.map(\.rawValue).joined(separator: ","),
        ]
    }
}
