public import HTTPTypes

/// A version of “Resumable Uploads for HTTP” (draft-ietf-httpbis-resumable-upload), as `Upload-Draft-Interop-Version` numbers
/// them, and what differs between versions.
///
/// Clients of Apple have shipped with 3 (iOS 17), 5 (iOS 18), 6 (iOS 18.1) and 8 (iOS 26); 9 is that of the newest drafts. 4
/// and 7 were those of drafts between them, and cost nothing here.
public struct InteropVersion: Hashable, Sendable, Comparable {
    public let number: Int

    private init(_ number: Int) {
        self.number = number
    }

    /// nil for a version that is not supported.
    public init?(number: Int) {
        guard (Self.oldest.number...Self.latest.number).contains(number) else { return nil }
        self.number = number
    }

    /// The version of a request or a response; nil if the field is missing, malformed, or has an unsupported version.
    public init?(_ fields: HTTPFields) {
        guard let number = StructuredItem.integer(fields[ResumableField.interopVersion]) else { return nil }
        self.init(number: Int(clamping: number))
    }

    static let oldest = Self(3)
    public static let latest = Self(9)

    /// All supported versions, the newest first.
    public static let all = (oldest.number...latest.number).reversed().map(Self.init)

    /// Those that clients are known to use, the newest first.
    public static let shipped = [9, 8, 6, 5, 3].map(Self.init)

    public static func < (left: Self, right: Self) -> Bool { left.number < right.number }

    // MARK: - What differs

    /// Version 3 has `Upload-Incomplete`, which states the opposite of `Upload-Complete`.
    public var completenessField: HTTPField.Name {
        number == 3 ? ResumableField.uploadIncomplete : ResumableField.uploadComplete
    }

    /// What an append without the completeness field means.
    public var unmarkedAppend: UnmarkedAppend {
        switch number {
        case 3: .completes
        case 4...6: .completesAtLength
        default: .refused
        }
    }

    public enum UnmarkedAppend: Hashable, Sendable {
        /// Its end is that of the upload.
        case completes
        /// The upload is complete if its length is known and reached; tus-js-client relies on it.
        case completesAtLength
        case refused
    }

    /// Whether appends must be of the type `application/partial-upload`.
    public var requiresPartialUploadType: Bool { number >= 6 }

    /// Whether `HEAD` and `DELETE` with a field of the upload's state must be refused.
    public var refusesStateFields: Bool { number <= 6 }

    /// The status of an append that does not complete the upload.
    public var appendedStatus: HTTPResponse.Status { number <= 6 ? .created : .noContent }

    /// Whether interim responses may state an offset.
    public var reportsProgress: Bool { number >= 5 }

    /// Whether an interim response with an offset repeats the location and the limits, for a creation.
    public var repeatsLocation: Bool { number >= 8 }

    /// Whether an empty completing append to a complete upload gets the final response again, instead of 400.
    public var replaysCompletion: Bool { number != 6 && number != 7 }

    /// Whether a completed upload is a problem type of its own.
    public var hasCompletedType: Bool { number == 6 || number == 7 }

    /// Whether an incomplete creation of no bytes is complete. tus-js-client sends nothing else for an empty file.
    public var completesEmptyCreation: Bool { number == 5 || number == 6 }

    /// The key of the lifetime in `Upload-Limit`.
    var lifetimeKey: String { number == 6 ? "expires" : "max-age" }
}
