import Testing
import UploadTestKit

struct CatalogueContractTests {
    @Test(arguments: CatalogueContract.checks)
    func `the model holds every law`(_ check: CatalogueContract.Check) async throws {
        try await check.run { ModelCatalogue() }
    }

    @Test(arguments: CatalogueContract.checks + CatalogueContract.sharing)
    func `the model that engines share holds every law`(_ check: CatalogueContract.Check) async throws {
        try await check.run { ModelCatalogue(isShared: true) }
    }

    @Test(arguments: FaultyCatalogue.Mistake.ofSharing)
    func `every mistake in sharing violates a law`(_ mistake: FaultyCatalogue.Mistake) async {
        var violated = 0
        for check in CatalogueContract.sharing {
            do {
                try await check.run { FaultyCatalogue(mistake, isShared: true) }
            } catch {
                violated += 1
            }
        }
        #expect(violated > 0)
        #expect(violated < CatalogueContract.sharing.count, "a mistake in one thing fails everything")
    }

    @Test func `every law is stated once`() {
        let names = (CatalogueContract.checks + CatalogueContract.sharing).map(\.name)
        #expect(Set(names).count == names.count)
    }

    @Test(arguments: FaultyCatalogue.Mistake.ofOneEngine)
    func `every mistake violates a law`(_ mistake: FaultyCatalogue.Mistake) async {
        var violated: [String] = []
        for check in CatalogueContract.checks {
            do {
                try await check.run { FaultyCatalogue(mistake) }
            } catch {
                violated.append(check.name)
            }
        }
        #expect(!violated.isEmpty)
        #expect(violated.count < CatalogueContract.checks.count, "a mistake in one thing fails everything")
    }

    @Test func `a catalogue that forgets fingerprints violates the law about them`() async {
        let name = "the same key with another request is a conflict and changes nothing"
        let check = CatalogueContract.checks.first { $0.name == name }
        await #expect(throws: ContractViolation.self) {
            try await check?.run { FaultyCatalogue(.forgetsFingerprints) }
        }
    }
}
