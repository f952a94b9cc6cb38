import BlobStorageS3
import CataloguePostgres
import Synchronization
import Testing
import UploadCore
import UploadTestKit
import Wharf

@testable import WharfCluster

/// A store, an empty database and an empty bucket.
struct MigrationFixture: Sendable {
    let directory: TemporaryDirectory
    let full: FullStore
    let server: PostgresServer
    let database: String
    let fake: FakeS3

    static func with(_ body: (MigrationFixture) async throws -> Void) async throws {
        let directory = try TemporaryDirectory()
        let store = try await FullStore.open(directory)
        let full = try await FullStore(in: store)
        await store.close()
        let server = try await PostgresServer.shared.value
        let database = "migration_\(server.nextNumber())"
        try await server.sql("CREATE DATABASE \(database)")
        try await FakeS3.run(clock: ManualClock(SystemClock().now())) { fake in
            try await body(
                MigrationFixture(directory: directory, full: full, server: server, database: database, fake: fake))
        }
        try await server.sql("DROP DATABASE \(database) WITH (FORCE)")
    }

    var settings: PostgresSettings {
        var settings = PostgresSettings(connection: server.options(database))
        settings.connectionsMax = 4
        settings.durability = .processCrash
        return settings
    }

    @discardableResult
    func sql(_ text: String) async throws -> [String] { try await server.sql(text, in: database) }

    @discardableResult
    func withStore<Value>(_ body: (EmbeddedStore) async throws -> Value) async throws -> Value {
        let store = try await FullStore.open(directory)
        do {
            let value = try await body(store)
            await store.close()
            return value
        } catch {
            await store.close()
            throw error
        }
    }

    /// - Parameter stops: Whether it stops before a step, of which it knows the number, from 0 on.
    func migrate(
        _ change: (inout MigrationOptions) -> Void = { _ in },
        stops: @escaping @Sendable (Int, MigrationStep) -> Bool = { _, _ in false },
        show: @escaping @Sendable (MigrationProgress) -> Void = { _ in }
    ) async throws -> MigrationReport {
        var options = MigrationOptions()
        // Small enough for several steps of one object, and not a multiple of a block.
        options.stepBytes = 100_003
        change(&options)
        return try await withStore { [options] store in
            let steps = Mutex(0)
            let migration = try await StoreMigration(
                from: store, to: settings, objects: try fake.location(), credentials: FakeS3.credentials,
                options: options,
                willStep: { step throws(MigrationError) in
                    let number = steps.withLock { steps in
                        defer { steps += 1 }
                        return steps
                    }
                    if stops(number, step) { throw .cancelled }
                }, show: show)
            do {
                let report = try await migration.run()
                await migration.close()
                return report
            } catch {
                await migration.close()
                throw error
            }
        }
    }

    @discardableResult
    func withCluster<Value>(_ body: (ClusterStore) async throws -> Value) async throws -> Value {
        let cluster = try await ClusterStore(
            catalogue: settings, objects: try fake.location(), credentials: FakeS3.credentials,
            limits: FullStore.limits)
        do {
            let value = try await body(cluster)
            await cluster.close()
            return value
        } catch {
            await cluster.close()
            throw error
        }
    }

    /// Requires that the cluster shows what the store shows.
    func requireSame(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let before = try await withStore { try await everything(in: $0.uploads) }
        try await withCluster { cluster in
            let after = try await everything(in: cluster.uploads)
            #expect(before.count == after.count, sourceLocation: sourceLocation)
            for (one, other) in zip(before, after) { #expect(one == other, sourceLocation: sourceLocation) }
        }
    }
}

extension MovedColumnTests {
    static func createTables(_ options: String) async throws {
        var settings = PostgresSettings(connection: options)
        settings.durability = .processCrash
        await (try await CataloguePostgres(settings)).close()
    }
}
