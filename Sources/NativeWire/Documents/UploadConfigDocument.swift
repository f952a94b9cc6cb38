public import UploadModel

/// `GET /v1/upload-config`: the settings that clients need. Sizes in bytes, times in milliseconds.
public struct UploadConfigDocument: Codable, Hashable, Sendable {
    /// The server's release.
    public var version: String
    /// The upload protocols of the server, `native` first.
    public var protocols: [String]
    /// The algorithms for `Content-Digest` (RFC 9530).
    public var digestAlgorithms: [String]
    /// The chunk size of uploads that request none.
    public var chunkSizeDefault: UInt64
    public var chunkSizeMin: UInt64
    public var chunkSizeMax: UInt64
    /// A whole upload in one request (`POST /v1/blobs`) of at most this many bytes is one transaction.
    public var smallUploadBytesMax: UInt64
    /// The lifetime of an upload after its last use.
    public var timeToLiveMilliseconds: Int64
    /// Entries of one page of a list.
    public var pageMax: Int
    /// The most ranges in `received` and in `missing` of a status.
    public var rangesMax: Int
    /// The maximum of each `limit` of `too_large` and `too_many` problems; `quota_bytes` is that of principals without a
    /// quota of their own, 0 for none.
    public var limits: [String: UInt64]
    public var derive: Derive
    /// Entries of one request that is about several files or uploads.
    public var batchMax: Int
    /// Whether blobs can be found by digest, and copied.
    public var deduplication: Bool
    /// The address under which clients reach the server, without a trailing slash; nil if its operator did not set it.
    public var publicOrigin: String?
    /// What the caller uses, with its quota; nil for callers who are not authenticated.
    public var usage: UsageDocument?

    /// The derivations of the server.
    public struct Derive: Codable, Hashable, Sendable {
        /// The values of `derive`.
        public var recipes: [String]
        /// Whether the server derives at present. Otherwise derivations stay pending.
        public var isOn: Bool

        public init(recipes: [String], isOn: Bool) {
            self.recipes = recipes
            self.isOn = isOn
        }
    }

    /// - Parameters:
    ///   - isDeriving: Whether the server derives at present.
    ///   - usage: The caller's.
    public init(
        _ limits: Limits, protocols: [String] = ["native"], isDeriving: Bool = false,
        publicOrigin: String? = nil, usage: UsageDocument? = nil
    ) {
        self.usage = usage
        self.publicOrigin = publicOrigin
        version = Version.current
        self.protocols = protocols
        digestAlgorithms = ["sha-256"]
        chunkSizeDefault = limits.chunkSizeDefault
        chunkSizeMin = limits.chunkSizeMin
        chunkSizeMax = limits.chunkSizeMax
        smallUploadBytesMax = limits.catalogueBytesMax
        timeToLiveMilliseconds = limits.timeToLiveMilliseconds
        pageMax = limits.pageMax
        rangesMax = UploadDocument.rangesMax
        batchMax = limits.batchMax
        deduplication = limits.deduplication
        derive = Derive(recipes: Recipe.allCases.map(\.name), isOn: isDeriving)
        self.limits = Dictionary(
            uniqueKeysWithValues: Limits.Name.allCases.compactMap { name in
                limits.maximum(of: name).map { (name.rawValue, $0) }
            })
    }
}

extension Limits {
    /// The limit behind a name that clients see; nil for those that each link has itself.
    func maximum(of name: Name) -> UInt64? {
        switch name {
        case .chunkSize: chunkSizeMax
        case .chunks: chunksMax
        case .uploadBytes: uploadBytesMax
        case .activeUploads: activeUploadsMax
        case .activeUploadsPerCaller: activeUploadsPerCallerMax
        case .pendingBytes: pendingBytesMax
        case .quotaBytes: quotaBytes
        case .pendingDerivations: pendingDerivationsMax
        case .writersPerCaller: writersPerCallerMax
        case .batch: UInt64(batchMax)
        case .downloadEntries: downloadEntriesMax
        case .downloadTickets: downloadTicketsMax
        case .parts: partsMax
        case .partRepeats: partRepeatsMax
        case .nameBytes: nameBytesMax
        case .contentTypeBytes: contentTypeBytesMax
        case .opaqueMetadataBytes: opaqueMetadataBytesMax
        case .idempotencyKeyBytes: idempotencyKeyBytesMax
        case .provisionalMemoryIdBytes: provisionalMemoryIdBytesMax
        case .principalBytes: principalBytesMax
        case .titleBytes: titleBytesMax
        case .capsules: capsulesMax
        case .members: membersMax
        case .membersPerOwner: membersPerOwnerMax
        case .links: linksMax
        case .linkTypes: linkTypesMax
        case .linkFiles, .linkUses, .linkBytes, .linkFileBytes: nil
        case .memoryTextBytes: memoryTextBytesMax
        case .tags: tagsMax
        case .assets: assetsMax
        case .thumbHashBytes: thumbHashBytesMax
        case .inlineAssetBytes: inlineAssetBytesMax
        case .inlineBudgetBytes: inlineBudgetBytes
        }
    }
}
