import SessionCore
import UploadCore

/// The whole row of an upload; its durable chunks and its parts are in other tables.
struct UploadRow {
    let head: UploadHead
    let caller: Principal
    let createdAt: Timestamp
    let idempotencyKey: IdempotencyKey?
    let fingerprint: Digest
    let expectedDigest: Digest?
    let asset: AssetMetadata
    let recipe: Recipe?

    static let columns =
        UploadHead.columns + """
            , caller, created_at, idempotency_key, fingerprint, expected_digest, content_type, name, opaque, recipe
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
        asset = AssetMetadata(name: name, contentType: contentType, opaque: try row.next())
        recipe = try row.next()
    }

    var spec: SessionSpec {
        SessionSpec(
            layout: head.chunkSize.map { .chunks(size: $0) } ?? .append, expectedBytes: head.length,
            owner: SessionOwner(capsule: head.capsule, caller: caller), idempotencyKey: idempotencyKey)
    }

    func record(pieces: PieceSet, parts: [SessionId]) -> UploadRecord {
        let meta = UploadSessionMeta(
            session: head.id, capsule: head.capsule, caller: caller, asset: asset,
            provisionalMemoryId: head.provisionalMemoryId, idempotencyKey: idempotencyKey,
            expectedDigest: expectedDigest, isPartial: head.isPartial, recipe: recipe,
            storage: head.storage)
        let session = Session(
            id: head.id, spec: spec,
            meta: SessionMeta(createdAt: createdAt, lastSeen: head.lastSeen, status: head.status), pieces: pieces,
            offset: head.offset)
        return UploadRecord(
            meta: meta, session: session, fingerprint: fingerprint, parts: parts,
            digest: head.isCommitted ? head.digest : nil)
    }
}
