import CatalogueRows
import SessionCore
import UploadCore
import UploadMemories

extension Queries {
    func createMemory(_ draft: MemoryDraft, checkAccess: AccessCheck) throws(UploadError) -> Memory {
        try checkAccess(try requireCapsule(draft.capsule))
        if let key = draft.key, let earlier = try memory(capsule: draft.capsule, creator: draft.creator, key: key) {
            guard earlier.fingerprint == draft.fingerprint else { throw UploadError(.idempotencyConflict) }
            return try memory(earlier)
        }
        guard try memoryRow(draft.id) == nil else { throw UploadError(.alreadyExists) }
        let assets =
            try assets(draft.assets, in: draft.capsule) + companions(draft.companions, in: draft.capsule)
        try requireBudget(for: assets, in: draft.capsule, draft.limits)

        let seq = try insert(draft)
        try insert(assets, of: seq, in: draft.capsule)
        return Memory(
            id: draft.id, capsule: draft.capsule, creator: draft.creator, details: draft.details,
            createdAt: draft.createdAt, assets: assets, derivationError: draft.derivationError,
            derivationNote: draft.derivationNote)
    }

    func memory(_ id: MemoryId) throws(UploadError) -> (memory: Memory, capsule: Capsule)? {
        guard let row = try memoryRow(id) else { return nil }
        return (try memory(row), try requireCapsule(row.capsule))
    }

    func memories(
        in id: CapsuleId, after: MemoryPosition?, order: MemoryOrder, limit: Int
    ) throws(UploadError) -> [Memory] {
        let rows = try connection.all(
            Self.memoriesQuery(order, isFirst: after == nil), id, after?.id, after?.shownAt, max(0, limit)
        ) { row throws(UploadError) in try MemoryRow(&row) }
        var memories: [Memory] = []
        for row in rows { memories.append(try memory(row)) }
        return memories
    }

    func updateMemory(
        _ id: MemoryId, checkAccess: AccessCheck, _ revise: MemoryRevision
    ) throws(UploadError) -> Memory {
        let row = try requireMemory(id, checkAccess)
        var memory = try self.memory(row)
        try revise(&memory.details)
        let details = memory.details
        try connection.run(
            """
            UPDATE memories SET title = ?2, text = ?3, type = ?4, taken_at = ?5, taken_zone = ?6, thumb_hash = ?7
            WHERE seq = ?1
            """, row.seq, details.title, details.text, details.type, details.takenAt?.storedMilliseconds,
            details.takenAt?.zoneMinutes, details.thumbHash)
        try connection.run("DELETE FROM tags WHERE memory = ?1", row.seq)
        try insert(details.tags, of: row.seq)
        connection.logHoldsDeletedRows = true
        return memory
    }

    func deleteMemory(
        _ id: MemoryId, withBlobs: Bool, at now: Timestamp, checkAccess: AccessCheck
    ) throws(UploadError) -> [ObjectKey] {
        let row = try requireMemory(id, checkAccess)
        let assets = try assets(of: row.seq)
        try connection.run("DELETE FROM assets WHERE memory = ?1", row.seq)
        try connection.run("DELETE FROM tags WHERE memory = ?1", row.seq)
        try connection.run("DELETE FROM memories WHERE seq = ?1", row.seq)
        try addInlineBytes(-assets.inlineBytes, to: row.capsule)
        return withBlobs ? try endBlobs(of: assets, at: now) : []
    }
}

// MARK: - Rows

extension Queries {
    /// The row of a memory, after an access check on its capsule.
    func requireMemory(_ id: MemoryId, _ checkAccess: AccessCheck) throws(UploadError) -> MemoryRow {
        guard let row = try memoryRow(id) else { throw UploadError(.notFound(.memory)) }
        try checkAccess(try requireCapsule(row.capsule))
        return row
    }

    private func memoryRow(_ id: MemoryId) throws(UploadError) -> MemoryRow? {
        try connection.first(
            "SELECT \(MemoryRow.columns) FROM memories WHERE id = ?1", id
        ) { row throws(UploadError) in try MemoryRow(&row) }
    }

    private func memory(
        capsule: CapsuleId, creator: Principal, key: IdempotencyKey
    ) throws(UploadError) -> MemoryRow? {
        try connection.first(
            """
            SELECT \(MemoryRow.columns) FROM memories WHERE capsule = ?1 AND creator = ?2 AND idempotency_key = ?3
            """, capsule, creator, key
        ) { row throws(UploadError) in try MemoryRow(&row) }
    }

    /// Completes a row with its tags and assets.
    func memory(_ row: MemoryRow) throws(UploadError) -> Memory {
        let tags = try connection.all(
            "SELECT tag FROM tags WHERE memory = ?1 ORDER BY position", row.seq
        ) { row throws(UploadError) in try row.next(String.self) }
        return row.memory(tags: tags, assets: try assets(of: row.seq))
    }

    private func insert(_ draft: MemoryDraft) throws(UploadError) -> Int64 {
        let details = draft.details
        try connection.run(
            """
            INSERT INTO memories (
                id, capsule, creator, idempotency_key, fingerprint, created_at, taken_at, type, title, text,
                thumb_hash, derivation_error, taken_zone, derivation_extent, derivation_note)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
            """, draft.id, draft.capsule, draft.creator, draft.key, draft.fingerprint, draft.createdAt,
            details.takenAt?.storedMilliseconds, details.type, details.title, details.text, details.thumbHash,
            draft.derivationError, details.takenAt?.zoneMinutes, draft.derivationNote?.extent,
            draft.derivationNote?.reason)
        let seq = connection.lastInsertedRow
        try insert(details.tags, of: seq)
        return seq
    }

    private func insert(_ tags: [String], of memory: Int64) throws(UploadError) {
        for (position, tag) in tags.enumerated() {
            try connection.run("INSERT INTO tags (memory, position, tag) VALUES (?1, ?2, ?3)", memory, position, tag)
        }
    }
}

extension MemoryRow {
    static let columns = """
        seq, id, capsule, creator, fingerprint, created_at, taken_at, taken_zone, type, title, text, thumb_hash,
        derivation_error, derivation_extent, derivation_note
        """

    init(_ row: inout Row) throws(UploadError) {
        self.init(
            seq: try row.next(), id: try row.next(), capsule: try row.next(), creator: try row.next(),
            fingerprint: try row.next(), createdAt: try row.next(), storedTime: try row.next(),
            zoneMinutes: try row.next(), type: try row.next(), title: try row.next(), text: try row.next(),
            thumbHash: try row.next(), derivationError: try row.next(), extent: try row.next(), note: try row.next())
    }
}

// MARK: - Lists and times

extension Queries {
    /// With the order as a literal, so that each statement finds its index.
    static func memoriesQuery(_ order: MemoryOrder, isFirst: Bool) -> String {
        let direction = order.isNewestFirst ? "DESC" : "ASC"
        let comparison = order.isNewestFirst ? "<" : ">"
        let (place, bound) = order.isByCapture ? ("(shown_at, id)", "(?3, ?2)") : ("id", "?2")
        return """
            SELECT \(MemoryRow.columns) FROM memories WHERE capsule = ?1
                \(isFirst ? "" : "AND \(place) \(comparison) \(bound)")
            ORDER BY \(order.isByCapture ? "shown_at \(direction), " : "")id \(direction) LIMIT ?4
            """
    }
}

extension DerivationNote.Extent: ColumnValue {}
