public import HTTPTypes
public import HTTPWire

/// The tus resumable upload protocol, version 1.0.0 (<https://tus.io/protocols/resumable-upload>): constants.
public enum Tus {
    public static let version = "1.0.0"

    /// The type of bodies with bytes of an upload.
    public static let contentType = "application/offset+octet-stream"

    /// All extensions of the protocol.
    public static let extensions = [
        "creation", "creation-with-upload", "creation-defer-length", "expiration", "checksum", "checksum-trailer",
        "termination", "concatenation", "concatenation-unfinished",
    ]
}

extension Tus {
    /// The methods and fields of the protocol, and of another one that shares its URLs, for pages of admitted origins.
    public static func crossOriginAccess(
        _ policy: CrossOriginPolicy, _ extras: CrossOriginExtras = CrossOriginExtras(),
        otherMethods: [HTTPRequest.Method] = [], otherRequestFields: [HTTPField.Name] = [],
        otherResponseFields: [HTTPField.Name] = []
    ) -> CrossOriginAccess {
        CrossOriginAccess(
            policy, extras, methods: [.post, .head, .patch, .delete, .get, .options] + otherMethods,
            requestFields: [
                TusField.uploadOffset, TusField.uploadLength, TusField.uploadDeferLength, TusField.uploadMetadata,
                TusField.uploadConcat, TusField.uploadChecksum, TusField.resumable, TusField.methodOverride,
                .authorization, .contentType, .range, .ifNoneMatch, .ifRange, TusField.name("Idempotency-Key"),
                TusField.name("X-Request-ID"), TusField.name("X-Requested-With"),
            ] + otherRequestFields,
            responseFields: [
                TusField.uploadOffset, TusField.uploadLength, TusField.uploadDeferLength, TusField.uploadMetadata,
                TusField.uploadConcat, TusField.uploadExpires, TusField.resumable, TusField.version,
                TusField.extension, TusField.maxSize, TusField.checksumAlgorithm, .location, .retryAfter,
                .contentLength, .contentRange, .acceptRanges, .contentDisposition, .eTag,
            ] + otherResponseFields)
    }
}

/// The names of the fields that tus uses. They have a namespace of their own, because other protocols give some of them
/// other meanings.
public enum TusField {
    public static let resumable = name("Tus-Resumable")
    public static let version = name("Tus-Version")
    public static let `extension` = name("Tus-Extension")
    public static let maxSize = name("Tus-Max-Size")
    public static let checksumAlgorithm = name("Tus-Checksum-Algorithm")

    public static let uploadOffset = name("Upload-Offset")
    public static let uploadLength = name("Upload-Length")
    public static let uploadDeferLength = name("Upload-Defer-Length")
    public static let uploadMetadata = name("Upload-Metadata")
    public static let uploadConcat = name("Upload-Concat")
    public static let uploadChecksum = name("Upload-Checksum")
    public static let uploadExpires = name("Upload-Expires")

    public static let methodOverride = name("X-HTTP-Method-Override")

    static func name(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("“\(text)” is no token") }
        return name
    }
}
