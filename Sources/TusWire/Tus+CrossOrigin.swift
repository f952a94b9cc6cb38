import HTTPTypes
public import HTTPWire

extension Tus {
    /// The methods and fields of the protocol, for pages of admitted origins.
    public static func crossOriginAccess(_ policy: CrossOriginPolicy) -> CrossOriginAccess {
        CrossOriginAccess(
            policy, methods: [.post, .head, .patch, .delete, .get, .options],
            requestFields: [
                TusField.uploadOffset, TusField.uploadLength, TusField.uploadDeferLength, TusField.uploadMetadata,
                TusField.uploadConcat, TusField.uploadChecksum, TusField.resumable, TusField.methodOverride,
                .authorization, .contentType, .range, .ifNoneMatch, .ifRange, TusField.name("Idempotency-Key"),
                TusField.name("X-Request-ID"), TusField.name("X-Requested-With"),
            ],
            responseFields: [
                TusField.uploadOffset, TusField.uploadLength, TusField.uploadDeferLength, TusField.uploadMetadata,
                TusField.uploadConcat, TusField.uploadExpires, TusField.resumable, TusField.version,
                TusField.extension, TusField.maxSize, TusField.checksumAlgorithm, .location, .retryAfter,
                .contentLength, .contentRange, .acceptRanges, .contentDisposition, .eTag,
            ])
    }
}
