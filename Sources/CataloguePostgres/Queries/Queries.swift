import CatalogueRows
import DeliberateFaults
import SessionCore
import UploadCore

/// The verbs of the catalogue in SQL. Each runs inside a transaction of its caller.
///
/// Rows that decide about a change are locked before they are read, in this order: principals (`lockPrincipals`), capsules,
/// links, memories, uploads in the order of their `seq`, derivations; then come the rows that triggers change. Two verbs
/// that wait for each other all the same are found by the server, and one is repeated.
struct Queries {
    let connection: Connection
    let rules: Rules

    init(_ connection: Connection, _ rules: Rules) {
        self.connection = connection
        self.rules = rules
    }

    /// What the queries take from the settings.
    struct Rules: Sendable {
        /// Tells this engine from others; another one after each opening.
        let holder: SessionId
        let announcementLifetime: Int64
        let firstRemovalDelay: Int64
        let removalDelays: [Int64]
        let derivationLifetime: Int64
        let scrubStretchUploads: Int

        /// Times in milliseconds.
        init(_ settings: PostgresSettings, holder: SessionId) {
            self.holder = holder
            announcementLifetime = settings.announcementLifetime.milliseconds
            firstRemovalDelay = settings.firstRemovalDelay.milliseconds
            removalDelays = settings.removalDelays.map(\.milliseconds)
            derivationLifetime = settings.derivationLifetime.milliseconds
            scrubStretchUploads = settings.scrubStretchUploads
        }
    }
}

// MARK: - Capsules and principals

extension Queries {
    func requireCapsule(_ id: CapsuleId) throws(UploadError) -> Capsule {
        guard let capsule = try capsule(id) else { throw UploadError(.notFound(.capsule)) }
        return capsule
    }

    /// Makes calls that count against limits of these principals wait for each other, until the end of the transaction.
    ///
    /// Their rows of `usage` may not exist yet, so it is numbers that are locked: 64 bits of a hash of the name. Two
    /// principals with the same number wait for each other needlessly.
    func lockPrincipals(_ principals: [Principal]) throws(UploadError) {
        try connection.send(
            """
            SELECT pg_advisory_xact_lock(number) FROM (
                SELECT DISTINCT hashtextextended(name, 0) AS number FROM unnest($1::text[]) AS name ORDER BY number
            ) AS numbers
            """, ColumnArray(principals))
    }
}

// MARK: - Uploads

extension Queries {
    enum Lock: String {
        case none = ""
        /// Keeps the row as it is.
        case share = "FOR SHARE"
        /// Keeps the row for changes by this transaction.
        case update = "FOR UPDATE"
    }

    func head(_ id: SessionId, _ lock: Lock) throws(UploadError) -> UploadHead? {
        try connection.first(
            "SELECT \(UploadHead.columns) FROM uploads WHERE id = $1 \(lock.rawValue)", id
        ) { row throws(UploadError) in try UploadHead(&row) }
    }

    func requireHead(_ id: SessionId, _ lock: Lock = .none) throws(UploadError) -> UploadHead {
        guard let head = try head(id, lock) else { throw UploadError(.notFound(.upload)) }
        return head
    }

    /// Locks an upload for changes, and reads its fence.
    func lockedHead(_ id: SessionId) throws(UploadError) -> (fence: Fence, head: UploadHead) {
        let found = try connection.first(
            "SELECT epoch, \(UploadHead.columns) FROM uploads WHERE id = $1 FOR UPDATE", id
        ) { row throws(UploadError) in (fence: Fence(epoch: try row.next()), head: try UploadHead(&row)) }
        guard let found else { throw UploadError(.notFound(.upload)) }
        return found
    }

    /// Locks a pending upload, whose fence must be this one.
    func requirePending(_ id: SessionId, _ fence: Fence) throws(UploadError) -> UploadHead {
        let (current, upload) = try lockedHead(id)
        try upload.requirePending()
        guard current == fence || DeliberateFault.skipEpochComparison.isOn else { throw UploadError(.superseded) }
        return upload
    }

    func upload(_ id: SessionId) throws(UploadError) -> UploadRecord? {
        let row = try connection.first(
            "SELECT \(UploadRow.columns) FROM uploads WHERE id = $1", id
        ) { row throws(UploadError) in try UploadRow(&row) }
        guard let row else { return nil }
        return try record(row)
    }

    /// Raises the fence of a pending upload, and reads it. What was recorded before is there: recording locks the row.
    func claim(_ id: SessionId) throws(UploadError) -> UploadRecord? {
        let row = try connection.first(
            """
            UPDATE uploads SET epoch = epoch + \(DeliberateFault.claimWithoutRaising.isOn ? 0 : 1)
            WHERE id = $1 AND state = 0 RETURNING \(UploadRow.columns)
            """, id
        ) { row throws(UploadError) in try UploadRow(&row) }
        guard let row else { return try upload(id) }
        return try record(row)
    }

    /// Completes a row with its durable chunks and parts.
    func record(_ row: UploadRow) throws(UploadError) -> UploadRecord {
        let chunks = row.head.hasLedger ? try durableChunks(of: row.head.seq) : PieceSet()
        let parts = row.head.isConcatenation ? try partIds(of: row.head.seq) : []
        return row.record(durableChunks: chunks, parts: parts)
    }

    private func durableChunks(of seq: Int64) throws(UploadError) -> PieceSet {
        let pages = try connection.all(
            "SELECT page, bits FROM ledger WHERE upload = $1 ORDER BY page", seq
        ) { row throws(UploadError) in
            let page: UInt64 = try row.next()
            return (page: page, bits: try row.next([UInt8].self))
        }
        return PieceSet(pages: pages)
    }
}
