import SessionCore
import UploadCore
import UploadDerivation
import UploadMemories

/// Everything a catalogue knows.
struct ModelState: Sendable {
    var capsules: [CapsuleId: Capsule] = [:]
    /// The default capsule of an owner.
    var defaults: [Principal: CapsuleId] = [:]

    /// Every upload there ever was: an id is taken for good.
    var uploads: [SessionId: ModelUpload] = [:]
    /// What the keys of pending and committed uploads began.
    var keys: [ModelKey: SessionId] = [:]
    /// How many uploads are pending.
    var active: [SessionOwner: UInt64] = [:]
    /// The pending and committed uploads that have parts.
    var concatenations: Set<SessionId> = []
    /// Files that nothing refers to, in the order in which they became so.
    var garbage: [ObjectKey] = []

    var memories: [MemoryId: ModelMemory] = [:]
    var memoryKeys: [ModelKey: MemoryId] = [:]

    /// Of the uploads with a recipe that were committed.
    var derivations: [SessionId: ModelDerivation] = [:]
}

struct ModelUpload: Sendable {
    var record: UploadRecord
    /// Byte for byte what lives in the catalogue; nil where nothing was recorded.
    var bytes: [UInt8?] = []
    /// What it consists of, from its commit on. Stays known after the end of a part, for those that refer to it.
    var extents: [Extent]?
    /// Where the blob store keeps its bytes, in order, and the digests of its chunks; only in a shared catalogue.
    var receipts: [StorageReceipt] = []
    var chunkDigests: [UInt64: Digest] = [:]

    var status: SessionStatus { record.session.meta.status }
    var owner: SessionOwner { SessionOwner(capsule: record.meta.capsule, caller: record.meta.caller) }
    var key: ModelKey? { record.meta.idempotencyKey.map { ModelKey(owner: owner, key: $0) } }

    var isCommitted: Bool { record.blob != nil }
    var isEnded: Bool { !status.isPending && !isCommitted }
    /// Whether readers see it: committed, and no mere part.
    var isBlob: Bool { isCommitted && !record.meta.isPartial }
    /// Whether it goes on expiring.
    var canExpire: Bool { status.isPending || isCommitted && record.meta.isPartial }
}

struct ModelMemory: Sendable {
    var memory: Memory
    let key: IdempotencyKey?
    let fingerprint: Digest
}

/// An idempotency key is scoped to its capsule and caller.
struct ModelKey: Hashable, Sendable {
    let owner: SessionOwner
    let key: IdempotencyKey
}

// MARK: - Lookups that refuse

extension ModelState {
    func requireCapsule(_ id: CapsuleId) throws(UploadError) -> Capsule {
        guard let capsule = capsules[id] else { throw UploadError(.notFound(.capsule)) }
        return capsule
    }

    func requireUpload(_ id: SessionId) throws(UploadError) -> ModelUpload {
        guard let upload = uploads[id] else { throw UploadError(.notFound(.upload)) }
        return upload
    }

    func requirePending(_ id: SessionId, _ fence: Fence) throws(UploadError) -> ModelUpload {
        let upload = try requireUpload(id)
        guard upload.status.isPending else { throw UploadError(ended: upload.status) }
        try upload.requireCurrent(fence)
        return upload
    }
}

/// A catalogue stores the decisions of the ledger and recreates the ledger from stored values, as from a row.
extension Session {
    func changing(
        length: UInt64? = nil, lastSeen: Timestamp? = nil, status: SessionStatus? = nil, pieces: PieceSet? = nil,
        offset: UInt64? = nil
    ) -> Session {
        Session(
            id: id,
            spec: SessionSpec(
                layout: spec.layout, expectedBytes: length ?? spec.expectedBytes, owner: spec.owner,
                idempotencyKey: spec.idempotencyKey),
            meta: SessionMeta(
                createdAt: meta.createdAt, lastSeen: lastSeen ?? meta.lastSeen, status: status ?? meta.status),
            pieces: pieces ?? self.pieces, offset: offset ?? self.offset)
    }

    /// Committed, with all pieces durable: the caller has verified that.
    func committed(length: UInt64, at now: Timestamp) -> Session {
        guard let chunkSize = spec.chunkSize else {
            return changing(
                length: length, lastSeen: max(meta.lastSeen, now), status: .committed(at: now), offset: length)
        }
        var all = PieceSet()
        for index in 0..<(length / chunkSize + (length % chunkSize == 0 ? 0 : 1)) { all.insert(index) }
        return changing(
            length: length, lastSeen: max(meta.lastSeen, now), status: .committed(at: now), pieces: all)
    }
}

extension PieceSet {
    func inserting(_ index: UInt64) -> PieceSet {
        var copy = self
        copy.insert(index)
        return copy
    }
}

extension ModelUpload {
    /// Only a pending upload is fenced.
    func requireCurrent(_ fence: Fence) throws(UploadError) {
        guard !status.isPending || fence == record.fence else { throw UploadError(.superseded) }
    }
}
