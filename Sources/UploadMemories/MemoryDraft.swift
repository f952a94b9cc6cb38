public import SessionCore
public import UploadCore

/// An asset with its id, about to be recorded. For a blob, type, size and digest are those of the blob.
public struct NewAsset: Sendable {
    public let id: AssetId
    public let draft: AssetDraft
    /// The digest of inline bytes.
    public let digest: Digest?

    public init(id: AssetId, draft: AssetDraft, digest: Digest?) {
        self.id = id
        self.draft = draft
        self.digest = digest
    }

    /// The recorded asset of the draft.
    package func asset(contentType: String, size: UInt64, digest: Digest, content: Asset.Content) -> Asset {
        Asset(
            id: id, kind: draft.kind, contentType: contentType, size: size, width: draft.width, height: draft.height,
            digest: digest, content: content)
    }
}

/// The limits of memories that the catalogue enforces.
public struct MemoryLimits: Hashable, Sendable {
    public let inlineBudgetBytes: UInt64
    public let assetsMax: UInt64
    /// Inline assets count against the quota of the capsule's owner.
    public let quotas: Quotas
    /// Who adds the assets: the owner is told the figures of an exceeded quota.
    public let caller: Principal?

    public init(inlineBudgetBytes: UInt64, assetsMax: UInt64, quotas: Quotas = .none, caller: Principal? = nil) {
        self.inlineBudgetBytes = inlineBudgetBytes
        self.assetsMax = assetsMax
        self.quotas = quotas
        self.caller = caller
    }
}

/// A memory that is about to be recorded.
public struct MemoryDraft: Sendable {
    public let id: MemoryId
    public let capsule: CapsuleId
    public let creator: Principal
    public let details: MemoryDetails
    public let createdAt: Timestamp
    public let assets: [NewAsset]
    /// Assets of blobs that follow the others. One whose blob does not exist is left out.
    public let companions: [NewAsset]
    public let key: IdempotencyKey?
    public let fingerprint: Digest
    public let limits: MemoryLimits
    /// See `Memory.derivationError`.
    public let derivationError: String?
    /// See `Memory.derivationNote`.
    public let derivationNote: DerivationNote?
    /// The media type of the original by its bytes, if the uploading client claimed another.
    public let correctedType: String?

    public init(
        id: MemoryId, capsule: CapsuleId, creator: Principal, details: MemoryDetails, createdAt: Timestamp,
        assets: [NewAsset], companions: [NewAsset] = [], key: IdempotencyKey?, fingerprint: Digest,
        limits: MemoryLimits,
        derivationError: String? = nil, derivationNote: DerivationNote? = nil, correctedType: String? = nil
    ) {
        self.id = id
        self.capsule = capsule
        self.creator = creator
        self.details = details
        self.createdAt = createdAt
        self.assets = assets
        self.companions = companions
        self.key = key
        self.fingerprint = fingerprint
        self.limits = limits
        self.derivationError = derivationError
        self.derivationNote = derivationNote
        self.correctedType = correctedType
    }
}
