public import UploadCore

/// The laws of the `BlobStore` port, and of its sinks, as checks that run against any implementation. A law that does
/// not hold is thrown as a `ContractViolation`; nothing here needs a test library. Use it like `CatalogueContract`.
///
/// What a failed `sync` or a crash may take is not checked here: that needs a disk that can be made to fail.
public enum BlobStoreContract {
    /// One law.
    public struct Check: Sendable, Identifiable, CustomStringConvertible {
        /// The law as a sentence.
        public let name: String
        private let body: @Sendable (BlobStoreFixture) async throws -> Void

        init(_ name: String, _ body: @escaping @Sendable (BlobStoreFixture) async throws -> Void) {
            self.name = name
            self.body = body
        }

        public var id: String { name }
        public var description: String { name }

        /// Runs the check on an empty store of its own.
        ///
        /// - Throws: `ContractViolation`, or what the store threw where it should have succeeded.
        public func run(_ makeStore: () async throws -> some BlobStore) async throws {
            try await body(BlobStoreFixture(try await makeStore()))
        }
    }

    /// Every law, in the order of the port's methods.
    public static let checks: [Check] = writing + refusals + reading + sealing + removal + upkeep
}
