/// The limits of the engine. Opening a store validates them; clients can query them.
public struct Limits: Hashable, Sendable {
    /// Bytes of a chunk if the client requests no size.
    public var chunkSizeDefault: UInt64 = 8 << 20
    public var chunkSizeMin: UInt64 = 1
    public var chunkSizeMax: UInt64 = 5 << 30
    /// Chunks of one upload; its ledger has 1 bit for each.
    public var chunksMax: UInt64 = 1_000_000
    /// Bytes of one upload.
    public var uploadBytesMax: UInt64 = 5 << 40
    /// Pending uploads of one caller in one capsule, without parts. For the bearers of a link `activeUploadsPerCallerMax`
    /// applies instead.
    public var activeUploadsMax: UInt64 = 10_000
    /// Pending uploads of one caller in all capsules, parts included.
    public var activeUploadsPerCallerMax: UInt64 = 100_000
    /// Bytes of these: declared lengths, and the durable bytes of uploads of unknown length.
    public var pendingBytesMax: UInt64 = 10 << 40
    /// Stored and reserved bytes of the capsules of one owner; 0 for no quota.
    public var quotaBytes: UInt64 = 0
    /// The quotas of single owners instead of `quotaBytes`; 0 for none.
    public var quotaOverrides: [Principal: UInt64] = [:]
    /// Pending derivations of one caller. Uploads with a recipe are refused beyond it, when they begin: those that began
    /// before may exceed it.
    public var pendingDerivationsMax: UInt64 = 10_000
    /// Concurrent request bodies of one caller in this process.
    public var writersPerCallerMax: UInt64 = 256
    /// Parts of one concatenation, those of its parts included.
    public var partsMax: UInt64 = 10_000
    /// How often one concatenation may contain the same part.
    public var partRepeatsMax: UInt64 = 16
    /// Reads of more than 8 MiB for the digests of one caller's uploads at a time; further ones wait.
    public var hashingsPerCallerMax: UInt64 = 2
    /// The lifetime of an upload after its last use.
    public var timeToLiveMilliseconds: Int64 = 7 * 24 * 60 * 60 * 1000
    /// The time after their last use from which pending uploads give way to new ones of the same caller, the oldest first,
    /// if the caller has as many uploads or pending bytes as the limits permit. They end as expired. 0 for never.
    public var evictIdleAfterMilliseconds: Int64 = 60 * 60 * 1000
    /// The time after the opening of a store in which nothing expires, so that clients of a server that was down can
    /// return.
    public var expiryGraceMilliseconds: Int64 = 10 * 60 * 1000
    /// The time after which an ended upload is removed: calls then fail with `not_found` instead of `gone`. 0 for never.
    public var endedRetentionMilliseconds: Int64 = 30 * 24 * 60 * 60 * 1000
    /// Uploads of a known length up to this many bytes are stored in the catalogue, without a file.
    public var catalogueBytesMax: UInt64 = 64 << 10
    /// The interval in bytes at which an append is made durable, which bounds the loss by a crash.
    public var checkpointBytes: UInt64 = 64 << 20
    /// The interval in time at which an append that receives bytes is made durable, too.
    public var checkpointIntervalMilliseconds: Int64 = 2000
    /// Free space of the file system below which new bytes are refused with `store_full`, so that ends and deletions
    /// still work. Half as much is preallocated for them in a file, in case other processes fill the disk. 0 disables
    /// both.
    public var freeBytesMin: UInt64 = 32 << 20
    /// Uploads kept in memory: about 1 kB each, plus 1 bit a chunk. Those being written do not count.
    public var idleUploadsMax: Int = 4096

    /// Calls waiting for the catalogue. Further ones fail with `unavailable` at once, so that requests do not
    /// accumulate in memory behind a hanging disk.
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
    /// Capsules of one owner. Its default capsule is created even beyond this limit.
    public var capsulesMax: UInt64 = 1000
    /// Members of one capsule, without the bearers of its links.
    public var membersMax: UInt64 = 1000
    /// Members of all capsules of one owner, the bearers of a link as one.
    public var membersPerOwnerMax: UInt64 = 10_000
    /// Links of one capsule, expired ones included; 0 for none.
    public var linksMax: UInt64 = 100
    /// The longest time from the creation of a link to its expiry.
    public var linkLifetimeMaxMilliseconds: Int64 = 366 * 24 * 60 * 60 * 1000
    /// Media types that one link may name.
    public var linkTypesMax: UInt64 = 32
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
    /// Entries of one request that is about several files or uploads.
    public var batchMax: Int = 1000
    /// Blobs of one prepared download.
    public var downloadEntriesMax: UInt64 = 10_000
    /// Prepared downloads that have not expired, of all callers; one caller has at most an eighth of them, and its oldest
    /// gives way. Each holds up to 16 bytes for each of its blobs.
    public var downloadTicketsMax: UInt64 = 256
    /// Whether callers may find their blobs by digest, and give their bytes further names.
    public var deduplication = true

    public init() {}

    public var quotas: Quotas { Quotas(standardBytes: quotaBytes, bytesByOwner: quotaOverrides) }

    /// The limits that the catalogue checks.
    package var allowance: Allowance {
        Allowance(
            callerUploadsMax: activeUploadsPerCallerMax, callerBytesMax: pendingBytesMax, quotas: quotas,
            partsMax: partsMax, partRepeatsMax: partRepeatsMax, concatenationBytesMax: uploadBytesMax)
    }

    /// The limits of the reimplemented system: chunks of 1,800,000 bytes, at most 16,384 of them, 100 pending uploads in a
    /// capsule, and two hours to continue one.
    public static var compatible: Limits {
        var limits = Limits()
        limits.chunkSizeDefault = 1_800_000
        limits.chunkSizeMax = 1_800_000
        limits.chunksMax = 16_384
        limits.activeUploadsMax = 100
        limits.timeToLiveMilliseconds = 2 * 60 * 60 * 1000
        return limits
    }

    /// Bytes of stored uploads that are read at a time to hash or to verify them, so that others get their turn.
    package var scanStepBytes: UInt64 = 8 << 20
    /// Pages of the catalogue's log that trigger a checkpoint. With four times as many the throughput is the same, and
    /// callers that arrive during a checkpoint wait four times as long.
    package var logPagesMax = 1000

    /// Ranges listed in one response; a client with more gaps queries again.
    package static let rangesShown = 1000
    /// The largest valid `catalogueBytesMax`.
    package static let catalogueBytesCeiling: UInt64 = 1 << 20
}

extension Limits {
    /// The limits that a request can exceed; the raw values are their names in error documents.
    public enum Name: String, Hashable, Sendable, CaseIterable {
        case chunkSize = "chunk_size"
        case chunks = "chunks"
        case uploadBytes = "upload_bytes"
        case activeUploads = "active_uploads"
        case activeUploadsPerCaller = "active_uploads_per_caller"
        case pendingBytes = "pending_bytes"
        case quotaBytes = "quota_bytes"
        case pendingDerivations = "pending_derivations"
        case writersPerCaller = "writers_per_caller"
        case batch = "batch"
        case downloadEntries = "download_entries"
        case downloadTickets = "download_tickets"
        case parts = "parts"
        case partRepeats = "part_repeats"
        case nameBytes = "name_bytes"
        case contentTypeBytes = "content_type_bytes"
        case opaqueMetadataBytes = "metadata_bytes"
        case idempotencyKeyBytes = "idempotency_key_bytes"
        case provisionalMemoryIdBytes = "provisional_memory_id_bytes"
        case principalBytes = "principal_bytes"
        case titleBytes = "title_bytes"
        case capsules = "capsules"
        case members = "members"
        case membersPerOwner = "members_per_owner"
        case links = "links"
        case linkTypes = "link_types"
        case linkFiles = "link_files"
        case linkUses = "link_uses"
        case linkBytes = "link_bytes"
        case linkFileBytes = "link_file_bytes"
        case memoryTextBytes = "memory_text_bytes"
        case tags = "tags"
        case assets = "assets"
        case thumbHashBytes = "thumbhash_bytes"
        case inlineAssetBytes = "inline_asset_bytes"
        case inlineBudgetBytes = "inline_budget_bytes"

        /// Whether the limit bounds concurrent uploads or requests, so that waiting or ending others helps
        /// (`too_many`); the other limits require a smaller request (`too_large`).
        var boundsConcurrency: Bool {
            switch self {
            case .activeUploads, .activeUploadsPerCaller, .pendingBytes, .pendingDerivations, .writersPerCaller,
                .downloadTickets:
                true
            default: false
            }
        }
    }

    /// Checks a value against a limit.
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

    /// Returns these limits if they are consistent.
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
        try check(
            pendingBytesMax >= uploadBytesMax && pendingBytesMax <= Quotas.ceilingBytes, "pendingBytesMax",
            "must lie between uploadBytesMax and 2^62")
        try check(
            quotas.standardBytes <= Quotas.ceilingBytes
                && quotas.bytesByOwner.values.allSatisfy { $0 <= Quotas.ceilingBytes }, "quotaBytes",
            "and quotaOverrides must be at most 2^62")
        try check(partRepeatsMax >= 1, "partRepeatsMax", "must be at least 1")
        try check(hashingsPerCallerMax >= 1, "hashingsPerCallerMax", "must be at least 1")
        try check(chunksMax >= 1 && chunksMax <= 1 << 32, "chunksMax", "must lie between 1 and 2^32")
        try check(
            catalogueBytesMax <= Limits.catalogueBytesCeiling, "catalogueBytesMax",
            "must be at most \(Limits.catalogueBytesCeiling)")
        try check(timeToLiveMilliseconds > 0, "timeToLiveMilliseconds", "must be positive")
        try check(expiryGraceMilliseconds >= 0, "expiryGraceMilliseconds", "must not be negative")
        // A hundred years: sums of times stay far from their limits.
        let timeMax: Int64 = 100 * 366 * 24 * 60 * 60 * 1000
        try check(
            timeToLiveMilliseconds <= timeMax && expiryGraceMilliseconds <= timeMax, "timeToLiveMilliseconds",
            "and expiryGraceMilliseconds must be at most a hundred years")
        try check(
            evictIdleAfterMilliseconds >= 0 && evictIdleAfterMilliseconds <= timeMax,
            "evictIdleAfterMilliseconds", "must lie between 0 and a hundred years")
        try check(
            endedRetentionMilliseconds >= 0 && endedRetentionMilliseconds <= timeMax, "endedRetentionMilliseconds",
            "must lie between 0 and a hundred years")
        try check(
            linkLifetimeMaxMilliseconds > 0 && linkLifetimeMaxMilliseconds <= timeMax, "linkLifetimeMaxMilliseconds",
            "must lie between 1 and a hundred years")
        try check(freeBytesMin <= 1 << 50, "freeBytesMin", "must be at most 2^50")
        try check(checkpointIntervalMilliseconds >= 10, "checkpointIntervalMilliseconds", "must be at least 10")
        try check(checkpointBytes >= 1 << 16, "checkpointBytes", "must be at least 65536")
        try check(
            catalogueCallsMax >= 1 && catalogueCallBytesMax >= 1, "catalogueCallsMax",
            "and catalogueCallBytesMax must be at least 1")
        try check(
            pageMax >= 1 && idleUploadsMax >= 1 && batchMax >= 1, "pageMax",
            "and idleUploadsMax and batchMax must be at least 1")
        try check(
            downloadEntriesMax >= 1 && downloadTicketsMax >= 1, "downloadEntriesMax",
            "and downloadTicketsMax must be at least 1")
        return self
    }
}
