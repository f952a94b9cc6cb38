import CatalogueSQLite
import Testing
import UploadTestKit

@Suite struct ContractTests {
    @Test(arguments: CatalogueContract.checks)
    func `it holds the laws of the port`(_ check: CatalogueContract.Check) async throws {
        let store = try TemporaryStore()
        try await check.run { try await store.open() }
    }
}
