import CatalogueRows
import SessionCore
import UploadCore

extension Queries {
    func begin(_ draft: UploadDraft, checkAccess: AccessCheck) throws(UploadError) -> Began {
        var record = draft.record
        let capsule = try requireCapsule(record.meta.capsule)
        try checkAccess(capsule)
        if draft.takesCapsuleRecipe { record.meta.recipe = capsule.recipe }
        // From here on no other call with the same key, or against the same limits, comes between.
        if draft.isLimited(record.meta, in: capsule) { try lockPrincipals([capsule.owner, record.meta.caller]) }
        if let key = record.meta.idempotencyKey,
            let earlier = try upload(capsule: record.meta.capsule, caller: record.meta.caller, key: key)
        {
            guard earlier.fingerprint == record.fingerprint else { throw UploadError(.idempotencyConflict) }
            return .replayed(try self.record(earlier))
        }
        if draft.isPending, !record.meta.isPartial {
            let active = try countActive(capsule: record.meta.capsule, caller: record.meta.caller)
            try Limits.require(active + 1, atMost: draft.activeMax, .activeUploads)
        }
        if record.meta.recipe != nil {
            let pending = try countPendingDerivations(of: record.meta.caller, atMost: draft.pendingDerivationsMax)
            try Limits.require(pending + 1, atMost: draft.pendingDerivationsMax, .pendingDerivations)
        }
        try requireCompanions(of: record.meta, in: capsule)
        try requireRoom(for: draft, in: capsule)
        if let link = draft.link { try draft.requireRoom(in: self.link(link, .update)) }
        if let source = draft.source { return .created(try insertCopy(record, of: source, in: capsule)) }
        if !record.parts.isEmpty { return .created(try insertConcatenation(record, draft.allowance)) }
        let begun =
            draft.content.map {
                record.committed(length: UInt64($0.bytes.count), digest: .whole($0.digest))
            } ?? record.withoutWriters
        let seq = try insert(begun, link: draft.link)
        if let content = draft.content { try insertBytes(content.bytes[...], of: seq, at: 0) }
        return .created(begun)
    }

    func findPending(
        capsule: CapsuleId, caller: Principal, key: IdempotencyKey
    ) throws(UploadError) -> UploadRecord? {
        let row = try upload(capsule: capsule, caller: caller, key: key)
        guard let row, row.head.status.isPending else { return nil }
        return try record(row)
    }

    /// The pending or committed upload that a key began.
    private func upload(
        capsule: CapsuleId, caller: Principal, key: IdempotencyKey
    ) throws(UploadError) -> UploadRow? {
        try connection.first(
            """
            SELECT \(UploadRow.columns) FROM uploads
            WHERE capsule = $1 AND caller = $2 AND idempotency_key = $3 AND state < 2
            """, capsule, caller, key
        ) { row throws(UploadError) in try UploadRow(&row) }
    }

    /// Records a committed concatenation of one blob.
    private func insertCopy(
        _ record: UploadRecord, of source: BlobId, in capsule: Capsule
    ) throws(UploadError) -> UploadRecord {
        guard try head(record.id, .none) == nil else { throw UploadError(.alreadyExists) }
        // Neither is deleted before this transaction ends.
        guard let head = try head(source.value, .share), head.isBlob, let length = head.length,
            let digest = head.digest,
            try requireCapsule(head.capsule).owner == capsule.owner
        else { throw UploadError(.notFound(.blob)) }
        let copy = record.committed(length: length, digest: digest)
        let seq = try insert(copy)
        try insertParts([head.id], [head.seq], of: seq)
        try writeExtents(try extents(of: head), of: seq)
        if let whole = try wholeDigest(of: head.id) { try keepWholeDigest(whole, of: copy.id) }
        return copy
    }

    private func insertConcatenation(
        _ record: UploadRecord, _ allowance: Allowance
    ) throws(UploadError) -> UploadRecord {
        guard try head(record.id, .none) == nil else { throw UploadError(.alreadyExists) }
        let found = try lockParts(record.parts, of: record.meta)
        var parts: [Int64: UploadHead] = [:]
        var sources: [Int64] = []
        for id in record.parts {
            let part = try requirePart(found[id])
            parts[part.seq] = part
            sources.append(part.seq)
        }
        try requireModestParts(sources, parts, allowance)
        let begun = record.withoutWriters
        let seq = try insert(begun)
        try insertParts(record.parts, sources, of: seq)
        return begun
    }

    private func requireCompanions(of meta: UploadSessionMeta, in capsule: Capsule) throws(UploadError) {
        if meta.companions.isEmpty { return }
        let found = try connection.all(
            "SELECT id, caller FROM uploads WHERE id = ANY($1) AND capsule = $2 AND state = 1 AND NOT is_partial",
            ColumnArray(meta.companions.map(\.blob)), capsule.id
        ) { row throws(UploadError) in (blob: try row.next(BlobId.self), caller: try row.next(Principal.self)) }
        let callers = Dictionary(found.map { ($0.blob, $0.caller) }) { first, _ in first }
        for companion in meta.companions {
            guard let caller = callers[companion.blob], caller == meta.caller || capsule.permitsReading(by: meta.caller)
            else {
                throw UploadError(.notFound(.blob))
            }
        }
    }

    /// A part is a pending or committed upload that was begun as one, by the same caller in the same capsule. Keeps the
    /// rows as they are: none of them ends before this transaction does.
    private func lockParts(
        _ ids: [SessionId], of whole: UploadSessionMeta
    ) throws(UploadError) -> [SessionId: UploadHead] {
        let parts = try connection.all(
            """
            SELECT \(UploadHead.columns) FROM uploads
            WHERE id = ANY($1) AND capsule = $2 AND caller = $3 AND state < 2 ORDER BY seq FOR SHARE
            """, ColumnArray(Set(ids)), whole.capsule, whole.caller
        ) { row throws(UploadError) in try UploadHead(&row) }
        return Dictionary(parts.map { ($0.id, $0) }) { first, _ in first }
    }

    private func requirePart(_ found: UploadHead?) throws(UploadError) -> UploadHead {
        guard let found else { throw UploadError(.notFound(.upload)) }
        guard found.isPartial else {
            throw UploadError(.invalidArgument("parts", "name an upload that was not begun as a part"))
        }
        return found
    }
}

extension UploadDraft {
    /// Whether a key or a limit may refuse the upload for what other calls record at the same time. A small blob without either
    /// waits for none of them.
    fileprivate func isLimited(_ meta: UploadSessionMeta, in capsule: Capsule) -> Bool {
        isPending || link != nil || meta.idempotencyKey != nil || meta.recipe != nil
            || allowance.quotas.bytes(of: capsule.owner) != nil
    }
}

// MARK: - The row

extension Queries {
    /// - Returns: The `seq` of the new row.
    /// - Throws: `already_exists`.
    private func insert(_ record: UploadRecord, link: LinkId? = nil) throws(UploadError) -> Int64 {
        let meta = record.meta
        let session = record.session
        var digestParts: Int?
        if case .composite(_, let parts) = record.digest { digestParts = parts }
        let seq = try connection.first(
            """
            INSERT INTO uploads (
                id, state, state_at, capsule, caller, is_partial, storage, is_concatenation,
                chunk_size, length, appended, created_at, last_seen, provisional_memory, idempotency_key, fingerprint,
                expected_digest, digest, digest_parts, content_type, name, opaque, recipe, link, modified_at,
                companions)
            VALUES (
                $1, $2, $3, $4, $5, $6, $7, $8,
                $9, $10, $11, $12, $13, $14, $15, $16,
                $17, $18, $19, $20, $21, $22, $23, $24, $25,
                $26)
            ON CONFLICT (id) DO NOTHING RETURNING seq
            """,
            record.id, UploadFilter.State(session.meta.status), session.meta.status.time, meta.capsule, meta.caller,
            meta.isPartial, meta.storage, !record.parts.isEmpty, session.spec.chunkSize, session.spec.expectedBytes,
            session.offset, session.meta.createdAt, session.meta.lastSeen, meta.provisionalMemoryId,
            meta.idempotencyKey, record.fingerprint, meta.expectedDigest, record.digest?.digest, digestParts,
            meta.asset.contentType, meta.asset.name, meta.asset.opaque, meta.recipe, link,
            meta.asset.modifiedAt, meta.companions.stored
        ) { row throws(UploadError) in try row.next(Int64.self) }
        guard let seq else { throw UploadError(.alreadyExists) }
        return seq
    }
}
