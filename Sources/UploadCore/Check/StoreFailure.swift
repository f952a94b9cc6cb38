/// Why a store takes no new uploads, with the part of it that failed.
public struct StoreFailure: Error, Hashable, Sendable {
    public enum Part: String, Hashable, Sendable {
        /// The directory of a store that one process has open.
        case directory
        /// The database that several engines share.
        case database
        /// The bucket that several engines share.
        case bucket
    }

    public let part: Part
    public let cause: UploadError

    public init(_ part: Part, _ cause: UploadError) {
        self.part = part
        self.cause = cause
    }
}
