import CataloguePostgres
import SessionCore
import Testing
import UploadCore
import UploadTestKit
import Wharf

@testable import BlobStorageS3

/// Nodes that scrub one database and one bucket, in steps that a test takes.
struct ScrubFixture: Sendable {
    typealias Service = UploadService<CataloguePostgres, S3BlobStore, SystemClock>
    typealias Scrubber = SharedScrubber<CataloguePostgres, S3BlobStore, SystemClock>

    static let anna = Principal("anna")
    /// So fast that nothing waits.
    static let pace = ScrubPace(intervalMilliseconds: 86_400_000, bytesPerSecond: 1 << 50)

    let server: PostgresServer
    let database: String
    let fake: FakeS3
    let nodes: [Service]
    let capsule: CapsuleId

    /// - Parameter stretch: The most uploads that a node claims at once.
    static func with(
        nodes count: Int = 1, stretch: Int = 100, _ body: (ScrubFixture) async throws -> Void
    ) async throws {
        let server = try await PostgresServer.shared.value
        let database = "scrub_\(server.nextNumber())"
        try await server.sql("CREATE DATABASE \(database)")
        try await FakeS3.run(clock: ManualClock(SystemClock().now())) { fake in
            var settings = PostgresSettings(connection: server.options(database))
            settings.connectionsMax = 2
            settings.durability = .processCrash
            settings.scrubStretchUploads = stretch
            var nodes: [Service] = []
            for _ in 0..<count { nodes.append(try await node(settings, fake)) }
            let outcome = await Result(of: {
                try await body(
                    ScrubFixture(
                        server: server, database: database, fake: fake, nodes: nodes,
                        capsule: try await nodes[0].defaultCapsule(of: anna).id))
            })
            for node in nodes {
                await node.sessions.catalogue.close()
                await node.sessions.blobs.shutdown()
            }
            try outcome.get()
        }
        try await server.sql("DROP DATABASE \(database) WITH (FORCE)")
    }

    private static func node(_ settings: PostgresSettings, _ fake: FakeS3) async throws -> Service {
        let catalogue = try await CataloguePostgres(settings)
        var segments = S3Settings()
        segments.segmentBytesMax = 256 << 10
        segments.attemptsMax = 3
        let blobs = S3BlobStore(
            try fake.location(), FakeS3.credentials, catalogue: catalogue, clock: SystemClock(), settings: segments,
            timer: RetryTimer(wait: { _ in }, fraction: { 0 }), makeKey: ObjectKey.random)
        var limits = Limits()
        limits.catalogueBytesMax = 1000
        limits.freeBytesMin = 0
        return try Service(catalogue: catalogue, blobs: blobs, clock: SystemClock(), limits: limits)
    }

    // MARK: - Uploads

    func pending(
        _ bytes: [UInt8], name: String = "kiss.jpg", isPartial: Bool = false
    ) async throws -> SessionId {
        let request = BeginRequest(
            capsule: capsule, asset: AssetMetadata(name: name), layout: .append, length: UInt64(bytes.count) + 1,
            isPartial: isPartial)
        let id = try await nodes[0].beginUpload(request, by: Self.anna).record.id
        _ = try await nodes[0].append(id, at: 0, bytes, by: Self.anna)
        return id
    }

    @discardableResult
    func committed(
        _ bytes: [UInt8], name: String = "kiss.jpg", isPartial: Bool = false, appends: Int = 1
    ) async throws -> SessionId {
        let request = BeginRequest(
            capsule: capsule, asset: AssetMetadata(name: name), layout: .append, length: UInt64(bytes.count),
            isPartial: isPartial)
        let id = try await nodes[0].beginUpload(request, by: Self.anna).record.id
        for number in 0..<appends {
            let (start, end) = (bytes.count * number / appends, bytes.count * (number + 1) / appends)
            _ = try await nodes[0].append(id, at: UInt64(start), bytes[start..<end], by: Self.anna)
        }
        _ = try await nodes[0].commit(id, by: Self.anna)
        return id
    }

    @discardableResult
    func sql(_ text: String) async throws -> [String] { try await server.sql(text, in: database) }

    /// The names of an upload's objects in the bucket, in the order of its bytes.
    func segments(of id: SessionId) async throws -> [String] {
        try await sql(
            """
            SELECT encode(key, 'hex') FROM receipts WHERE upload = (SELECT seq FROM uploads WHERE id = '\\x\(id.text)')
            ORDER BY start
            """
        ).map { "wharf/segments/\($0.prefix(2))/\($0)" }
    }

    // MARK: - Scrubbing

    func scrubber(_ node: Int = 0) -> Scrubber { nodes[node].maintenance.sharedScrubber(Self.pace) }

    /// A whole scrub by one node.
    func scrub(byteCount: UInt64 = 100_000) async throws -> [CheckIssue] {
        var scrubber = scrubber()
        var issues: [CheckIssue] = []
        while true {
            let step = try await scrubber.step(byteCount: byteCount)
            issues += step.issues
            guard step.findingsOfScrub == nil else {
                #expect(step.findingsOfScrub == UInt64(issues.count))
                // The next one is due at once.
                try await sql("UPDATE scrub SET began_at = began_at - interval '1 day'")
                return issues
            }
            try #require(step.isVerifying)
        }
    }
}
