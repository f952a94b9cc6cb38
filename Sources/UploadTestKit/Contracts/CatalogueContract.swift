import UploadCore
public import UploadDerivation
import UploadMemories

/// The laws of the catalogue ports as checks that run against any implementation. A violated law is thrown as a
/// `ContractViolation`; no test library is needed.
///
///     @Test(arguments: CatalogueContract.checks)
///     func `the catalogue holds its laws`(_ check: CatalogueContract.Check) async throws {
///         try await check.run { try await makeEmptyCatalogue() }
///     }
///
/// Crashes are not covered: they need a store on a simulated disk.
public enum CatalogueContract {
    /// One law.
    public struct Check: Sendable, Identifiable, CustomStringConvertible {
        /// The law as a sentence.
        public let name: String
        private let body: @Sendable (CatalogueFixture) async throws -> Void

        init(_ name: String, _ body: @escaping @Sendable (CatalogueFixture) async throws -> Void) {
            self.name = name
            self.body = body
        }

        public var id: String { name }
        public var description: String { name }

        /// Runs the check on an empty catalogue of its own and closes it.
        ///
        /// - Throws: `ContractViolation`, or the catalogue's error where it should have succeeded.
        public func run(_ makeCatalogue: () async throws -> some PhotoCatalogue) async throws {
            let catalogue = try await makeCatalogue()
            do {
                let fixture = CatalogueFixture(catalogue)
                try await body(fixture)
                // Every check leaves a consistent catalogue.
                try requireEqual(try await catalogue.problems(), [], "problems after the check")
            } catch {
                await catalogue.close()
                throw error
            }
            await catalogue.close()
        }
    }

    /// The laws of all ports.
    public static let checks: [Check] = Port.allCases.flatMap(\.checks)

    /// The suites, one per port.
    public enum Port: String, Sendable, CaseIterable {
        case uploads, blobs, capsules, links, downloads, usage, memories, derivations, maintenance

        public var checks: [Check] {
            switch self {
            case .uploads:
                beginning + keys + limits + content + ledger + ledgerSize + prefixHashes + checksums + lastUse
                    + amending + commits + ending + tombstones + removal + fences + concatenations
                    + concatenationRefusals + lists + names + concurrency
            case .blobs: catalogueBytes + garbage + sharedBytes + blobLists + copies
            case .capsules: CatalogueContract.capsules + roles
            case .links: CatalogueContract.links
            case .downloads: CatalogueContract.downloads
            case .usage: CatalogueContract.usage + quotas
            case .memories: CatalogueContract.memories + memoryRefusals + assets + deletion
            case .derivations: CatalogueContract.derivations + companions
            case .maintenance: repair + maintenanceState
            }
        }
    }
}
