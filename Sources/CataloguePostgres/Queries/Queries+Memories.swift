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
        try lockBudget(for: draft.assets, in: draft.capsule)
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
        return try memories(rows)
    }

    func updateMemory(
        _ id: MemoryId, checkAccess: AccessCheck, _ revise: MemoryRevision
    ) throws(UploadError) -> Memory {
        let row = try requireMemory(id, checkAccess)
        var memory = try self.memory(row)
        try revise(&memory.details)
        let details = memory.details
        try connection.send(
            """
            UPDATE memories SET title = $2, text = $3, type = $4, taken_at = $5, taken_zone = $6, thumb_hash = $7
            WHERE seq = $1
            """, row.seq, details.title, details.text, details.type, details.takenAt?.storedMilliseconds,
            details.takenAt?.zoneMinutes, details.thumbHash)
        try connection.send("DELETE FROM tags WHERE memory = $1", row.seq)
        try insert(details.tags, of: row.seq)
        return memory
    }

    func deleteMemory(
        _ id: MemoryId, withBlobs: Bool, at now: Timestamp, checkAccess: AccessCheck
    ) throws(UploadError) -> [ObjectKey] {
        try lockCapsule(of: id)
        let row = try requireMemory(id, checkAccess)
        let assets = try assets(of: row.seq)
        let blobs = withBlobs ? try lockBlobs(of: assets) : []
        try connection.send("DELETE FROM assets WHERE memory = $1", row.seq)
        try connection.send("DELETE FROM tags WHERE memory = $1", row.seq)
        try connection.send("DELETE FROM memories WHERE seq = $1", row.seq)
        // Before the row that the inline bytes change: ends lock that of a link first.
        let garbage = try endBlobs(blobs, at: now)
        try addInlineBytes(-assets.inlineBytes, to: row.capsule)
        return garbage
    }
}

// MARK: - Rows

extension Queries {
    /// Locks a memory for changes, after an access check on its capsule.
    func requireMemory(_ id: MemoryId, _ checkAccess: AccessCheck) throws(UploadError) -> MemoryRow {
        guard let row = try memoryRow(id, .update) else { throw UploadError(.notFound(.memory)) }
        try checkAccess(try requireCapsule(row.capsule))
        return row
    }

    /// Keeps the sum of the inline bytes of a memory's capsule for changes, before the memory is locked.
    func lockCapsule(of id: MemoryId) throws(UploadError) {
        try connection.send(
            "SELECT 1 FROM capsules WHERE id = (SELECT capsule FROM memories WHERE id = $1) FOR UPDATE", id)
    }

    private func memoryRow(_ id: MemoryId, _ lock: Lock = .none) throws(UploadError) -> MemoryRow? {
        try connection.first(
            "SELECT \(MemoryRow.columns) FROM memories WHERE id = $1 \(lock.rawValue)", id
        ) { row throws(UploadError) in try MemoryRow(&row) }
    }

    private func memory(
        capsule: CapsuleId, creator: Principal, key: IdempotencyKey
    ) throws(UploadError) -> MemoryRow? {
        try connection.first(
            """
            SELECT \(MemoryRow.columns) FROM memories WHERE capsule = $1 AND creator = $2 AND idempotency_key = $3
            """, capsule, creator, key
        ) { row throws(UploadError) in try MemoryRow(&row) }
    }

    /// Completes a row with its tags and assets.
    func memory(_ row: MemoryRow) throws(UploadError) -> Memory {
        try memories([row]).first ?? row.memory(tags: [], assets: [])
    }

    /// In two statements, however many rows there are.
    private func memories(_ rows: [MemoryRow]) throws(UploadError) -> [Memory] {
        if rows.isEmpty { return [] }
        let numbers = rows.map(\.seq)
        let tags = try connection.all(
            "SELECT memory, tag FROM tags WHERE memory = ANY($1) ORDER BY memory, position", ColumnArray(numbers)
        ) { row throws(UploadError) in (memory: try row.next(Int64.self), tag: try row.next(String.self)) }
        let tagsOf = Dictionary(grouping: tags, by: \.memory)
        let assetsOf = try assets(of: numbers)
        return rows.map { $0.memory(tags: tagsOf[$0.seq, default: []].map(\.tag), assets: assetsOf[$0.seq] ?? []) }
    }

    private func insert(_ draft: MemoryDraft) throws(UploadError) -> Int64 {
        let details = draft.details
        let seq = try connection.first(
            """
            INSERT INTO memories (
                id, capsule, creator, idempotency_key, fingerprint, created_at, taken_at, type, title, text,
                thumb_hash, derivation_error, taken_zone, derivation_extent, derivation_note)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
            RETURNING seq
            """, draft.id, draft.capsule, draft.creator, draft.key, draft.fingerprint, draft.createdAt,
            details.takenAt?.storedMilliseconds, details.type, details.title, details.text, details.thumbHash,
            draft.derivationError, details.takenAt?.zoneMinutes, draft.derivationNote?.extent,
            draft.derivationNote?.reason
        ) { row throws(UploadError) in try row.next(Int64.self) }
        guard let seq else { throw UploadError(.alreadyExists) }
        try insert(details.tags, of: seq)
        return seq
    }

    private func insert(_ tags: [String], of memory: Int64) throws(UploadError) {
        if tags.isEmpty { return }
        try connection.send(
            """
            INSERT INTO tags (memory, position, tag)
                SELECT $1, position, tag FROM unnest($2::text[]) WITH ORDINALITY AS list (tag, position)
            """, memory, ColumnArray(tags))
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
    static func memoriesQuery(_ order: MemoryOrder, isFirst: Bool) -> String {
        let direction = order.isNewestFirst ? "DESC" : "ASC"
        let comparison = order.isNewestFirst ? "<" : ">"
        let (place, bound) = order.isByCapture ? ("(shown_at, id)", "($3, $2)") : ("id", "$2")
        return """
            SELECT \(MemoryRow.columns) FROM memories WHERE capsule = $1
                \(isFirst ? "" : "AND \(place) \(comparison) \(bound)")
            ORDER BY \(order.isByCapture ? "shown_at \(direction), " : "")id \(direction) LIMIT $4
            """
    }
}

extension DerivationNote.Extent: ColumnValue {}
