/// Every limit of the engine. `validated()` is called when a store is opened; clients are shown the values.
public struct Limits: Hashable, Sendable {
    /// Bytes of a chunk, when the client leaves the choice to the server.
    public var chunkSizeDefault: UInt64 = 8 << 20
    public var chunkSizeMin: UInt64 = 1
    public var chunkSizeMax: UInt64 = 5 << 30
    /// Chunks of one upload: what its ledger may grow to, 1 bit each.
    public var chunksMax: UInt64 = 1_000_000
    /// Bytes of one upload.
    public var uploadBytesMax: UInt64 = 5 << 40
    /// Pending uploads of one caller in one capsule.
    public var activeUploadsMax: UInt64 = 100
    /// Bodies of one caller being received at the same moment in this process.
    public var writersPerCallerMax: UInt64 = 256
    /// Parts of one concatenation.
    public var partsMax: UInt64 = 10_000
    /// How long an upload lives after it was last used.
    public var timeToLiveMilliseconds: Int64 = 2 * 60 * 60 * 1000
    /// How long after the store was opened nothing expires, so that clients of a server that was down can come back.
    public var expiryGraceMilliseconds: Int64 = 10 * 60 * 1000
    /// An upload of a known length up to this many bytes lives in the catalogue and needs no file.
    public var catalogueBytesMax: UInt64 = 64 << 10
    /// An append is made durable at least every so many bytes, so that a crash costs no more.
    public var checkpointBytes: UInt64 = 64 << 20
    /// Uploads kept in memory: about 1 kB each, plus 1 bit a chunk. Those being written do not count.
    public var idleUploadsMax: Int = 4096

    /// Calls that wait for the catalogue at the same moment. Further ones are refused with `unavailable` at once: a disk that
    /// hangs would otherwise collect the requests of all clients in memory.
    public var catalogueCallsMax: Int = 16_384
    /// Bytes of uploads and memories that these calls may hold together. One call alone may hold more.
    public var catalogueCallBytesMax: Int = 64 << 20

    public var nameBytesMax: UInt64 = 1024
    public var contentTypeBytesMax: UInt64 = 255
    public var opaqueMetadataBytesMax: UInt64 = 16 << 10
    public var idempotencyKeyBytesMax: UInt64 = 255
    public var provisionalMemoryIdBytesMax: UInt64 = 255
    public var principalBytesMax: UInt64 = 255

    public var titleBytesMax: UInt64 = 1024
    public var membersMax: UInt64 = 1000
    public var memoryTextBytesMax: UInt64 = 16 << 10
    public var tagsMax: UInt64 = 100
    /// A ThumbHash has 25 bytes at most.
    public var thumbHashBytesMax: UInt64 = 64
    public var assetsMax: UInt64 = 32
    public var inlineAssetBytesMax: UInt64 = 32 << 10
    /// Bytes of inline assets of all memories of one capsule.
    public var inlineBudgetBytes: UInt64 = 256 << 20
    /// Entries of one page of a list.
    public var pageMax: Int = 1000

    public init() {}

    /// The profile of the system that this one re-implements: chunks of 1,800,000 bytes, at most 16,384 of them.
    public static var compatible: Limits {
        var limits = Limits()
        limits.chunkSizeDefault = 1_800_000
        limits.chunkSizeMax = 1_800_000
        limits.chunksMax = 16_384
        return limits
    }

    /// Ranges listed in one answer; a client with more gaps asks again.
    package static let rangesShown = 1000
    /// The most that a blob in the catalogue may have, whatever the setting.
    package static let catalogueBytesCeiling: UInt64 = 1 << 20
}

extension Limits {
    /// The limits that a request can exceed, by the names that clients are shown.
    public enum Name: String, Hashable, Sendable, CaseIterable {
        case chunkSize = "chunk_size"
        case chunks = "chunks"
        case uploadBytes = "upload_bytes"
        case activeUploads = "active_uploads"
        case writersPerCaller = "writers_per_caller"
        case parts = "parts"
        case nameBytes = "name_bytes"
        case contentTypeBytes = "content_type_bytes"
        case opaqueMetadataBytes = "metadata_bytes"
        case idempotencyKeyBytes = "idempotency_key_bytes"
        case provisionalMemoryIdBytes = "provisional_memory_id_bytes"
        case principalBytes = "principal_bytes"
        case titleBytes = "title_bytes"
        case members = "members"
        case memoryTextBytes = "memory_text_bytes"
        case tags = "tags"
        case assets = "assets"
        case thumbHashBytes = "thumbhash_bytes"
        case inlineAssetBytes = "inline_asset_bytes"
        case inlineBudgetBytes = "inline_budget_bytes"

        /// Whether waiting or ending something else can help (`too_many`), or only a smaller request (`too_large`).
        var countsThings: Bool {
            self == .activeUploads || self == .writersPerCaller
        }
    }

    /// Refuses what exceeds a limit.
    ///
    /// - Throws: `too_large` or `too_many`.
    package static func require(_ actual: UInt64, atMost maximum: UInt64, _ name: Name) throws(UploadError) {
        guard actual <= maximum else {
            throw UploadError(.limitExceeded(name, maximum: maximum, actual: actual))
        }
    }

    package static func require(_ text: String, atMost maximum: UInt64, _ name: Name) throws(UploadError) {
        try require(UInt64(text.utf8.count), atMost: maximum, name)
    }

    /// These limits, if they make sense together.
    ///
    /// - Throws: `invalid_argument` with the name of the setting.
    public func validated() throws(UploadError) -> Limits {
        func check(_ holds: Bool, _ name: String, _ problem: String) throws(UploadError) {
            guard holds else { throw UploadError(.invalidArgument(name, problem)) }
        }
        try check(chunkSizeMin >= 1, "chunkSizeMin", "must be at least 1")
        try check(
            chunkSizeMin <= chunkSizeDefault && chunkSizeDefault <= chunkSizeMax, "chunkSizeDefault",
            "must lie between chunkSizeMin and chunkSizeMax")
        try check(uploadBytesMax <= 1 << 60, "uploadBytesMax", "must be at most 2^60")
        try check(chunksMax >= 1 && chunksMax <= 1 << 32, "chunksMax", "must lie between 1 and 2^32")
        try check(
            catalogueBytesMax <= Limits.catalogueBytesCeiling, "catalogueBytesMax",
            "must be at most \(Limits.catalogueBytesCeiling)")
        try check(timeToLiveMilliseconds > 0, "timeToLiveMilliseconds", "must be positive")
        try check(expiryGraceMilliseconds >= 0, "expiryGraceMilliseconds", "must not be negative")
        try check(checkpointBytes >= 1 << 16, "checkpointBytes", "must be at least 65536")
        try check(
            catalogueCallsMax >= 1 && catalogueCallBytesMax >= 1, "catalogueCallsMax",
            "and catalogueCallBytesMax must be at least 1")
        try check(pageMax >= 1 && idleUploadsMax >= 1, "pageMax", "and idleUploadsMax must be at least 1")
        return self
    }
}
