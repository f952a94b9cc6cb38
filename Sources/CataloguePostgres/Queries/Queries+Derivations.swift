import CatalogueRows
import DeliberateFaults
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

    /// The derivations of these uploads.
    func derivations(of rows: [UploadRow]) throws(UploadError) -> [SessionId: Derivation] {
        if rows.isEmpty { return [:] }
        let found = try connection.all(
            Self.derivationQuery("derivations.upload = ANY($1)"), ColumnArray(rows.map(\.head.seq))
        ) { row throws(UploadError) in try Derivation(&row) }
        return Dictionary(found.map { ($0.upload, $0) }) { first, _ in first }
    }

    func dueDerivations(
        at now: Timestamp, after caller: Principal?, excluding running: Set<SessionId>, limit: Int
    ) throws(UploadError) -> DueDerivations {
        var due: [Derivation] = []
        // From the one after `caller` to the last, then from the first up to `caller`.
        for isSecond in caller == nil ? [false] : [false, true] {
            let callers = Set(due.map(\.caller)).count
            due += try connection.all(
                Self.dueDerivationsQuery(isSecond ? "<=" : ">", hasCaller: caller != nil), caller, now,
                max(0, limit - callers), max(0, limit), ColumnArray(running), rules.holder, rules.derivationLifetime
            ) { row throws(UploadError) in try Derivation(&row) }
        }
        var turns: [[Derivation]] = []
        for derivation in due {
            if turns.last?.first?.caller != derivation.caller { turns.append([]) }
            turns[turns.count - 1].append(derivation)
        }
        let next = try connection.first(Self.nextDueQuery, now, rules.holder, rules.derivationLifetime) {
            row throws(UploadError) in try row.next(Timestamp?.self)
        }
        return DueDerivations(turnsOf: turns, limit: limit, nextDueAt: next ?? nil)
    }

    /// - Parameter limit: Where the counting may end.
    func countPendingDerivations(of caller: Principal, atMost limit: UInt64) throws(UploadError) -> UInt64 {
        try connection.first(
            """
            SELECT count(*) FROM (
                SELECT 1 FROM derivations WHERE caller = $1 AND state = 0 LIMIT $2) AS counted
            """, caller, min(limit, UInt64(Int64.max))
        ) { row throws(UploadError) in try row.next(UInt64.self) } ?? 0
    }

    func countPendingDerivations(in id: CapsuleId) throws(UploadError) -> UInt64 {
        try connection.first(Self.countPendingInCapsuleQuery, id) { row throws(UploadError) in
            try row.next(UInt64.self)
        } ?? 0
    }

    /// Another engine that is about to do the same is not waited for: one of them gets the derivation.
    func startDerivation(of id: SessionId) throws(UploadError) -> Derivation? {
        let started = try connection.run(
            """
            WITH free AS (
                SELECT upload FROM derivations
                WHERE upload = \(Self.sequenceQuery) AND state = 0 AND \(Self.isFree(holder: "$2", lifetime: "$3"))
                \(DeliberateFault.startUnlockedDerivations.isOn ? "" : "FOR UPDATE SKIP LOCKED")
            )
            UPDATE derivations SET attempts = attempts + 1, holder = $2, held_since = now()
            WHERE upload = (SELECT upload FROM free)
            """, id, rules.holder, rules.derivationLifetime)
        return started == 0 ? nil : try derivation(of: id)
    }

    func postponeDerivation(
        of id: SessionId, attempt: Int?, until time: Timestamp, reason: String?, takesAttemptBack: Bool
    ) throws(UploadError) {
        guard let attempt else {
            return try connection.send(
                """
                UPDATE derivations SET due_at = greatest(due_at, $2), reason = $3, holder = NULL, held_since = NULL
                WHERE upload = \(Self.sequenceQuery) AND state = 0 AND (holder IS NULL OR holder = $4)
                """, id, time, reason, rules.holder)
        }
        // The number alone would be the same after another engine's attempt that was taken back.
        try connection.send(
            """
            UPDATE derivations SET attempts = attempts - $2, due_at = $3, reason = $4, holder = NULL, held_since = NULL
            WHERE upload = \(Self.sequenceQuery) AND state = 0 AND attempts = $5 AND holder = $6
            """, id, takesAttemptBack ? 1 : 0, time, reason, attempt, rules.holder)
    }

    func finishDerivation(
        of id: SessionId, attempt: Int, with draft: MemoryDraft
    ) throws(UploadError) -> Memory? {
        try lockBudget(for: draft.assets, in: draft.capsule)
        // The upload before its derivation, as when it ends.
        guard let upload = try head(id, .update) else { return nil }
        let isPending = try connection.exists(
            """
            SELECT 1 FROM derivations
            WHERE upload = $1 AND state = 0 AND ($2 OR attempts = $3 AND holder = $4) FOR UPDATE
            """, upload.seq, draft.derivationError == nil, attempt, rules.holder)
        guard isPending else { return nil }
        if let type = draft.correctedType {
            try connection.send("UPDATE uploads SET content_type = $2 WHERE seq = $1", upload.seq, type)
        }
        let memory = try createMemory(draft) { _ in }
        let state: Derivation.State = draft.derivationError == nil ? .done : .failed
        try connection.send(
            """
            UPDATE derivations SET state = $2, reason = $3, memory = $4, holder = NULL, held_since = NULL
            WHERE upload = $1
            """, upload.seq, state, draft.derivationError, memory.id)
        return memory
    }
}

// MARK: - Queries

extension Queries {
    private static let sequenceQuery = "(SELECT seq FROM uploads WHERE uploads.id = $1)"
    private static let countPendingInCapsuleQuery =
        "SELECT count(*) FROM derivations WHERE capsule = $1 AND state = 0"

    /// Whether an engine may start a derivation: no other has started it, or long ago.
    private static func isFree(holder: String, lifetime: String) -> String {
        "(holder IS NULL OR holder = \(holder) OR held_since <= now() - \(lifetime) * interval '1 millisecond')"
    }

    /// A derivation that is due and held by another engine may be started when it is no longer held.
    private static let nextDueQuery = """
        SELECT least(
            (SELECT min(due_at) FROM derivations WHERE state = 0 AND due_at > $1),
            (SELECT $1 + 1 + min(extract(epoch FROM held_since - now()) * 1000)::bigint + $3 FROM derivations
                WHERE state = 0 AND due_at <= $1 AND holder IS NOT NULL
                    AND NOT \(isFree(holder: "$2", lifetime: "$3"))))
        """

    /// The due derivations of the first $3 callers that have some, by the order of the names; the last $4 of each. The
    /// index is searched once per caller.
    ///
    /// - Parameter comparison: Of the callers with $1.
    private static func dueDerivationsQuery(_ comparison: String, hasCaller: Bool) -> String {
        let isDue = """
            derivations.state = 0 AND derivations.due_at <= $2 AND derivations.id <> ALL($5)
                AND \(isFree(holder: "$6", lifetime: "$7"))
            """
        let first = !hasCaller || comparison == "<=" ? "" : "AND caller > $1"
        let next = hasCaller && comparison == "<=" ? "AND next.caller <= $1" : ""
        return """
            WITH RECURSIVE callers (caller) AS (
                (SELECT caller FROM derivations AS next WHERE state = 0 \(first) \(next) ORDER BY caller LIMIT 1)
                UNION ALL
                SELECT (
                    SELECT next.caller FROM derivations AS next
                    WHERE next.state = 0 AND next.caller > callers.caller \(next) ORDER BY next.caller LIMIT 1)
                FROM callers WHERE callers.caller IS NOT NULL
            ), served AS (
                SELECT caller FROM callers WHERE EXISTS (
                    SELECT 1 FROM derivations WHERE derivations.caller = callers.caller AND \(isDue))
                LIMIT $3
            )
            SELECT due.* FROM served, LATERAL (
                SELECT \(derivationColumns), derivations.upload AS number
                FROM derivations JOIN uploads ON seq = upload
                WHERE derivations.caller = served.caller AND \(isDue)
                ORDER BY derivations.due_at DESC, derivations.upload DESC LIMIT $4) AS due
            ORDER BY served.caller, due.due_at DESC, due.number DESC
            """
    }

    static func derivationsQuery(
        state: Derivation.State?, order: CreationOrder = .oldestFirst, after: SessionId?
    ) -> String {
        let (comparison, direction) = order == .oldestFirst ? (">", "ASC") : ("<", "DESC")
        let conditions = [
            "derivations.capsule = $1",
            state.map { "derivations.state = \($0.rawValue)" },
            after.map { _ in "derivations.id \(comparison) $2" },
        ]
        return derivationQuery(
            conditions.compactMap(\.self).joined(separator: " AND ")
                + " ORDER BY derivations.id \(direction) LIMIT $3")
    }

    private static let derivationColumns = """
        derivations.id, derivations.capsule, uploads.caller, recipe, name, content_type, derivations.state, attempts,
        derivations.due_at, reason, memory, modified_at, companions
        """

    private static func derivationQuery(_ condition: String) -> String {
        """
        SELECT \(derivationColumns)
        FROM derivations JOIN uploads ON seq = upload WHERE \(condition)
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
