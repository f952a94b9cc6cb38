public import HTTPTypes
public import HTTPWire
public import UploadModel

/// Failures of the protocol itself, in addition to those of the engine and of HTTP.
extension RequestFailure {
    static let inconsistentLengthCode = "inconsistent_length"
    static let completedCode = "completed_upload"

    /// Codes that neither the engine nor HTTP has: the labels of metrics.
    public static let resumableCodes = [inconsistentLengthCode, completedCode]

    /// 415 (RFC 5789, section 2.2).
    public static let partialUploadRequired = RequestFailure(
        .unsupportedMediaType, "unsupported_media_type", "The Content-Type is not that of a part of an upload.",
        "Send it with “Content-Type: \(ResumableUploads.partialUploadType)”.",
        fields: [ResumableField.acceptPatch: ResumableUploads.partialUploadType])

    /// 415 for a part of a form: a form is taken as a whole.
    public static let partialForm = RequestFailure(
        .unsupportedMediaType, "unsupported_media_type", "A form cannot be sent in parts.",
        "Send the file itself as the content, or the whole form in one request.")

    /// 400 for a structured field that is missing or malformed.
    public static func invalidStructuredField(_ name: HTTPField.Name, _ problem: String) -> RequestFailure {
        RequestFailure(
            .badRequest, UploadError.Code.invalidArgument.rawValue, "“\(name.rawName)” \(problem).",
            "Correct the request; it will not succeed as it is.")
    }

    /// 400 for lengths that contradict each other, with nothing changed.
    public static let inconsistentLength = RequestFailure(
        .badRequest, inconsistentLengthCode, "The request contradicts the length of the upload.",
        "Upload-Length, and the offset and the length of the content of the last request, must agree.")

    /// 400 for bytes past the end of an upload, which is then invalid.
    public static func beyondLength(_ length: UInt64) -> RequestFailure {
        RequestFailure(
            .badRequest, inconsistentLengthCode, "The upload has \(length) bytes; this would make it longer.",
            "The upload has been given up. Begin another one, with the right length.")
    }

    /// 400 for an append to a complete upload.
    public static func completedUpload(_ version: InteropVersion) -> RequestFailure {
        RequestFailure(
            .badRequest, version.hasCompletedType ? completedCode : inconsistentLengthCode,
            "The upload is complete.", "Nothing is left to send; GET has the final response.")
    }

    /// 400 for content that is not what `Content-Digest` says; none of it counts.
    public static func contentDigestMismatch(actual: Digest) -> RequestFailure {
        RequestFailure(
            .badRequest, UploadError.Code.checksumMismatch.rawValue,
            "The content's SHA-256 is \(actual.hex), not the one that was sent.",
            "Send the same bytes again from the same offset.")
    }

    /// For a request that another one has stopped: 404 or 410 if the upload has ended; 400 after a takeover, since clients retry
    /// after 409, and two of them would take the upload from each other without an end.
    public static func stoppedAppend(_ reason: UploadError) -> RequestFailure {
        var failure = RequestFailure(reason)
        if reason.code == .superseded { failure.status = .badRequest }
        return failure
    }

    /// Overrides the common table: a failed comparison is 400, and an offset conflict has the right offset.
    public mutating func adjustForResumable(_ error: UploadError) {
        switch error.code {
        case .checksumMismatch, .sizeMismatch: status = .badRequest
        case .offsetMismatch: fields[ResumableField.uploadOffset] = number("offset").map { String($0) }
        default: break
        }
    }
}
