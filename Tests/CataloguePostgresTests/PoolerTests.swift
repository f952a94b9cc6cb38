import CataloguePostgres
import Testing
import UploadTestKit

/// pgbouncer gives each transaction another connection to the server.
@Suite(.serialized) struct PoolerTests {
    private static let pooled = Task { try await PostgresServer.shared.value.startPooler() }

    @Test(arguments: CatalogueContract.sharing + CatalogueContract.Port.memories.checks)
    func `the laws hold through a pooler of transactions`(_ check: CatalogueContract.Check) async throws {
        try await Self.pooled.value
        try await TestDatabase.with(isPooled: true) { database in
            try await check.run { try await database.open() }
        }
    }
}
