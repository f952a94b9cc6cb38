public import SessionCore

/// An upload as recorded in the catalogue.
///
/// A value of one word: the functions that pass a record on are asynchronous, and would each have half a kilobyte of it in
/// their frames, of which thousands wait at once.
public struct UploadRecord: Sendable {
    private var box: Box

    private final class Box: Sendable {
        let facts: Facts

        init(_ facts: Facts) {
            self.facts = facts
        }
    }

    private struct Facts: Sendable {
        var meta: UploadSessionMeta
        var session: Session
        let fingerprint: Digest?
        let parts: [SessionId]
        var digest: BlobDigest?
        var tailChecksum: Checksum?
        var prefixHash: SHA256Midstate?
        var fence: Fence
    }

    public init(
        meta: UploadSessionMeta, session: Session, fingerprint: Digest?, parts: [SessionId] = [],
        digest: BlobDigest? = nil, tailChecksum: Checksum? = nil, prefixHash: SHA256Midstate? = nil,
        fence: Fence = .initial
    ) {
        box = Box(
            Facts(
                meta: meta, session: session, fingerprint: fingerprint, parts: parts, digest: digest,
                tailChecksum: tailChecksum, prefixHash: prefixHash, fence: fence))
    }

    private mutating func set<Value>(_ field: WritableKeyPath<Facts, Value>, _ value: Value) {
        var facts = box.facts
        facts[keyPath: field] = value
        box = Box(facts)
    }

    public var meta: UploadSessionMeta {
        get { box.facts.meta }
        set { set(\.meta, newValue) }
    }

    public var session: Session {
        get { box.facts.session }
        set { set(\.session, newValue) }
    }

    /// The fingerprint of its begin request; see `BeginRequest.fingerprint`. Nil once it has ended.
    public var fingerprint: Digest? { box.facts.fingerprint }

    /// The sessions that this one concatenates, in order; empty for an upload with bytes of its own.
    public var parts: [SessionId] { box.facts.parts }

    /// Nil before the commit.
    public var digest: BlobDigest? {
        get { box.facts.digest }
        set { set(\.digest, newValue) }
    }

    /// The checksum of an append's durable bytes after its last whole block; nil if it is unknown.
    public var tailChecksum: Checksum? {
        get { box.facts.tailChecksum }
        set { set(\.tailChecksum, newValue) }
    }

    /// The SHA-256 of the first bytes, for an upload that is pending and stored in files: all of them durable. Nil if it
    /// is unknown, as in records of uploads in memory; these bytes are then read again.
    public var prefixHash: SHA256Midstate? {
        get { box.facts.prefixHash }
        set { set(\.prefixHash, newValue) }
    }

    public var fence: Fence {
        get { box.facts.fence }
        set { set(\.fence, newValue) }
    }

    public var id: SessionId { session.id }

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
