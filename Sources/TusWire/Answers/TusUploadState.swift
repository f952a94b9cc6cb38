public import HTTPTypes

/// What answers say about an upload.
public struct TusUploadState: Hashable, Sendable {
    /// nil for a final upload that is not assembled yet: it has no offset.
    public var offset: UInt64?
    public var length: UInt64?
    /// Whether the length is still to come.
    public var isLengthDeferred: Bool
    public var kept: KeptFields
    /// When it expires unless it is used before, as an HTTP date; nil if it does not.
    public var expires: String?

    public init(offset: UInt64?, length: UInt64?, isLengthDeferred: Bool, kept: KeptFields, expires: String?) {
        self.offset = offset
        self.length = length
        self.isLengthDeferred = isLengthDeferred
        self.kept = kept
        self.expires = expires
    }

    /// Of the answers to `POST` and `PATCH`.
    public var progressFields: HTTPFields {
        var fields: HTTPFields = [:]
        fields[TusField.uploadOffset] = offset.map { String($0) }
        fields[TusField.uploadExpires] = expires
        return fields
    }

    /// Of the answer to `HEAD`, which nobody may cache.
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
    /// Of the answer to `OPTIONS`.
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
