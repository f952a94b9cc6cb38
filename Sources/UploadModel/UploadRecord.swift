public import SessionCore

/// An upload as recorded in the catalogue.
///
/// A value of one word: the functions that pass a record on are asynchronous, and would each have half a kilobyte of it in
/// their frames, of which thousands wait at once.
public struct UploadRecord: Sendable {
    @usableFromInline var facts: Facts

    public init(
        meta: UploadSessionMeta, session: Session, fingerprint: Digest?, parts: [SessionId] = [],
        digest: BlobDigest? = nil, tailChecksum: Checksum? = nil, prefixHash: SHA256Midstate? = nil,
        fence: Fence = .initial
    ) {
        facts = Facts(
            meta: meta, session: session, fingerprint: fingerprint, parts: parts, digest: digest,
            tailChecksum: tailChecksum, prefixHash: prefixHash, fence: fence)
    }

    /// Proof: only `UploadRecord` refers to it, and changes it only where nothing else does.
    @usableFromInline final class Facts: @unchecked Sendable {
        @usableFromInline var meta: UploadSessionMeta
        @usableFromInline var session: Session
        @usableFromInline let fingerprint: Digest?
        @usableFromInline let parts: [SessionId]
        @usableFromInline var digest: BlobDigest?
        @usableFromInline var tailChecksum: Checksum?
        @usableFromInline var prefixHash: SHA256Midstate?
        @usableFromInline var fence: Fence

        init(
            meta: UploadSessionMeta, session: Session, fingerprint: Digest?, parts: [SessionId], digest: BlobDigest?,
            tailChecksum: Checksum?, prefixHash: SHA256Midstate?, fence: Fence
        ) {
            self.meta = meta
            self.session = session
            self.fingerprint = fingerprint
            self.parts = parts
            self.digest = digest
            self.tailChecksum = tailChecksum
            self.prefixHash = prefixHash
            self.fence = fence
        }
    }

    @usableFromInline mutating func makeUnique() {
        guard !isKnownUniquelyReferenced(&facts) else { return }
        facts = Facts(
            meta: facts.meta, session: facts.session, fingerprint: facts.fingerprint, parts: facts.parts,
            digest: facts.digest, tailChecksum: facts.tailChecksum, prefixHash: facts.prefixHash, fence: facts.fence)
    }

    @inlinable public var meta: UploadSessionMeta {
        get { facts.meta }
        set {
            makeUnique()
            facts.meta = newValue
        }
    }

    @inlinable public var session: Session {
        get { facts.session }
        set {
            makeUnique()
            facts.session = newValue
        }
    }

    /// The fingerprint of its begin request; see `BeginRequest.fingerprint`. Nil once it has ended.
    @inlinable public var fingerprint: Digest? { facts.fingerprint }

    /// The sessions that this one concatenates, in order; empty for an upload with bytes of its own.
    @inlinable public var parts: [SessionId] { facts.parts }

    /// Nil before the commit.
    @inlinable public var digest: BlobDigest? {
        get { facts.digest }
        set {
            makeUnique()
            facts.digest = newValue
        }
    }

    /// The checksum of an append's durable bytes after its last whole block; nil if it is unknown.
    @inlinable public var tailChecksum: Checksum? {
        get { facts.tailChecksum }
        set {
            makeUnique()
            facts.tailChecksum = newValue
        }
    }

    /// The SHA-256 of the first bytes, for an upload that is pending and stored in files: all of them durable. Nil if it
    /// is unknown, as in records of uploads in memory; these bytes are then read again.
    @inlinable public var prefixHash: SHA256Midstate? {
        get { facts.prefixHash }
        set {
            makeUnique()
            facts.prefixHash = newValue
        }
    }

    @inlinable public var fence: Fence {
        get { facts.fence }
        set {
            makeUnique()
            facts.fence = newValue
        }
    }

    @inlinable public var id: SessionId { facts.session.id }

    /// The blob of a committed upload.
    public var blob: BlobId? {
        if case .committed = session.meta.status { BlobId(session.id) } else { nil }
    }
}

/// A fencing token (M. Kleppmann, “How to do distributed locking”, 2016): counts the claims of a pending upload in a
/// catalogue that several engines share. The catalogue refuses changes under an older fence, so that a paused or
/// disconnected engine cannot undo the work of its successor.
public struct Fence: Hashable, Sendable {
    public let epoch: UInt64

    public init(epoch: UInt64) {
        self.epoch = epoch
    }

    /// The fence of an upload that was never claimed; the only one in a catalogue of a single engine.
    public static let initial = Fence(epoch: 0)
}

/// A reference of a blob to all bytes of one upload.
public struct Extent: Hashable, Sendable {
    /// The upload that stored the bytes.
    public let source: SessionId
    public let storage: Storage
    public let key: ObjectKey
    public let length: UInt64
    public let digest: Digest

    public init(source: SessionId, storage: Storage, key: ObjectKey, length: UInt64, digest: Digest) {
        self.source = source
        self.storage = storage
        self.key = key
        self.length = length
        self.digest = digest
    }
}

/// A committed upload for readers: an immutable, ordered list of extents.
public struct Blob: Hashable, Sendable {
    public let id: BlobId
    public let capsule: CapsuleId
    public let asset: AssetMetadata
    public let size: UInt64
    public let digest: BlobDigest
    /// The chunk size of the upload; nil for appends and concatenations.
    public let chunkSize: UInt64?
    public let createdAt: Timestamp
    public let extents: [Extent]

    public init(
        id: BlobId, capsule: CapsuleId, asset: AssetMetadata, size: UInt64, digest: BlobDigest, chunkSize: UInt64?,
        createdAt: Timestamp, extents: [Extent]
    ) {
        self.id = id
        self.capsule = capsule
        self.asset = asset
        self.size = size
        self.digest = digest
        self.chunkSize = chunkSize
        self.createdAt = createdAt
        self.extents = extents
    }
}
