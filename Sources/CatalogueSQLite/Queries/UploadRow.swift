import SessionCore
import UploadCore

/// The columns of an upload that decide about changes of its state.
struct UploadHead {
    let seq: Int64
    let id: SessionId
    let status: SessionStatus
    let capsule: CapsuleId
    let isPartial: Bool
    let storage: Storage
    let isConcatenation: Bool
    let isFreed: Bool
    let chunkSize: UInt64?
    let length: UInt64?
    let offset: UInt64
    let lastSeen: Timestamp
    let provisionalMemoryId: String
    let digest: BlobDigest?

    /// Of format 1, since the migration to format 3 reads them.
    static let columns = """
        seq, id, state, state_at, capsule, is_partial, storage, is_concatenation, is_freed, chunk_size, length, \
        offset, last_seen, provisional_memory, digest, digest_parts
        """

    init(_ row: inout Row) throws(UploadError) {
        seq = try row.next()
        id = try row.next()
        status = try SessionStatus(&row)
        capsule = try row.next()
        isPartial = try row.next()
        storage = try row.next()
        isConcatenation = try row.next()
        isFreed = try row.next()
        chunkSize = try row.next()
        length = try row.next()
        offset = try row.next()
        lastSeen = try row.next()
        provisionalMemoryId = try row.next()
        let digest: Digest? = try row.next()
        let parts: Int? = try row.next()
        self.digest = digest.map { digest in parts.map { .composite(digest, parts: $0) } ?? .whole(digest) }
        // A chunk size of 0 would crash every division by it.
        guard chunkSize != 0 else { throw row.corrupt("belongs to an upload with chunks of no bytes") }
    }
}

extension UploadHead {
    var key: ObjectKey { ObjectKey(provisionalMemoryId: provisionalMemoryId, session: id) }

    var layout: SessionLayout { chunkSize.map { .chunks(size: $0) } ?? .append }

    var isCommitted: Bool {
        if case .committed = status { true } else { false }
    }

    var isEnded: Bool { !status.isPending && !isCommitted }
    /// Whether its durable pieces are in the table `ledger`.
    var hasLedger: Bool { status.isPending && chunkSize != nil }
    /// Whether it is readable: committed, and not a part.
    var isBlob: Bool { isCommitted && !isPartial }

    func requirePending() throws(UploadError) {
        guard status.isPending else { throw UploadError(ended: status) }
    }
}

// MARK: - Columns

extension UploadFilter.State: ColumnValue {}
extension Storage: ColumnValue {}
extension Recipe: ColumnValue {}

extension SessionStatus {
    /// Reads `state` and `state_at`.
    init(_ row: inout Row) throws(UploadError) {
        let state: UploadFilter.State = try row.next()
        let time: Timestamp? = try row.next()
        switch (state, time) {
        case (.pending, _): self = .pending
        case (.committed, let time?): self = .committed(at: time)
        case (.aborted, let time?): self = .aborted(at: time)
        case (.expired, let time?): self = .expired(at: time)
        case (_, nil): throw row.corrupt("is missing although the upload is not pending")
        }
    }

    /// The time of the change to this state; nil for pending.
    var time: Timestamp? {
        switch self {
        case .pending: nil
        case .committed(let time), .aborted(let time), .expired(let time): time
        }
    }
}

/// The whole row of an upload; its durable chunks and its parts are in other tables.
struct UploadRow {
    let head: UploadHead
    let caller: Principal
    let createdAt: Timestamp
    let idempotencyKey: IdempotencyKey?
    /// Nil once it has ended.
    let fingerprint: Digest?
    let expectedDigest: Digest?
    let asset: AssetMetadata
    let recipe: Recipe?
    let companions: [Companion]
    let tailChecksum: Checksum?
    let prefixHash: SHA256Midstate?

    static let columns =
        UploadHead.columns + """
            , caller, created_at, idempotency_key, nullif(fingerprint, x''), expected_digest, content_type, name, opaque, \
            recipe, companions, tail_checksum, prefix_hash, modified_at
            """

    init(_ row: inout Row) throws(UploadError) {
        head = try UploadHead(&row)
        caller = try row.next()
        createdAt = try row.next()
        idempotencyKey = try row.next()
        fingerprint = try row.next()
        expectedDigest = try row.next()
        let contentType: String = try row.next()
        let name: String = try row.next()
        let opaque: String = try row.next()
        recipe = try row.next()
        companions = try [Companion](stored: row.next())
        tailChecksum = try row.next()
        prefixHash = try row.next()
        asset = AssetMetadata(
            name: name, contentType: contentType, opaque: opaque, modifiedAt: try row.next())
    }

    var spec: SessionSpec {
        SessionSpec(
            layout: head.layout, expectedBytes: head.length,
            owner: SessionOwner(capsule: head.capsule, caller: caller), idempotencyKey: idempotencyKey)
    }

    /// - Parameter durableChunks: Ignored unless the upload has a ledger.
    func record(durableChunks: PieceSet, parts: [SessionId]) -> UploadRecord {
        let pieces = head.isCommitted ? spec.allPieces : head.hasLedger ? durableChunks : PieceSet()
        let meta = UploadSessionMeta(
            session: head.id, capsule: head.capsule, caller: caller, asset: asset,
            provisionalMemoryId: head.provisionalMemoryId, idempotencyKey: idempotencyKey,
            expectedDigest: expectedDigest, isPartial: head.isPartial, recipe: recipe, companions: companions,
            storage: head.storage)
        let session = Session(
            id: head.id, spec: spec,
            meta: SessionMeta(createdAt: createdAt, lastSeen: head.lastSeen, status: head.status), pieces: pieces,
            offset: head.offset)
        return UploadRecord(
            meta: meta, session: session, fingerprint: fingerprint, parts: parts,
            digest: head.isCommitted ? head.digest : nil, tailChecksum: tailChecksum, prefixHash: prefixHash)
    }
}
