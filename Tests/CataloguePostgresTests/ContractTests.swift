import CataloguePostgres
import Testing
import UploadTestKit

@Suite(.serialized) struct ContractTests {
    @Test(arguments: CatalogueContract.checks + CatalogueContract.sharing)
    func `it holds the laws of the port`(_ check: CatalogueContract.Check) async throws {
        try await TestDatabase.with { database in try await check.run { try await database.open() } }
    }
}
