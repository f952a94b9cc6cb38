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
