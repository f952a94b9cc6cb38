import CataloguePostgres
import SessionCore
import Testing
import UploadCore
import UploadTestKit
import Wharf

@testable import BlobStorageS3
@testable import WharfCluster

/// An empty database, and an engine in which each prefix is a bucket of its own.
struct BucketFixture: Sendable {
    static let anna = Principal("anna")

    let server: PostgresServer
    let database: String
    let fake: FakeS3

    static func with(_ body: (BucketFixture) async throws -> Void) async throws {
        let server = try await PostgresServer.shared.value
        let database = "bucket_\(server.nextNumber())"
        try await server.sql("CREATE DATABASE \(database)")
        try await FakeS3.run(clock: ManualClock(SystemClock().now())) { fake in
            try await body(BucketFixture(server: server, database: database, fake: fake))
        }
        try await server.sql("DROP DATABASE \(database) WITH (FORCE)")
    }

    @discardableResult
    func sql(_ text: String) async throws -> [String] { try await server.sql(text, in: database) }

    private var settings: PostgresSettings {
        var settings = PostgresSettings(connection: server.options(database))
        settings.connectionsMax = 2
        settings.durability = .processCrash
        return settings
    }

    private func location(_ prefix: String) throws -> S3Location {
        try S3Location(
            parsing: "s3://\(FakeS3.bucket)/\(prefix)?endpoint=http://127.0.0.1:\(fake.port)&preset=seaweedfs")
    }

    /// Opens the two stores of a node.
    func recognizing<Value: Sendable>(
        _ prefix: String = "wharf",
        willStep: @escaping @Sendable (BucketRecognition.Step) async throws(ClusterStoreError) -> Void = { _ in },
        _ body: (BucketRecognition) async throws -> Value
    ) async throws -> Value {
        let catalogue = try await CataloguePostgres(settings)
        var segments = S3Settings()
        segments.attemptsMax = 2
        let blobs = S3BlobStore(
            try location(prefix), FakeS3.credentials, catalogue: catalogue, clock: SystemClock(), settings: segments,
            timer: RetryTimer(wait: { _ in }, fraction: { 0 }), makeKey: ObjectKey.random)
        let outcome = await Result(of: {
            try await body(BucketRecognition(catalogue: catalogue, blobs: blobs, willStep: willStep))
        })
        await blobs.shutdown()
        await catalogue.close()
        return try outcome.get()
    }

    /// What a node does at its start.
    ///
    /// - Returns: The warnings.
    @discardableResult
    func start(
        _ prefix: String = "wharf",
        willStep: @escaping @Sendable (BucketRecognition.Step) async throws(ClusterStoreError) -> Void = { _ in }
    ) async throws -> [String] {
        try await recognizing(prefix, willStep: willStep) { try await $0.requireBucket() }
    }

    /// Starts a node that must not be refused.
    func requireStart(_ prefix: String = "wharf", sourceLocation: SourceLocation = #_sourceLocation) async {
        do {
            try await start(prefix)
        } catch {
            Issue.record(error, sourceLocation: sourceLocation)
        }
    }

    /// Opens a whole store.
    func withCluster<Value>(_ prefix: String = "wharf", _ body: (ClusterStore) async throws -> Value) async throws
        -> Value
    {
        var limits = Limits()
        limits.catalogueBytesMax = 1000
        let cluster = try await ClusterStore(
            catalogue: settings, objects: try location(prefix), credentials: FakeS3.credentials, limits: limits)
        let outcome = await Result(of: { try await body(cluster) })
        await cluster.close()
        return try outcome.get()
    }

    /// Opens a whole store for a check.
    ///
    /// - Returns: The warnings.
    func check(_ prefix: String = "wharf") async throws -> [String] {
        let cluster = try await ClusterStore(
            checking: settings, objects: try location(prefix), credentials: FakeS3.credentials)
        await cluster.close()
        return cluster.warnings
    }

    /// Commits a blob of one segment.
    func upload() async throws {
        try await withCluster { cluster in
            let bytes = content(5000)
            let request = BeginRequest(
                capsule: try await cluster.uploads.defaultCapsule(of: Self.anna).id,
                asset: AssetMetadata(name: "kiss.jpg"), layout: .append, length: UInt64(bytes.count))
            let id = try await cluster.uploads.beginUpload(request, by: Self.anna).record.id
            try await cluster.uploads.append(id, at: 0, bytes, by: Self.anna)
            _ = try await cluster.uploads.commit(id, by: Self.anna)
        }
    }

    /// The marks that the bucket of a prefix has.
    func marks(_ prefix: String = "wharf") -> [String] {
        fake.objects.keys.filter { $0.hasPrefix("\(prefix)/store-") }
    }

    func remove(where isRemoved: @Sendable (String) -> Bool) {
        fake.change { state in
            for name in state.objects.keys where isRemoved(name) { state.objects[name] = nil }
        }
    }

    /// As a release without marks leaves it.
    func forgetMark() async throws {
        try await sql("UPDATE wharf_store SET objects_mark = NULL")
        remove { $0.contains("/store-") }
    }

    /// Requires that a bucket is refused, and why.
    func requireRefusal(
        _ kind: S3Error.Kind = .configuration, _ words: String = "the store is in another bucket, or below another",
        sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
    ) async {
        do {
            try await body()
            Issue.record("it was not refused", sourceLocation: sourceLocation)
        } catch ClusterStoreError.objects(let error) {
            #expect(error.kind == kind, sourceLocation: sourceLocation)
            #expect(error.description.contains(words), "\(error)", sourceLocation: sourceLocation)
        } catch {
            Issue.record(error, sourceLocation: sourceLocation)
        }
    }
}
