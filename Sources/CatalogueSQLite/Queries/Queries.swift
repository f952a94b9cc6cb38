import CatalogueRows
import SessionCore
import UploadCore

/// The verbs of the catalogue in SQL. Each runs inside a transaction of its caller and checks everything before it
/// writes: a verb that refuses has written nothing.
final class Queries {
    let connection: Connection
    /// A cache of capsules: every `begin` needs one. The process owns the database, so entries stay valid until they
    /// are changed here.
    private var capsules: [CapsuleId: Capsule] = [:]
    private var capsuleMembers = 0

    init(_ connection: Connection) {
        self.connection = connection
    }

    /// Rolls the transaction back and empties the cache, which may hold uncommitted changes.
    func rollBack() {
        connection.rollBack()
        forgetCapsules()
    }
}

// MARK: - Cached capsules

extension Queries {
    /// The limit on members of all cached capsules together: a few megabytes.
    private static let membersMax = 50_000

    func capsule(_ id: CapsuleId) throws(UploadError) -> Capsule? {
        if let capsule = capsules[id] { return capsule }
        guard let capsule = try readCapsule(id) else { return nil }
        if capsuleMembers >= Self.membersMax { forgetCapsules() }
        capsules[id] = capsule
        capsuleMembers += 1 + capsule.writers.count + capsule.readers.count
        return capsule
    }

    func forgetCapsules() {
        capsules = [:]
        capsuleMembers = 0
    }

    func requireCapsule(_ id: CapsuleId) throws(UploadError) -> Capsule {
        guard let capsule = try capsule(id) else { throw UploadError(.notFound(.capsule)) }
        return capsule
    }
}

// MARK: - Uploads

extension Queries {
    func head(_ id: SessionId) throws(UploadError) -> UploadHead? {
        try connection.first("SELECT \(UploadHead.columns) FROM uploads WHERE id = ?1", id) { row throws(UploadError) in
            try UploadHead(&row)
        }
    }

    func requireHead(_ id: SessionId) throws(UploadError) -> UploadHead {
        guard let head = try head(id) else { throw UploadError(.notFound(.upload)) }
        return head
    }

    func requirePending(_ id: SessionId) throws(UploadError) -> UploadHead {
        let head = try requireHead(id)
        try head.requirePending()
        return head
    }

    func upload(_ id: SessionId) throws(UploadError) -> UploadRecord? {
        let row = try connection.first(
            "SELECT \(UploadRow.columns) FROM uploads WHERE id = ?1", id
        ) { row throws(UploadError) in try UploadRow(&row) }
        return try row.map(record)
    }

    /// Completes a row with its durable chunks and parts.
    func record(_ row: UploadRow) throws(UploadError) -> UploadRecord {
        let chunks = row.head.hasLedger ? try durableChunks(of: row.head.seq) : PieceSet()
        let parts = row.head.isConcatenation ? try partIds(of: row.head.seq) : []
        return row.record(durableChunks: chunks, parts: parts)
    }

    private func durableChunks(of seq: Int64) throws(UploadError) -> PieceSet {
        let pages = try connection.all(
            "SELECT page, bits FROM ledger WHERE upload = ?1 ORDER BY page", seq
        ) { row throws(UploadError) in
            let page: UInt64 = try row.next()
            return (page: page, bits: try row.next([UInt8].self))
        }
        return PieceSet(pages: pages)
    }
}
