public import HTTPTypes
import HTTPWire

/// The names of the fields that resumable uploads use. They have a namespace of their own, because tus gives some of them
/// other meanings.
public enum ResumableField {
    public static let interopVersion = HTTPField.Name.known("Upload-Draft-Interop-Version")
    public static let uploadComplete = HTTPField.Name.known("Upload-Complete")
    /// Version 3.
    public static let uploadIncomplete = HTTPField.Name.known("Upload-Incomplete")
    public static let uploadOffset = HTTPField.Name.known("Upload-Offset")
    public static let uploadLength = HTTPField.Name.known("Upload-Length")
    public static let uploadLimit = HTTPField.Name.known("Upload-Limit")

    /// RFC 9530, section 4.
    public static let wantReprDigest = HTTPField.Name.known("Want-Repr-Digest")
    /// RFC 5789, section 3.1.
    public static let acceptPatch = HTTPField.Name.known("Accept-Patch")

    /// What pages of other origins may send, and read.
    public static let ofRequests = [
        interopVersion, uploadComplete, uploadIncomplete, uploadOffset, uploadLength, .contentDisposition,
        .contentDigest, .reprDigest, wantReprDigest,
    ]
    public static let ofResponses = [
        interopVersion, uploadComplete, uploadIncomplete, uploadOffset, uploadLength, uploadLimit, acceptPatch,
        .contentLocation, .reprDigest,
    ]
}

/// Constants of the protocol.
public enum ResumableUploads {
    /// The type of an append (version 6 and later).
    public static let partialUploadType = "application/partial-upload"

    /// The largest number that a structured field can have (RFC 9651, section 3.3.1).
    public static let integerMax: UInt64 = 999_999_999_999_999
}

extension HTTPResponse.Status {
    /// 104, section “Status Code 104” of the draft.
    public static let uploadResumptionSupported = HTTPResponse.Status(
        code: 104, reasonPhrase: "Upload Resumption Supported")
}
