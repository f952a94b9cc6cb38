import BlobStorageS3
import CataloguePostgres
import SessionCore
import Synchronization
import Testing
import UploadCore
import UploadTestKit
import Wharf

@testable import WharfCluster

/// Two nodes that publish over one database and one bucket. Nothing runs by itself: tests call `work`.
struct PublicationFixture: Sendable {
    static let ben = Principal("ben")

    let server: PostgresServer
    let database: String
    let fake: FakeS3
    let nodes: [ClusterStore]
    let events = Events()

    static func with(
        location: String = "", objectSettings: S3Settings = S3Settings(),
        _ body: (PublicationFixture) async throws -> Void
    ) async throws {
        let server = try await PostgresServer.shared.value
        let database = "publication_\(server.nextNumber())"
        try await server.sql("CREATE DATABASE \(database)")
        try await FakeS3.run(clock: ManualClock(SystemClock().now())) { fake in
            var settings = PostgresSettings(connection: server.options(database))
            settings.connectionsMax = 4
            settings.durability = .processCrash
            var limits = Limits()
            limits.catalogueBytesMax = 1000
            var nodes: [ClusterStore] = []
            for _ in 0..<2 {
                nodes.append(
                    try await ClusterStore(
                        catalogue: settings, objects: try fake.location(location), credentials: FakeS3.credentials,
                        objectSettings: objectSettings, limits: limits))
            }
            let fixture = PublicationFixture(server: server, database: database, fake: fake, nodes: nodes)
            do {
                try await body(fixture)
                #expect(try await fixture.nodes[0].catalogue.problems() == [])
            } catch {
                for node in nodes { await node.close() }
                throw error
            }
            for node in nodes { await node.close() }
        }
        try await server.sql("DROP DATABASE \(database) WITH (FORCE)")
    }

    @discardableResult
    func sql(_ text: String) async throws -> [String] { try await server.sql(text, in: database) }

    /// What the tests were told.
    final class Events: Sendable {
        private let list = Mutex<[PublicationEvent]>([])

        func add(_ event: PublicationEvent) { list.withLock { $0.append(event) } }
        var published: [String] {
            list.withLock { $0 }.compactMap { if case .published(_, let name) = $0 { name } else { nil } }
        }
        var failures: Int {
            list.withLock { $0 }.count { if case .postponed = $0 { true } else { false } }
        }
        var aborted: [String] {
            list.withLock { $0 }.compactMap { if case .aborted(let name) = $0 { name } else { nil } }
        }
        var givenUp: Int { list.withLock { $0 }.count { if case .givenUp = $0 { true } else { false } } }
    }

    func policy() throws -> PublicationPolicy { try #require(PublicationPolicy(prefix: "published")) }

    func publisher(
        _ node: Int = 0, policy: PublicationPolicy? = nil,
        willStep: @escaping @Sendable (PublicationStep) async throws(UploadError) -> Void = { _ in }
    ) throws -> Publisher {
        var publisher = nodes[node].publisher(try policy ?? self.policy()) { [events] in events.add($0) }
        publisher.willStep = willStep
        return publisher
    }

    // MARK: - Blobs

    /// Commits a blob whose bytes come in appends of these sizes.
    func commit(
        _ bytes: [UInt8], appends: [Int]? = nil, name: String = "photo.jpg", type: String = "image/jpeg",
        isPartial: Bool = false
    ) async throws -> SessionId {
        let uploads = nodes[0].uploads
        let capsule = try await uploads.defaultCapsule(of: Self.ben).id
        let request = BeginRequest(
            capsule: capsule, asset: AssetMetadata(name: name, contentType: type), layout: .append,
            length: UInt64(bytes.count), isPartial: isPartial)
        let id = try await uploads.beginUpload(request, by: Self.ben).record.id
        var offset = 0
        for count in appends ?? [bytes.count] where count > 0 {
            try await uploads.append(id, at: UInt64(offset), bytes[offset..<offset + count], by: Self.ben)
            offset += count
        }
        _ = try await uploads.commit(id, by: Self.ben)
        return id
    }

    func delete(_ id: SessionId, by node: Int = 0) async throws(UploadError) {
        try await nodes[node].uploads.deleteBlob(BlobId(id), by: Self.ben)
    }

    func publishedName(of id: SessionId) async throws -> String? {
        try await nodes[0].catalogue.publishedName(of: id)
    }

    /// The published objects.
    var published: [String: [UInt8]] { fake.objects.filter { $0.key.hasPrefix("wharf/published/") } }

    /// Requires that a blob is published with these bytes.
    func requirePublished(
        _ id: SessionId, _ bytes: [UInt8], sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let name = try #require(try await publishedName(of: id), sourceLocation: sourceLocation)
        #expect(fake.objects[name] == bytes, sourceLocation: sourceLocation)
        #expect(fake.change { $0.multiparts.isEmpty }, sourceLocation: sourceLocation)
    }
}

/// Bytes that are quickly made, and not the same from one mebibyte to the next.
func large(_ count: Int) -> [UInt8] {
    let page = content(1 << 20)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    while bytes.count < count {
        bytes.append(UInt8(truncatingIfNeeded: bytes.count >> 20))
        bytes += page.prefix(count - bytes.count)
    }
    return bytes
}

extension Publisher {
    /// What `run` does once, with all its loops.
    func work() async {
        await removeDue()
        await withDiscardingTaskGroup { group in
            for _ in 0..<(policy?.atOnce ?? 0) { group.addTask { await publishDue() } }
        }
    }
}
