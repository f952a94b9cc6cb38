public import SessionCore

/// An upload that is about to be recorded.
public struct UploadDraft: Sendable {
    /// Pending, without pieces.
    public let record: UploadRecord
    /// The limit on pending uploads of the caller in the capsule, this one included.
    public let activeMax: UInt64
    /// The bytes and their digest, for an upload that is committed at once. Only with storage in the catalogue.
    public let content: Content?
    /// Whether the upload takes the capsule's default recipe.
    public let takesCapsuleRecipe: Bool

    public struct Content: Sendable {
        public let bytes: [UInt8]
        public let digest: Digest

        public init(bytes: [UInt8], digest: Digest) {
            self.bytes = bytes
            self.digest = digest
        }
    }

    public init(record: UploadRecord, activeMax: UInt64, content: Content? = nil, takesCapsuleRecipe: Bool = false) {
        self.record = record
        self.activeMax = activeMax
        self.content = content
        self.takesCapsuleRecipe = takesCapsuleRecipe
    }
}

/// The result of `Catalogue.begin`.
public enum Began: Sendable {
    case created(UploadRecord)
    /// The idempotency key of an earlier request: the upload in its current state.
    case replayed(UploadRecord)

    public var record: UploadRecord {
        switch self {
        case .created(let record), .replayed(let record): record
        }
    }
}

/// A piece whose bytes are durable, or become so in this transaction.
public struct DurablePiece: Sendable {
    public enum Place: Hashable, Sendable {
        case chunk(index: UInt64)
        /// The append is durable through this offset.
        case append(through: UInt64)
    }

    public let place: Place
    /// The length of the upload, if this piece determines it (a short last chunk).
    public let length: UInt64?
    /// The bytes and their offset, for an upload stored in the catalogue.
    public let bytes: (offset: UInt64, bytes: [UInt8])?

    public init(_ place: Place, length: UInt64? = nil, bytes: (offset: UInt64, bytes: [UInt8])? = nil) {
        self.place = place
        self.length = length
        self.bytes = bytes
    }
}

/// An entry of a list of uploads.
public struct ListedUpload: Sendable {
    public let record: UploadRecord
    /// The derivation of a committed upload with a recipe; nil for all others.
    public let derivation: Derivation?

    public init(record: UploadRecord, derivation: Derivation?) {
        self.record = record
        self.derivation = derivation
    }

    public var id: SessionId { record.id }
}

/// The progress of a concatenation's parts.
public struct PartsStatus: Hashable, Sendable {
    /// The number of parts that are not committed yet; a part that occurs twice counts twice.
    public let pending: UInt64
    /// The total length of the parts; nil while any length is unknown.
    public let length: UInt64?

    public init(pending: UInt64, length: UInt64?) {
        self.pending = pending
        self.length = length
    }
}

/// Selects uploads; an empty filter selects all of them.
public struct UploadFilter: Hashable, Sendable {
    public enum State: Int, Hashable, Sendable {
        case pending = 0
        case committed = 1
        case aborted = 2
        case expired = 3
    }

    public var state: State?
    public var capsule: CapsuleId?
    public var caller: Principal?

    public init(state: State? = nil, capsule: CapsuleId? = nil, caller: Principal? = nil) {
        self.state = state
        self.capsule = capsule
        self.caller = caller
    }
}

extension UploadFilter.State {
    package init(_ status: SessionStatus) {
        switch status {
        case .pending: self = .pending
        case .committed: self = .committed
        case .aborted: self = .aborted
        case .expired: self = .expired
        }
    }
}

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

    /// The asset that is recorded for the draft.
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

    public init(inlineBudgetBytes: UInt64, assetsMax: UInt64) {
        self.inlineBudgetBytes = inlineBudgetBytes
        self.assetsMax = assetsMax
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
    public let key: IdempotencyKey?
    public let fingerprint: Digest
    public let limits: MemoryLimits
    /// See `Memory.derivationError`.
    public let derivationError: String?

    public init(
        id: MemoryId, capsule: CapsuleId, creator: Principal, details: MemoryDetails, createdAt: Timestamp,
        assets: [NewAsset], key: IdempotencyKey?, fingerprint: Digest, limits: MemoryLimits,
        derivationError: String? = nil
    ) {
        self.id = id
        self.capsule = capsule
        self.creator = creator
        self.details = details
        self.createdAt = createdAt
        self.assets = assets
        self.key = key
        self.fingerprint = fingerprint
        self.limits = limits
        self.derivationError = derivationError
    }
}
