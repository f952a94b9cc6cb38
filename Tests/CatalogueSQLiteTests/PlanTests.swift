import CSQLite
import SessionCore
import Testing
import UploadCore
import UploadTestKit

@testable import CatalogueSQLite

/// How SQLite runs every statement of a catalogue in use, not only those that somebody thought of.
@Suite struct PlanTests {
    /// What may be read as a whole.
    private let small: Set = [
        // One row, one for each state, one for each caller that waits.
        "store_state", "upload_counts", "pending_callers", "sqlite_schema",
        // One for each principal, for the operator's list and the metrics.
        "usage",
        // From its beginning, up to a limit.
        "garbage",
        // When a store is opened.
        "ledger", "parts",
        // Names of subqueries.
        "found", "scanned",
    ]

    @Test func `the current format has an index for each question that is asked while uploads are many`() async throws {
        let store = try TemporaryStore()
        try store.make(.current)
        func plan(_ query: String) throws -> [String] { try store.plan(of: query) }

        let due = try plan(Queries.lastSeenQuery)
        #expect(due.first == "SEARCH due USING INDEX uploads_by_last_seen (last_seen<?)")
        #expect(!due.contains { $0.contains("TEMP B-TREE") || $0.hasPrefix("SCAN") })

        let pending = try plan(Queries.pendingLastSeenQuery)
        #expect(pending.first == "SEARCH due USING INDEX uploads_pending_by_caller (caller=?)")

        for query in [Queries.blobByDigestQuery, Queries.ownersBlobByDigestQuery] {
            let steps = try plan(query)
            #expect(steps.contains { $0.contains("uploads_by_digest (digest=?") }, "\(steps)")
            #expect(!steps.contains { $0.contains("uploads_by_capsule") }, "\(steps)")
        }

        let removable = try plan(Queries.removableQuery)
        #expect(removable.first == "SEARCH ended USING INDEX uploads_removable (state_at<?)")
        #expect(!removable.contains { $0.contains("TEMP B-TREE") || $0.hasPrefix("SCAN") })

        let filters: [(UploadFilter, String)] = [
            (UploadFilter(), "sqlite_autoindex_uploads_1 (id>?)"),
            (UploadFilter(capsule: letters.id), "uploads_by_capsule (capsule=? AND id>?)"),
            (UploadFilter(state: .pending), "uploads_pending (id>?)"),
            (UploadFilter(state: .pending, capsule: letters.id), "uploads_pending_by_capsule (capsule=? AND id>?)"),
            (UploadFilter(state: .pending, caller: ada), "uploads_pending_by_caller (caller=? AND id>?)"),
            (UploadFilter(state: .pending, capsule: letters.id, caller: ada), "uploads_pending_by_ca"),
            (UploadFilter(state: .committed), "sqlite_autoindex_uploads_1 (id>?)"),
            (UploadFilter(state: .committed, capsule: letters.id), "uploads_by_capsule (capsule=? AND id>?)"),
            (UploadFilter(state: .aborted), "uploads_ended (state=? AND id>?)"),
            (UploadFilter(state: .expired), "uploads_ended (state=? AND id>?)"),
        ]
        for (filter, index) in filters {
            let steps = try plan(Queries.uploadsQuery(filter, after: id(1)))
            #expect(steps.first?.contains(index) == true && steps.count == 1, "\(filter): \(steps)")
        }

        for order in MemoryOrder.allCases {
            for isFirst in [true, false] {
                let steps = try plan(Queries.memoriesQuery(order, isFirst: isFirst))
                let index = order.isByCapture ? "memories_by_time (capsule=?" : "memories_by_capsule (capsule=?"
                #expect(steps.first?.contains(index) == true && steps.count == 1, "\(order): \(steps)")
            }
        }

        let derivations = [
            (Queries.firstCallerQuery, "pending_callers"),
            (Queries.nextCallerQuery, "pending_callers USING PRIMARY KEY (caller>?)"),
            (Queries.countPendingQuery, "pending_callers USING PRIMARY KEY (caller=?)"),
            (Queries.dueDerivationsQuery, "PRIMARY KEY (caller=? AND due_at<?)"),
            (Queries.nextDueQuery, "derivations_due (due_at>?)"),
            (Queries.derivationsQuery(state: .pending, after: id(1)), "derivations_pending (capsule=? AND id>?)"),
            (Queries.derivationsQuery(state: nil, after: id(1)), "derivations_by_capsule (capsule=? AND id>?)"),
            (
                Queries.derivationsQuery(state: .pending, order: .newestFirst, after: id(1)),
                "derivations_pending (capsule=? AND id<?)"
            ),
            (Queries.countPendingInCapsuleQuery, "derivations_pending (capsule=?)"),
        ]
        for (query, index) in derivations {
            let steps = try plan(query)
            #expect(steps.first?.contains(index) == true && !steps.contains { $0.contains("TEMP B-TREE") }, "\(steps)")
        }
    }

    @Test func `no statement reads a table from one end to the other`() async throws {
        let store = try TemporaryStore()
        let catalogue = try await store.open().withCapsule()
        var random = SeededRandom(seed: 1)
        for number in 0..<4000 {
            _ = await ModelCall(drawnFrom: &random, at: Int64(number) * 10).answer(of: catalogue)
        }
        let plans = try await catalogue.read { queries in
            queries.connection.preparedSQL.map { ($0, queries.connection.plan(of: $0)) }
        }
        for (sql, steps) in plans {
            let scanned = steps.map { $0.split(separator: " ") }.filter { $0.first == "SCAN" }.map { String($0[1]) }
            #expect(small.isSuperset(of: scanned), "\(sql): \(steps)")
        }
        #expect(plans.count > 100)
        await catalogue.close()
    }
}

extension Connection {
    /// The steps that SQLite takes, without values for the parameters.
    fileprivate func plan(of sql: String) -> [String] {
        var statement: OpaquePointer?
        let explain = "EXPLAIN QUERY PLAN \(sql)"
        guard sqlite3_prepare_v2(handle, explain, -1, &statement, nil) == SQLITE_OK else { return [] }
        defer { sqlite3_finalize(statement) }
        var steps: [String] = []
        while sqlite3_step(statement) == SQLITE_ROW {
            if let text = sqlite3_column_text(statement, 3) { steps.append(String(cString: text)) }
        }
        return steps
    }
}
