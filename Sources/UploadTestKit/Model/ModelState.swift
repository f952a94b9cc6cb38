import DeliberateFaults
import SessionCore
import UploadCore
import UploadDerivation
import UploadMemories

/// Everything a catalogue knows.
struct ModelState: Sendable {
    /// Whether several engines share it, so that the bytes are in segments.
    var isShared = false
    /// Nil if nothing ages: announcements and removed segments become garbage when they are told to.
    var aging: CatalogueAging?
    /// The engines that have reached it.
    var engineCount = 0
    var maintenance = MaintenanceState()
    var capsules: [CapsuleId: Capsule] = [:]
    /// The default capsule of an owner.
    var defaults: [Principal: CapsuleId] = [:]

    let linkSecret = LinkSecret.random()
    var links: [LinkId: UploadLink] = [:]
    /// The number of uploads ever begun through a link.
    var linkUses: [LinkId: UInt64] = [:]

    /// Every upload that was begun and not removed.
    var uploads: [SessionId: ModelUpload] = [:]
    /// The number of uploads ever begun.
    var begun: UInt64 = 0
    /// The idempotency keys of pending and committed uploads.
    var keys: [ModelKey: SessionId] = [:]
    /// The number of pending uploads.
    var active: [SessionOwner: UInt64] = [:]
    /// The pending and committed uploads that have parts.
    var concatenations: Set<SessionId> = []
    /// The keys of unreferenced files and segments, in the order in which they became garbage.
    var garbage: [ObjectKey] = []
    /// The removals of a segment so far, and when the next one is due, by the time of `aging`.
    var removals: [ObjectKey: ModelRemoval] = [:]
    /// The keys of segments that no record has taken yet, in their order and with their times.
    var announced = ModelAnnouncements()

    var memories: [MemoryId: ModelMemory] = [:]
    var memoryKeys: [ModelKey: MemoryId] = [:]

    /// The derivations of uploads with a recipe, from the commit on.
    var derivations: [SessionId: ModelDerivation] = [:]
}

struct ModelUpload: Sendable {
    var record: UploadRecord
    /// Its number in the order of beginning.
    var number: UInt64 = 0
    /// Whether its bytes were given up.
    var isFreed = false
    /// The bytes stored in the catalogue; nil where nothing was recorded.
    var bytes: [UInt8?] = []
    /// The extents of its content, from the commit on. Kept after the end of a part, for uploads that refer to it.
    var extents: [Extent]?
    /// The locations of its bytes in the blob store, in order, and the digests of its chunks; only in a shared
    /// catalogue.
    var receipts: [StorageReceipt] = []
    var chunkDigests: [UInt64: Digest] = [:]
    /// The checksums of the blocks of its file.
    var checksums: [UInt64: Checksum] = [:]
    /// The digest of all bytes of a concatenation, if it was kept.
    var wholeDigest: Digest?
    /// The link through which it was begun.
    var link: LinkId?

    var status: SessionStatus { record.session.meta.status }
    var owner: SessionOwner { SessionOwner(capsule: record.meta.capsule, caller: record.meta.caller) }
    var key: ModelKey? { record.meta.idempotencyKey.map { ModelKey(owner: owner, key: $0) } }

    /// Whether it counts as a pending upload of its caller in its capsule.
    var isActive: Bool { status.isPending && !record.meta.isPartial }
    var isCommitted: Bool { record.blob != nil }
    var isEnded: Bool { !status.isPending && !isCommitted }
    /// Whether it is visible to readers: committed and not a part.
    var isBlob: Bool { isCommitted && !record.meta.isPartial }
    /// Whether it can still expire.
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

    /// A committed copy with all pieces durable, as the caller has verified.
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
        guard !status.isPending || fence == record.fence || DeliberateFault.ignoreFences.isOn else {
            throw UploadError(.superseded)
        }
    }
}
