public import UploadCore

/// `GET /v1/upload-config`: what a client needs to know before it begins. Sizes in bytes, times in milliseconds.
public struct UploadConfigDocument: Codable, Hashable, Sendable {
    /// The server's release.
    public var version: String
    /// The ways to upload that this server offers, `native` first.
    public var protocols: [String]
    /// What `Content-Digest` may use (RFC 9530).
    public var digestAlgorithms: [String]
    /// The chunk size of an upload that asks for none.
    public var chunkSizeDefault: UInt64
    public var chunkSizeMin: UInt64
    public var chunkSizeMax: UInt64
    /// A whole upload in one request (`POST /v1/blobs`) of at most this many bytes is one transaction.
    public var smallUploadBytesMax: UInt64
    /// How long an upload lives after it was last used.
    public var timeToLiveMilliseconds: Int64
    /// Entries of one page of a list.
    public var pageMax: Int
    /// Ranges that a status lists in `received` and in `missing`.
    public var rangesMax: Int
    /// The maximum of everything that a `too_large` or `too_many` problem can name as its `limit`.
    public var limits: [String: UInt64]
    public var derive: Derive

    /// What the server makes of uploads that ask for it.
    public struct Derive: Codable, Hashable, Sendable {
        /// What `derive` may say.
        public var recipes: [String]
        /// Whether anything is made at present. While it is not, what was asked for waits.
        public var isOn: Bool

        public init(recipes: [String], isOn: Bool) {
            self.recipes = recipes
            self.isOn = isOn
        }
    }

    /// - Parameter isDeriving: Whether something is made of uploads that ask for it.
    public init(_ limits: Limits, protocols: [String] = ["native"], isDeriving: Bool = false) {
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
        derive = Derive(recipes: Recipe.allCases.map(\.name), isOn: isDeriving)
        self.limits = Dictionary(
            uniqueKeysWithValues: Limits.Name.allCases.map { ($0.rawValue, limits.maximum(of: $0)) })
    }
}

extension Limits {
    /// The setting behind a name that clients see.
    func maximum(of name: Name) -> UInt64 {
        switch name {
        case .chunkSize: chunkSizeMax
        case .chunks: chunksMax
        case .uploadBytes: uploadBytesMax
        case .activeUploads: activeUploadsMax
        case .writersPerCaller: writersPerCallerMax
        case .parts: partsMax
        case .nameBytes: nameBytesMax
        case .contentTypeBytes: contentTypeBytesMax
        case .opaqueMetadataBytes: opaqueMetadataBytesMax
        case .idempotencyKeyBytes: idempotencyKeyBytesMax
        case .provisionalMemoryIdBytes: provisionalMemoryIdBytesMax
        case .principalBytes: principalBytesMax
        case .titleBytes: titleBytesMax
        case .members: membersMax
        case .memoryTextBytes: memoryTextBytesMax
        case .tags: tagsMax
        case .assets: assetsMax
        case .thumbHashBytes: thumbHashBytesMax
        case .inlineAssetBytes: inlineAssetBytesMax
        case .inlineBudgetBytes: inlineBudgetBytes
        }
    }
}
