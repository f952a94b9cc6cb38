public import HTTPTypes

/// What the protocol itself refuses, before or beside the engine: the values of a problem document (RFC 9457).
public struct TusRefusal: Error, Hashable, Sendable {
    public let status: HTTPResponse.Status
    /// Stable and meant for programs.
    public let code: String
    /// What happened, with the values that matter.
    public let title: String
    /// What the client can do.
    public let advice: String
    public var fields: HTTPFields

    init(
        _ status: HTTPResponse.Status, _ code: String, _ title: String, _ advice: String, fields: HTTPFields = [:]
    ) {
        self.status = status
        self.code = code
        self.title = title
        self.advice = advice
        self.fields = fields
    }
}

extension HTTPResponse.Status {
    /// Of the checksum extension.
    public static let checksumMismatch = HTTPResponse.Status(code: 460, reasonPhrase: "Checksum Mismatch")
    static let locked = HTTPResponse.Status(code: 423, reasonPhrase: "Locked")
    static let insufficientStorage = HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage")
}

extension TusRefusal {
    /// Those that the engine does not have, besides what every server over HTTP refuses.
    public static let codes = ["unsupported_version", "final_upload"]

    /// 412 with the versions that there are; the request has had no effect.
    public static func unsupportedVersion(_ given: String?) -> TusRefusal {
        let title = given.map { "Version “\($0)” of tus is not spoken here." } ?? "“Tus-Resumable” is missing."
        return TusRefusal(
            .preconditionFailed, "unsupported_version", title, "Send “Tus-Resumable: \(Tus.version)”.",
            fields: [TusField.version: Tus.version])
    }

    /// 415.
    public static let unsupportedContentType = TusRefusal(
        .unsupportedMediaType, "unsupported_media_type", "The body is not declared as bytes of an upload.",
        "Send it with “Content-Type: \(Tus.contentType)”.")

    /// 400.
    public static func invalidField(_ name: HTTPField.Name, _ problem: String) -> TusRefusal {
        TusRefusal(
            .badRequest, "invalid_argument", "“\(name.rawName)” \(problem).",
            "Correct the request; it will not succeed as it is.")
    }

    /// 460; nothing of the body counts.
    public static func checksumMismatch(_ algorithm: ChecksumAlgorithm, actual: [UInt8]) -> TusRefusal {
        TusRefusal(
            .checksumMismatch, "checksum_mismatch",
            "The body's \(algorithm.rawValue) is \(Base64.encode(actual)), not what was sent along.",
            "Send the same bytes again from the same offset.")
    }

    /// 413 for bytes past the end of an upload.
    public static func exceedsLength(_ length: UInt64) -> TusRefusal {
        TusRefusal(
            .contentTooLarge, "size_mismatch", "The upload has \(length) bytes; this would make it longer.",
            "Send exactly the number of bytes that was declared.")
    }

    /// 409 with the offset from which to go on.
    public static func offsetMismatch(expected: UInt64, actual: UInt64) -> TusRefusal {
        TusRefusal(
            .conflict, "offset_mismatch", "The upload is at offset \(expected), not \(actual).",
            "Go on from the offset given here.", fields: [TusField.uploadOffset: String(expected)])
    }

    /// 403 for bytes that are sent to a concatenation.
    public static let finalUpload = TusRefusal(
        .forbidden, "final_upload", "The upload is made of others and takes no bytes of its own.",
        "Send them to one of the partial uploads.")

    /// 405 with the methods that there are (RFC 9110, section 10.2.1).
    public static func methodNotAllowed(_ allowed: [TusOperation]) -> TusRefusal {
        let names = allowed.map(\.method.rawValue).joined(separator: ", ")
        return TusRefusal(
            .methodNotAllowed, "method_not_allowed", "This path does not know the method.", "Use one of: \(names).",
            fields: [.allow: names])
    }
}
