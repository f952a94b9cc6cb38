import SessionCore
import UploadCore

/// The tables of a catalogue and its verbs upon them. Each verb runs inside a transaction of its caller's, checks
/// everything first and writes only then: one that refuses has written nothing.
final class Tables {
    let connection: Connection
    /// Capsules read before, since every begin asks for one. The database belongs to this process alone, so they stay
    /// true until they are changed here.
    private var capsules: [CapsuleId: Capsule] = [:]
    private var capsuleMembers = 0

    init(_ connection: Connection) {
        self.connection = connection
    }

    /// Takes the transaction back, and with it what was learnt in it.
    func rollBack() {
        connection.rollBack()
        forgetCapsules()
    }
}

// MARK: - Capsules at hand

extension Tables {
    /// Members that the capsules at hand may have together: a few megabytes.
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

extension Tables {
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

    /// Adds to a row what the other tables know. An upload that has ended has no pieces and no parts any more.
    func record(_ row: UploadRow) throws(UploadError) -> UploadRecord {
        let parts = row.head.isConcatenation ? try parts(of: row.head.seq).map(\.id) : []
        var pieces = PieceSet()
        if row.head.isCommitted {
            pieces = row.spec.allPieces
        } else if row.head.status.isPending, row.head.chunkSize != nil {
            pieces = try durableChunks(of: row.head.seq)
        }
        return row.record(pieces: pieces, parts: parts)
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
