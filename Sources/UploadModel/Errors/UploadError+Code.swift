extension UploadError {
    /// The catalogue of codes. Only the package defines codes; their meaning never changes, and new ones may be added.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String
        /// Advice for the caller.
        public let advice: String

        private init(_ rawValue: String, _ advice: String) {
            self.rawValue = rawValue
            self.advice = advice
        }

        public init?(rawValue: String) {
            guard let code = Code.all.first(where: { $0.rawValue == rawValue }) else { return nil }
            self = code
        }

        public static func == (left: Code, right: Code) -> Bool { left.rawValue == right.rawValue }
        public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
    }
}

extension UploadError.Code {
    public static let invalidArgument = Self("invalid_argument", "Correct the request; it will not succeed as it is.")
    public static let notFound = Self("not_found", "Check the id; what you may not read looks the same.")
    public static let forbidden = Self("forbidden", "Ask the capsule's owner for the role.")
    public static let gone = Self("gone", "Begin a new upload.")
    public static let committed = Self("committed", "Nothing is left to do; read the blob.")
    public static let incomplete = Self("incomplete", "Send what is missing, then finish again.")
    public static let chunkConflict = Self(
        "chunk_conflict", "The first bytes were kept. If they are wrong, abort and begin a new upload.")
    public static let idempotencyConflict = Self(
        "idempotency_conflict", "Use a new key for a new request, or repeat the first request exactly.")
    public static let alreadyExists = Self("already_exists", "Choose another id.")
    public static let inUse = Self("in_use", "Delete the memory, or remove the asset from it, first.")
    public static let offsetMismatch = Self("offset_mismatch", "Go on from the offset given here.")
    public static let superseded = Self(
        "superseded", "A newer request took this one over. Ask for the status before sending more.")
    public static let tooLarge = Self("too_large", "Stay within the limit given here.")
    public static let typeNotAccepted = Self(
        "type_not_accepted", "Send a file of an accepted type, and declare that type.")
    public static let linkExpired = Self("link_expired", "Ask for a new link.")
    public static let tooMany = Self("too_many", "Finish or abort something, or try again later.")
    public static let quotaExceeded = Self(
        "quota_exceeded", "Delete something, or ask the operator for a larger quota.")
    public static let checksumMismatch = Self(
        "checksum_mismatch", "A chunk can be sent again; a whole that differs needs a new upload.")
    public static let sizeMismatch = Self("size_mismatch", "Send exactly the number of bytes that was declared.")
    public static let storeFull = Self("store_full", "Nothing was lost; go on once there is room.")
    public static let storeCorrupt = Self("store_corrupt", "Run the store check; stored bytes are not what they were.")
    public static let storeLocked = Self("store_locked", "Stop the other process that uses this store.")
    public static let unsupportedFormat = Self(
        "unsupported_format", "Use the release that wrote this store, or a newer.")
    public static let unavailable = Self("unavailable", "Nothing was lost; try again.")

    public static let all: [Self] = [
        invalidArgument, notFound, forbidden, gone, committed, incomplete, chunkConflict, idempotencyConflict,
        alreadyExists, inUse, offsetMismatch, superseded, tooLarge, typeNotAccepted, linkExpired, tooMany,
        quotaExceeded, checksumMismatch,
        sizeMismatch, storeFull, storeCorrupt, storeLocked, unsupportedFormat, unavailable,
    ]
}
