import CataloguePostgres
import SessionCore
import Synchronization
import Testing
import UploadCore
import UploadMemories
import UploadTestKit

/// Admits everybody.
let admitAll: AccessCheck = { _ in }

/// Drafts of what the tests record. The catalogues are those of several engines over one database.
final class Fixture: Sendable {
    let database: TestDatabase
    let catalogues: [CataloguePostgres]
    let capsule: Capsule
    private let lastNumber = Mutex<UInt64>(0)

    var catalogue: CataloguePostgres { catalogues[0] }

    static func with(
        engines: Int = 1, _ change: (inout PostgresSettings) -> Void = { _ in }, _ body: (Fixture) async throws -> Void
    ) async throws {
        try await TestDatabase.with { database in
            var catalogues: [CataloguePostgres] = []
            for _ in 0..<engines { catalogues.append(try await database.open(change)) }
            let fixture = try await Fixture(database, catalogues)
            try await body(fixture)
            #expect(try await fixture.catalogue.problems() == [])
            for catalogue in catalogues { await catalogue.close() }
        }
    }

    /// Creates the capsule.
    init(_ database: TestDatabase, _ catalogues: [CataloguePostgres]) async throws {
        self.database = database
        self.catalogues = catalogues
        capsule = Capsule(
            id: CapsuleId(SessionId(high: 1, low: 1)), title: "Letters", owner: Principal("ada"),
            createdAt: Timestamp(milliseconds: 0))
        try await catalogues[0].createCapsule(capsule)
    }

    /// Takes a capsule that exists.
    init(_ database: TestDatabase, _ catalogues: [CataloguePostgres], capsule: Capsule) {
        self.database = database
        self.catalogues = catalogues
        self.capsule = capsule
    }

    /// The engines in turn.
    func engine(_ number: Int) -> CataloguePostgres { catalogues[number % catalogues.count] }

    func nextId() -> SessionId {
        let number = lastNumber.withLock { number in
            number += 1
            return number
        }
        return SessionId(high: 2, low: number)
    }

    /// An upload in chunks of 10 bytes, or an append of unknown length; with content, a blob.
    func draft(
        id: SessionId? = nil, key: String? = nil, parts: [SessionId] = [], isPartial: Bool = false,
        isAppend: Bool = false, activeMax: UInt64 = 1000, recipe: Recipe? = nil, content: [UInt8]? = nil,
        quotas: Quotas = .none, caller: Principal = Principal("ada")
    ) -> UploadDraft {
        let id = id ?? nextId()
        let key = key.map { IdempotencyKey(bytes: Array($0.utf8)) }
        let meta = UploadSessionMeta(
            session: id, capsule: capsule.id, caller: caller, asset: AssetMetadata(name: "letter.txt"),
            provisionalMemoryId: "memory", idempotencyKey: key, expectedDigest: nil, isPartial: isPartial,
            recipe: recipe, storage: content == nil ? .file : .catalogue)
        let isAppend = isAppend || !parts.isEmpty
        let length = content.map { UInt64($0.count) } ?? 25
        let session = Session(
            id: id,
            spec: SessionSpec(
                layout: isAppend ? .append : .chunks(size: 10), expectedBytes: isAppend ? nil : length,
                owner: SessionOwner(capsule: capsule.id, caller: caller), idempotencyKey: key),
            meta: SessionMeta(createdAt: time(0), lastSeen: time(0), status: .pending))
        return UploadDraft(
            record: UploadRecord(meta: meta, session: session, fingerprint: Digest(of: []), parts: parts),
            activeMax: activeMax, allowance: Allowance(quotas: quotas),
            content: content.map { UploadDraft.Content(bytes: $0, digest: Digest(of: $0)) })
    }

    func begin(_ draft: UploadDraft) async throws -> UploadRecord {
        try await catalogue.begin(draft, checkAccess: admitAll).record
    }

    /// A committed part of 25 bytes.
    func committedPart() async throws -> UploadRecord {
        let record = try await begin(draft(isPartial: true))
        return try await commit(record.id, length: 25)
    }

    @discardableResult
    func commit(_ id: SessionId, length: UInt64, by engine: Int = 0) async throws -> UploadRecord {
        try await self.engine(engine).commit(
            id, length: length, digest: digest, at: time(1), checkAccess: admitAll)
    }

    func end(_ id: SessionId, by engine: Int = 0) async throws -> [ObjectKey] {
        try await self.engine(engine).end(id, as: .aborted(at: time(2)), unlessSeenSince: nil)
    }

    /// A memory with one asset, a blob.
    func memoryOfBlob() async throws -> MemoryId {
        let blob = try await begin(draft())
        try await commit(blob.id, length: 25)
        let asset = AssetDraft(kind: .original, content: .blob(BlobId(blob.id)))
        let draft = memory([NewAsset(id: AssetId(nextId()), draft: asset, digest: nil)])
        return try await catalogue.createMemory(draft, checkAccess: admitAll).id
    }

    func memory(_ assets: [NewAsset] = [], derivationError: String? = nil) -> MemoryDraft {
        MemoryDraft(
            id: MemoryId(nextId()), capsule: capsule.id, creator: Principal("ada"), details: MemoryDetails(),
            createdAt: time(1), assets: assets, key: nil, fingerprint: Digest(of: []),
            limits: MemoryLimits(inlineBudgetBytes: 1 << 20, assetsMax: 32), derivationError: derivationError)
    }

    func receipt(_ range: Range<UInt64>, _ name: String) -> StorageReceipt {
        StorageReceipt(range: range, key: key(name))
    }

    func key(_ name: String) -> ObjectKey { ObjectKey(Digest(of: Array(name.utf8))) }
    func time(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: 1_700_000_000_000 + milliseconds) }
    var digest: BlobDigest { .whole(Digest(of: [])) }
}

/// Runs the body for all numbers concurrently. Returns the results in the order of the numbers.
func together<Value: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (Int) async throws -> Value
) async throws -> [Value] {
    try await withThrowingTaskGroup { group in
        for number in 0..<count { group.addTask { (number, try await body(number)) } }
        var results: [(number: Int, value: Value)] = []
        for try await result in group { results.append(result) }
        return results.sorted { $0.number < $1.number }.map(\.value)
    }
}

/// The code of the error of a call; nil if it succeeds.
func refusal<Value>(_ body: () async throws(UploadError) -> Value) async -> UploadError.Code? {
    do throws(UploadError) {
        _ = try await body()
        return nil
    } catch {
        return error.code
    }
}

/// Waits until a condition holds; another process changes it. Only a failing test waits for the limit, which a busy machine
/// does not reach.
func eventually(
    _ what: Comment, sourceLocation: SourceLocation = #_sourceLocation, _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + .seconds(600)
    while try await !condition() {
        guard ContinuousClock.now < deadline else {
            Issue.record(what, sourceLocation: sourceLocation)
            return
        }
        await Task.yield()
    }
}
