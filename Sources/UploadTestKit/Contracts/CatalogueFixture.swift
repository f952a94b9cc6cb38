import SessionCore
import Synchronization
import UploadCore
import UploadDerivation

/// The environment of a check: the catalogue, principals, a base time, and unused ids.
final class CatalogueFixture: Sendable {
    let catalogue: any PhotoCatalogue
    let ada = Principal("ada")
    let ben = Principal("ben")
    private let lastNumber = Mutex<UInt64>(0)

    init(_ catalogue: any PhotoCatalogue) {
        self.catalogue = catalogue
    }

    /// A time relative to the fixture's base time.
    func time(_ milliseconds: Int64) -> Timestamp {
        Timestamp(milliseconds: 1_700_000_000_000 + milliseconds)
    }

    /// Ids are strictly increasing, like ids generated in the same millisecond or later.
    func nextId() -> SessionId {
        let number = lastNumber.withLock { last in
            last += 1
            return last
        }
        return SessionId(high: 1_700_000_000_000 << 16 | 0x7000, low: 0x8000_0000_0000_0000 | number)
    }
}

/// Permits every access.
let admitAll: @Sendable (Capsule) throws(UploadError) -> Void = { _ in }

// MARK: - Preconditions

extension CatalogueFixture {
    func newCapsule(owner: Principal? = nil) async throws -> Capsule {
        let capsule = Capsule(
            id: CapsuleId(nextId()), title: "Letters", owner: owner ?? ada, createdAt: time(0))
        try await catalogue.createCapsule(capsule)
        return capsule
    }

    /// Begins an upload, which must be new.
    func begin(_ draft: UploadDraft, file: StaticString = #fileID, line: UInt = #line) async throws -> UploadRecord {
        guard case .created(let record) = try await catalogue.begin(draft, checkAccess: admitAll) else {
            throw ContractViolation("a new upload was taken for a replay", file: file, line: line)
        }
        return record
    }

    /// The current record of an upload, which must exist.
    func found(
        _ id: SessionId, file: StaticString = #fileID, line: UInt = #line
    ) async throws -> UploadRecord {
        try requireValue(try await catalogue.upload(id), "the upload", file: file, line: line)
    }

    func usage(of principal: Principal) async throws -> Usage { try await catalogue.usage(of: principal) }

    /// Commits with the digest of `bytes`.
    @discardableResult
    func commit(
        _ id: SessionId, length: UInt64 = 25, bytes: String = "bytes", at milliseconds: Int64 = 10
    ) async throws -> UploadRecord {
        try await catalogue.commit(
            id, length: length, digest: digest(bytes), at: time(milliseconds), checkAccess: admitAll)
    }

    /// A committed upload of chunks of 10 bytes, all of them recorded.
    func committed(_ draft: UploadDraft, bytes: String = "bytes") async throws -> UploadRecord {
        let record = try await begin(draft)
        let length = record.session.spec.expectedBytes ?? 0
        for index in 0..<(record.session.spec.chunkCount ?? 0) {
            try await catalogue.record(DurablePiece(.chunk(index: index)), of: record.id, seen: time(0))
        }
        return try await commit(record.id, length: length, bytes: bytes)
    }

    func abort(_ id: SessionId, at milliseconds: Int64 = 10) async throws -> [ObjectKey] {
        try await catalogue.end(id, as: .aborted(at: time(milliseconds)), unlessSeenSince: nil)
    }

    func digest(_ bytes: String) -> BlobDigest { .whole(Digest(of: Array(bytes.utf8))) }
}
