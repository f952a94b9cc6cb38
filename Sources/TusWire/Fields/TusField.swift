public import HTTPTypes

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

    static let forwarded = name("Forwarded")
    static let forwardedHost = name("X-Forwarded-Host")
    static let forwardedProto = name("X-Forwarded-Proto")
    static let forwardedFor = name("X-Forwarded-For")
    static let via = name("Via")
    static let forwardedPrefix = name("X-Forwarded-Prefix")

    static func name(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("“\(text)” is no token") }
        return name
    }
}
