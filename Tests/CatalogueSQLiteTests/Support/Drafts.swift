import CatalogueSQLite
import SessionCore
import UploadCore
import UploadTestKit
import UploadMemories

let ada = Principal("ada")
let ben = Principal("ben")
let admitAll: @Sendable (Capsule) throws(UploadError) -> Void = { _ in }

func time(_ milliseconds: Int64) -> Timestamp {
    Timestamp(milliseconds: 1_700_000_000_000 + milliseconds)
}

func id(_ number: Int) -> SessionId {
    SessionId(high: 1_700_000_000_000 << 16 | 0x7000, low: 0x8000_0000_0000_0000 | UInt64(number))
}

let letters = Capsule(id: CapsuleId(id(1_000_000)), title: "Letters", owner: ada, createdAt: time(0))

extension UploadDraft {
    /// Of 25 bytes in chunks of 10, unless it is told otherwise.
    static func of(
        _ number: Int, caller: Principal = ada, key: String? = nil, layout: SessionLayout = .chunks(size: 10),
        length: UInt64? = 25, parts: [SessionId] = [], isPartial: Bool = false, storage: Storage = .file,
        asset: AssetMetadata = AssetMetadata(name: "letter.txt"), activeMax: UInt64 = .max, seen: Int64 = 0,
        content: [UInt8]? = nil, recipe: Recipe? = nil, companions: [Companion] = [], takesCapsuleRecipe: Bool = false,
        allowance: Allowance = .unlimited
    ) -> UploadDraft {
        let key = key.map { IdempotencyKey(bytes: Array($0.utf8)) }
        let meta = UploadSessionMeta(
            session: id(number), capsule: letters.id, caller: caller, asset: asset, provisionalMemoryId: "memory",
            idempotencyKey: key, expectedDigest: nil, isPartial: isPartial, recipe: recipe,
            companions: companions, storage: content == nil ? storage : .catalogue)
        let session = Session(
            id: id(number),
            spec: SessionSpec(
                layout: layout, expectedBytes: content.map { UInt64($0.count) } ?? length,
                owner: SessionOwner(capsule: letters.id, caller: caller), idempotencyKey: key),
            meta: SessionMeta(createdAt: time(seen), lastSeen: time(seen), status: .pending))
        return UploadDraft(
            record: UploadRecord(meta: meta, session: session, fingerprint: Digest(of: [1]), parts: parts),
            activeMax: activeMax, allowance: allowance,
            content: content.map { .init(bytes: $0, digest: Digest(of: $0)) },
            takesCapsuleRecipe: takesCapsuleRecipe)
    }
}

extension CatalogueSQLite {
    /// Makes the capsule of the drafts.
    func withCapsule() async throws -> CatalogueSQLite {
        try await createCapsule(letters)
        return self
    }

    @discardableResult
    func begin(_ draft: UploadDraft) async throws(UploadError) -> Began {
        try await begin(draft, checkAccess: admitAll)
    }

    @discardableResult
    func commit(_ number: Int, length: UInt64 = 25) async throws(UploadError) -> UploadRecord {
        try await commit(
            id(number), length: length, digest: .whole(Digest(of: [2])), at: time(10), checkAccess: admitAll)
    }

    @discardableResult
    func abort(_ number: Int) async throws(UploadError) -> [ObjectKey] {
        try await end(id(number), as: .aborted(at: time(20)), unlessSeenSince: nil)
    }
}

/// The code of the refusal that the body ends with; nil if it succeeds.
func refusal<Value>(_ body: () async throws(UploadError) -> Value) async -> UploadError.Code? {
    do throws(UploadError) {
        _ = try await body()
        return nil
    } catch {
        return error.code
    }
}
