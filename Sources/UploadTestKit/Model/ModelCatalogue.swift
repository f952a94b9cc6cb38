public import SessionCore
import Synchronization
public import UploadCore

/// The `Catalogue` port's laws, as plainly as they can be written: dictionaries in memory, one lock, one mutating
/// function a verb. A reference to read and to test other implementations against, and a fast double for tests of what
/// stands on a catalogue.
///
/// Nothing is durable and nothing costs what the port promises: lists are sorted when they are asked for. Every verb
/// checks first and changes afterwards, so that a call that throws has changed nothing.
public final class ModelCatalogue: Catalogue {
    private let state = Mutex(ModelState())

    public init() {}

    /// One call is one transaction.
    func transact<Value: Sendable>(
        _ verb: (inout ModelState) throws(UploadError) -> Value
    ) throws(UploadError) -> Value {
        try state.withLock { state throws(UploadError) in try verb(&state) }
    }

    func read<Value: Sendable>(_ question: (borrowing ModelState) -> Value) -> Value {
        state.withLock { state in question(state) }
    }
}

// MARK: - Uploads

extension ModelCatalogue {
    public func begin(_ draft: UploadDraft, checkAccess: @escaping AccessCheck) async throws(UploadError) -> Began {
        try transact { state throws(UploadError) in try state.begin(draft, checkAccess: checkAccess) }
    }

    public func upload(_ id: SessionId) async throws(UploadError) -> UploadRecord? {
        read { $0.uploads[id]?.record }
    }

    public func findPending(
        capsule: CapsuleId, caller: Principal, key: IdempotencyKey
    ) async throws(UploadError) -> UploadRecord? {
        read { $0.findPending(capsule: capsule, caller: caller, key: key) }
    }

    public func record(_ piece: DurablePiece, of id: SessionId, seen: Timestamp) async throws(UploadError) {
        try transact { state throws(UploadError) in try state.record(piece, of: id, seen: seen) }
    }

    public func amend(
        _ id: SessionId, asset: AssetMetadata?, length: UInt64?, seen: Timestamp
    ) async throws(UploadError) {
        try transact { state throws(UploadError) in try state.amend(id, asset: asset, length: length, seen: seen) }
    }

    public func touch(_ seen: [SessionId: Timestamp]) async throws(UploadError) {
        try transact { state in state.touch(seen) }
    }

    public func extentsOfParts(_ id: SessionId) async throws(UploadError) -> [[Extent]?] {
        try transact { state throws(UploadError) in try state.extentsOfParts(id) }
    }

    public func pendingConcatenations(of part: SessionId) async throws(UploadError) -> [SessionId] {
        try transact { state in
            state.uploads.values.filter { $0.status.isPending && $0.record.parts.contains(part) }
                .map(\.record.id).sorted { $0.text < $1.text }
        }
    }

    public func commit(
        _ id: SessionId, length: UInt64, digest: BlobDigest, at now: Timestamp, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> UploadRecord {
        try transact { state throws(UploadError) in
            try state.commit(id, length: length, digest: digest, at: now, checkAccess: checkAccess)
        }
    }

    public func end(
        _ id: SessionId, as ending: SessionStatus, unlessSeenSince: Timestamp?
    ) async throws(UploadError) -> [ObjectKey] {
        try transact { state throws(UploadError) in
            try state.end(id, as: ending, unlessSeenSince: unlessSeenSince)
        }
    }

    public func lastSeen(before time: Timestamp, limit: Int) async throws(UploadError) -> [SessionId] {
        read { $0.lastSeen(before: time, limit: limit) }
    }

    public func uploads(
        _ filter: UploadFilter, after id: SessionId?, limit: Int
    ) async throws(UploadError) -> [UploadRecord] {
        read { $0.uploads(filter, after: id, limit: limit) }
    }

    public func countActive(capsule: CapsuleId, caller: Principal) async throws(UploadError) -> UInt64 {
        read { $0.active[SessionOwner(capsule: capsule, caller: caller), default: 0] }
    }

    public func countByStatus() async throws(UploadError) -> StatusCounts {
        read { state in
            state.uploads.values.reduce(into: StatusCounts()) { $0.add($1.record.session.meta.status) }
        }
    }
}
