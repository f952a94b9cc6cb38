import CatalogueRows
import SessionCore
import UploadCore
import UploadDerivation
import UploadMemories

extension Queries {
    func derivation(of id: SessionId) throws(UploadError) -> Derivation? {
        try connection.first(
            Self.derivationQuery("derivations.upload = \(Self.sequenceQuery)"), id
        ) { row throws(UploadError) in try Derivation(&row) }
    }

    func derivations(
        in id: CapsuleId, state: Derivation.State?, order: CreationOrder, after: SessionId?, limit: Int
    ) throws(UploadError) -> [Derivation] {
        try connection.all(
            Self.derivationsQuery(state: state, order: order, after: after), id, after, max(0, limit)
        ) { row throws(UploadError) in try Derivation(&row) }
    }

    /// The derivations of a page of uploads, by upload.
    func derivations(
        onPageOf filter: UploadFilter, after id: SessionId?, _ limit: Int
    ) throws(UploadError) -> [SessionId: Derivation] {
        let page = Self.uploadsQuery(filter, after: id, columns: "seq")
        let found = try connection.all(
            Self.derivationQuery("derivations.upload IN (\(page))"), filter.capsule, filter.caller, id, max(0, limit)
        ) { row throws(UploadError) in try Derivation(&row) }
        return Dictionary(found.map { ($0.upload, $0) }) { first, _ in first }
    }

    func dueDerivations(
        at now: Timestamp, after caller: Principal?, excluding running: Set<SessionId>, limit: Int
    ) throws(UploadError) -> DueDerivations {
        var turns: [[Derivation]] = []
        // From the one after `caller` to the last, then from the first up to `caller`.
        var ranges: [(after: Principal?, upTo: Principal?)] = [(nil, caller)]
        if caller != nil { ranges.insert((caller, nil), at: 0) }
        for range in ranges {
            var last = range.after
            while turns.count < limit, let next = try nextCaller(after: last) {
                if let end = range.upTo, end < next { break }
                last = next
                let due = try connection.all(
                    Self.dueDerivationsQuery, next, now, limit + running.count
                ) { row throws(UploadError) in try Derivation(&row) }
                let free = due.filter { !running.contains($0.upload) }
                if !free.isEmpty { turns.append(free) }
            }
        }
        let nextDueAt = try connection.first(Self.nextDueQuery, now) { row throws(UploadError) in
            try row.next(Timestamp?.self)
        }
        return DueDerivations(turnsOf: turns, limit: limit, nextDueAt: nextDueAt ?? nil)
    }

    /// The next caller with pending derivations, by the bytes of the name.
    private func nextCaller(after caller: Principal?) throws(UploadError) -> Principal? {
        guard let caller else {
            return try connection.first(Self.firstCallerQuery) { row throws(UploadError) in try row.next() }
        }
        return try connection.first(Self.nextCallerQuery, caller) { row throws(UploadError) in try row.next() }
    }

    func countPendingDerivations(of caller: Principal) throws(UploadError) -> UInt64 {
        try connection.first(Self.countPendingQuery, caller) { row throws(UploadError) in
            try row.next(UInt64.self)
        } ?? 0
    }

    func countPendingDerivations(in id: CapsuleId) throws(UploadError) -> UInt64 {
        try connection.first(Self.countPendingInCapsuleQuery, id) { row throws(UploadError) in
            try row.next(UInt64.self)
        } ?? 0
    }

    func startDerivation(of id: SessionId) throws(UploadError) -> Derivation? {
        guard let upload = try pendingDerivation(id) else { return nil }
        try connection.run("UPDATE derivations SET attempts = attempts + 1 WHERE upload = ?1", upload)
        return try derivation(of: id)
    }

    func postponeDerivation(
        of id: SessionId, attempt: Int?, until time: Timestamp, reason: String?, takesAttemptBack: Bool
    ) throws(UploadError) {
        guard let upload = try pendingDerivation(id, attempt: attempt) else { return }
        guard attempt != nil else {
            try connection.run(
                "UPDATE derivations SET due_at = max(due_at, ?2), reason = ?3 WHERE upload = ?1", upload, time, reason)
            return
        }
        try connection.run(
            "UPDATE derivations SET attempts = attempts - ?2, due_at = ?3, reason = ?4 WHERE upload = ?1", upload,
            takesAttemptBack ? 1 : 0, time, reason)
    }

    func finishDerivation(
        of id: SessionId, attempt: Int, with draft: MemoryDraft
    ) throws(UploadError) -> Memory? {
        let isFailure = draft.derivationError != nil
        guard let upload = try pendingDerivation(id, attempt: isFailure ? attempt : nil) else { return nil }
        if let type = draft.correctedType {
            try connection.run("UPDATE uploads SET content_type = ?2 WHERE seq = ?1", upload, type)
        }
        let memory = try createMemory(draft) { _ in }
        let state: Derivation.State = draft.derivationError == nil ? .done : .failed
        try connection.run(
            "UPDATE derivations SET state = ?2, reason = ?3, memory = ?4 WHERE upload = ?1", upload, state,
            draft.derivationError, memory.id)
        return memory
    }

    /// The `seq` of an upload whose derivation is pending; nil otherwise, and if its last attempt is another one than
    /// `attempt`.
    private func pendingDerivation(_ id: SessionId, attempt: Int? = nil) throws(UploadError) -> Int64? {
        try connection.first(
            """
            SELECT upload FROM derivations
            WHERE upload = \(Self.sequenceQuery) AND state = 0 AND attempts = coalesce(?2, attempts)
            """, id, attempt
        ) { row throws(UploadError) in try row.next(Int64.self) }
    }
}

// MARK: - Queries

extension Queries {
    /// The row of the upload ?1: a value, since a join would begin with the derivations.
    private static let sequenceQuery = "(SELECT seq FROM uploads WHERE uploads.id = ?1)"
    static let firstCallerQuery = "SELECT caller FROM pending_callers ORDER BY caller LIMIT 1"
    static let nextCallerQuery = "SELECT caller FROM pending_callers WHERE caller > ?1 ORDER BY caller LIMIT 1"
    static let countPendingQuery = "SELECT n FROM pending_callers WHERE caller = ?1"
    static let countPendingInCapsuleQuery = """
        SELECT count(*) FROM derivations INDEXED BY derivations_pending WHERE capsule = ?1 AND state = 0
        """
    static let nextDueQuery = "SELECT min(due_at) FROM derivations WHERE state = 0 AND due_at > ?1"
    static let dueDerivationsQuery = """
        SELECT \(derivationColumns)
        FROM pending_derivations AS pending CROSS JOIN derivations ON derivations.upload = pending.upload
            CROSS JOIN uploads ON seq = pending.upload
        WHERE pending.caller = ?1 AND pending.due_at <= ?2 ORDER BY pending.due_at DESC, pending.upload DESC
        LIMIT ?3
        """

    /// With a literal state, so that each statement finds its index.
    static func derivationsQuery(
        state: Derivation.State?, order: CreationOrder = .oldestFirst, after: SessionId?
    ) -> String {
        let (comparison, direction) = order == .oldestFirst ? (">", "ASC") : ("<", "DESC")
        let conditions = [
            "derivations.capsule = ?1",
            state.map { "derivations.state = \($0.rawValue)" },
            after.map { _ in "derivations.id \(comparison) ?2" },
        ]
        return derivationQuery(
            conditions.compactMap(\.self).joined(separator: " AND ")
                + " ORDER BY derivations.id \(direction) LIMIT ?3")
    }

    private static let derivationColumns = """
        derivations.id, derivations.capsule, uploads.caller, recipe, name, content_type, derivations.state, attempts,
        derivations.due_at, reason, memory, modified_at, companions
        """

    private static func derivationQuery(_ condition: String) -> String {
        """
        SELECT \(derivationColumns)
        FROM derivations CROSS JOIN uploads ON seq = upload WHERE \(condition)
        """
    }
}

extension Derivation.State: ColumnValue {}

extension Derivation {
    fileprivate init(_ row: inout Row) throws(UploadError) {
        let upload: SessionId = try row.next()
        let capsule: CapsuleId = try row.next()
        let caller: Principal = try row.next()
        let recipe: Recipe = try row.next()
        let name: String = try row.next()
        let contentType: String = try row.next()
        let state: State = try row.next()
        let attempts: Int = try row.next()
        let dueAt: Timestamp = try row.next()
        let reason: String? = try row.next()
        let memory: MemoryId? = try row.next()
        let asset = AssetMetadata(name: name, contentType: contentType, modifiedAt: try row.next())
        self.init(
            upload: upload, capsule: capsule, caller: caller, recipe: recipe, asset: asset,
            companions: try [Companion](stored: row.next()), state: state, attempts: attempts, dueAt: dueAt,
            reason: reason, memory: memory)
    }
}
