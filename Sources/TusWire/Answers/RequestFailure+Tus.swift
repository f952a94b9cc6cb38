public import HTTPTypes
public import HTTPWire
public import UploadModel

extension HTTPResponse.Status {
    /// Of the checksum extension.
    public static let checksumMismatch = HTTPResponse.Status(code: 460, reasonPhrase: "Checksum Mismatch")
    static let locked = HTTPResponse.Status(code: 423, reasonPhrase: "Locked")
}

/// Failures of the protocol itself, in addition to those of the engine and of HTTP.
extension RequestFailure {
    /// Codes that neither the engine nor HTTP has: the labels of metrics.
    public static let tusCodes = ["unsupported_version", "final_upload"]

    /// 412 with the supported versions; the request had no effect.
    public static func unsupportedVersion(_ given: String?) -> RequestFailure {
        let title = given.map { "Version “\($0)” of tus is not supported." } ?? "“Tus-Resumable” is missing."
        return RequestFailure(
            .preconditionFailed, "unsupported_version", title, "Send “Tus-Resumable: \(Tus.version)”.",
            fields: [TusField.version: Tus.version])
    }

    /// 415.
    public static let unsupportedContentType = RequestFailure(
        .unsupportedMediaType, "unsupported_media_type", "The Content-Type is not that of upload bytes.",
        "Send it with “Content-Type: \(Tus.contentType)”.")

    /// 400.
    public static func invalidField(_ name: HTTPField.Name, _ problem: String) -> RequestFailure {
        RequestFailure(
            .badRequest, "invalid_argument", "“\(name.rawName)” \(problem).",
            "Correct the request; it will not succeed as it is.")
    }

    /// 400 for a declared length that contradicts the known one.
    public static let contradictsLength = invalidField(
        TusField.uploadLength, "contradicts what is known of the upload")

    /// 460; nothing of the body counts.
    public static func checksumMismatch(_ algorithm: ChecksumAlgorithm, actual: [UInt8]) -> RequestFailure {
        RequestFailure(
            .checksumMismatch, "checksum_mismatch",
            "The body's \(algorithm.rawValue) is \(Base64.encode(actual)), not the one that was sent.",
            "Send the same bytes again from the same offset.")
    }

    /// 413 for bytes past the end of an upload.
    public static func exceedsLength(_ length: UInt64) -> RequestFailure {
        RequestFailure(
            .contentTooLarge, "size_mismatch", "The upload has \(length) bytes; this would make it longer.",
            "Send exactly the number of bytes that was declared.")
    }

    /// 409 with the offset to continue from.
    public static func offsetMismatch(expected: UInt64, actual: UInt64) -> RequestFailure {
        RequestFailure(
            .conflict, "offset_mismatch", "The upload is at offset \(expected), not \(actual).",
            "Continue from the offset given here.", fields: [TusField.uploadOffset: String(expected)])
    }

    /// For a request that another one has stopped: 410 if the upload has ended; 400 after a takeover, since clients retry after
    /// 409 and 423, and two of them would take the upload from each other without an end.
    public static func stopped(_ reason: UploadError) -> RequestFailure {
        var failure = RequestFailure(reason)
        if reason.code == .superseded { failure.status = .badRequest }
        return failure
    }

    /// 403 for bytes sent to a final upload (a concatenation).
    public static let finalUpload = RequestFailure(
        .forbidden, "final_upload", "A final upload takes no bytes.",
        "Send them to one of the partial uploads.")

    /// 404 for an upload that was begun over the native API, after which clients create a new one.
    public static func uploadInChunks(_ id: String) -> RequestFailure {
        RequestFailure(
            .notFound, UploadError.Code.notFound.rawValue,
            "The upload was begun over the native API, in chunks, which tus cannot continue.",
            "Continue it with “PUT /v1/uploads/\(id)/chunks/NUMBER”, or begin another one here.")
    }

    /// 405 with the allowed methods (RFC 9110, section 10.2.1).
    public static func methodNotAllowed(_ allowed: [TusOperation]) -> RequestFailure {
        methodNotAllowed(allow: allowed.map(\.method))
    }
}

extension TusOperation {
    /// Overrides the common table where the protocol or the behaviour of its clients requires another status:
    ///
    /// - `HEAD` reports temporary failures as 423, the only status after which clients retry the same upload; after any
    ///   other they forget its URL and start over.
    /// - `PATCH` reports a busy server as 503: clients retry after that, and give up after 429.
    /// - An offset conflict includes the right offset.
    public func adjust(_ failure: inout RequestFailure, for error: UploadError) {
        failure.status = status(for: error.code) ?? failure.status
        failure.retryAfterSeconds = retrySeconds(for: error.code)
        if error.code == .offsetMismatch,
            case .number(let offset)? = failure.details.first(where: { $0.name == "offset" })?.value
        {
            failure.fields[TusField.uploadOffset] = String(offset)
        }
    }

    private func status(for code: UploadError.Code) -> HTTPResponse.Status? {
        if self == .head, Self.temporary.contains(code) { return .locked }
        if self == .patch, code == .tooMany { return .serviceUnavailable }
        return switch code {
        case .checksumMismatch: .checksumMismatch
        case .sizeMismatch: .contentTooLarge
        default: nil
        }
    }

    /// nil leaves the delay to the client.
    private func retrySeconds(for code: UploadError.Code) -> Int? {
        guard Self.temporary.contains(code), code != .superseded || self == .head else { return nil }
        return code == .tooMany || code == .storeFull ? 5 : 1
    }

    private static let temporary: Set<UploadError.Code> = [
        .unavailable, .storeFull, .storeLocked, .superseded, .tooMany,
    ]
}
