import CatalogueRows
public import SessionCore
public import UploadCore
public import UploadDerivation
public import UploadMemories

// MARK: - Uploads

extension CatalogueSQLite {
    public func begin(_ draft: UploadDraft, checkAccess: @escaping AccessCheck) async throws(UploadError) -> Began {
        try await add(byteCost: draft.content?.bytes.count ?? 0) { queries throws(UploadError) in
            try queries.begin(draft, checkAccess: checkAccess)
        }
    }

    public func upload(_ id: SessionId) async throws(UploadError) -> UploadRecord? {
        try await read { queries throws(UploadError) in try queries.upload(id) }
    }

    public func findPending(
        capsule: CapsuleId, caller: Principal, key: IdempotencyKey
    ) async throws(UploadError) -> UploadRecord? {
        try await read { queries throws(UploadError) in
            try queries.findPending(capsule: capsule, caller: caller, key: key)
        }
    }

    /// One process owns the catalogue, so nothing is ever claimed and the first fence stays current.
    private func requireCurrent(_ fence: Fence) throws(UploadError) {
        guard fence == .initial else { throw UploadError(.superseded) }
    }

    public func record(
        _ piece: DurablePiece, of id: SessionId, fence: Fence, seen: Timestamp, admission: Admission
    ) async throws(UploadError) {
        try requireCurrent(fence)
        let body: @Sendable (Queries) throws(UploadError) -> Void = { queries throws(UploadError) in
            try queries.record(piece, of: id, seen: seen, admission)
        }
        guard let bytes = piece.bytes?.bytes else { return try await write(body) }
        try await add(byteCost: bytes.count, body)
    }

    public func checksums(of id: SessionId, in range: Range<UInt64>) async throws(UploadError) -> BlockChecksums? {
        try await read { queries throws(UploadError) in try queries.checksums(of: id, in: range) }
    }

    public func amend(
        _ id: SessionId, asset: AssetMetadata?, length: UInt64?, fence: Fence, seen: Timestamp, admission: Admission
    ) async throws(UploadError) {
        try requireCurrent(fence)
        try await write { queries throws(UploadError) in
            try queries.amend(id, asset: asset, length: length, seen: seen, admission)
        }
    }

    public func touch(_ seen: [SessionId: Timestamp]) async throws(UploadError) {
        try await write { queries throws(UploadError) in try queries.touch(seen) }
    }

    public func extentsOfParts(_ id: SessionId) async throws(UploadError) -> [[Extent]?] {
        try await read { queries throws(UploadError) in try queries.extentsOfParts(id) }
    }

    public func partsStatus(of id: SessionId) async throws(UploadError) -> PartsStatus {
        try await read { queries throws(UploadError) in try queries.partsStatus(of: id) }
    }

    public func wholeDigest(of id: SessionId) async throws(UploadError) -> Digest? {
        try await read { queries throws(UploadError) in try queries.wholeDigest(of: id) }
    }

    public func keepWholeDigest(_ digest: Digest, of id: SessionId) async throws(UploadError) {
        try await write { queries throws(UploadError) in try queries.keepWholeDigest(digest, of: id) }
    }

    public func pendingConcatenations(of part: SessionId) async throws(UploadError) -> [SessionId] {
        try await read { queries throws(UploadError) in try queries.pendingConcatenations(of: part) }
    }

    public func commit(
        _ id: SessionId, length: UInt64, digest: BlobDigest, fence: Fence, at now: Timestamp,
        checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> UploadRecord {
        try requireCurrent(fence)
        return try await write { queries throws(UploadError) in
            try queries.commit(id, length: length, digest: digest, at: now, checkAccess: checkAccess)
        }
    }

    public func end(
        _ id: SessionId, as ending: SessionStatus, fence: Fence, unlessSeenSince: Timestamp?
    ) async throws(UploadError) -> [ObjectKey] {
        try requireCurrent(fence)
        return try await write(freesSpace: true) { queries throws(UploadError) in
            try queries.end(id, as: ending, unlessSeenSince: unlessSeenSince)
        }
    }

    public func removeEnded(before time: Timestamp, limit: Int) async throws(UploadError) -> [SessionId] {
        try await write(freesSpace: true) { queries throws(UploadError) in
            try queries.removeEnded(before: time, limit: limit)
        }
    }

    public func lastSeen(before time: Timestamp, limit: Int) async throws(UploadError) -> [SessionId] {
        try await read { queries throws(UploadError) in try queries.lastSeen(before: time, limit: limit) }
    }

    public func pendingLastSeen(
        before time: Timestamp, of caller: Principal, limit: Int
    ) async throws(UploadError) -> [SessionId] {
        try await read { queries throws(UploadError) in
            try queries.pendingLastSeen(before: time, of: caller, limit: limit)
        }
    }

    public func uploads(
        _ filter: UploadFilter, after id: SessionId?, limit: Int
    ) async throws(UploadError) -> [ListedUpload] {
        try await read { queries throws(UploadError) in try queries.uploads(filter, after: id, limit: limit) }
    }

    public func countActive(capsule: CapsuleId, caller: Principal) async throws(UploadError) -> UInt64 {
        try await read { queries throws(UploadError) in try queries.countActive(capsule: capsule, caller: caller) }
    }

    public func countByStatus() async throws(UploadError) -> StatusCounts {
        try await read { queries throws(UploadError) in try queries.countByStatus() }
    }
}

// MARK: - Blobs

extension CatalogueSQLite {
    public func blob(_ id: BlobId) async throws(UploadError) -> (blob: Blob, capsule: Capsule)? {
        guard let row = try await read({ queries throws(UploadError) in try queries.blob(id) }) else { return nil }
        return (try row.blob(), row.capsule)
    }

    public func summary(of id: BlobId) async throws(UploadError) -> (summary: BlobSummary, capsule: Capsule)? {
        try await read { queries throws(UploadError) in try queries.summary(of: id) }
    }

    public func catalogueBytes(_ id: SessionId, _ range: Range<UInt64>) async throws(UploadError) -> [UInt8] {
        try await read { queries throws(UploadError) in try queries.catalogueBytes(id, range) }
    }

    public func deleteBlob(
        _ id: BlobId, at now: Timestamp, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> [ObjectKey] {
        try await write(freesSpace: true) { queries throws(UploadError) in
            try queries.deleteBlob(id, at: now, checkAccess: checkAccess)
        }
    }

    public func countBlobs() async throws(UploadError) -> UInt64 {
        try await read { queries throws(UploadError) in try queries.countBlobs() }
    }

    public func blobs(
        _ filter: BlobFilter, after cursor: SessionId?, limit: Int
    ) async throws(UploadError) -> BlobPage {
        try await read { queries throws(UploadError) in try queries.blobs(filter, after: cursor, limit: limit) }
    }

    public func blobs(
        withDigests digests: [Digest], in capsule: CapsuleId, andThoseOf owner: Principal?
    ) async throws(UploadError) -> [BlobSummary] {
        try await read { queries throws(UploadError) in
            try queries.blobs(withDigests: digests, in: capsule, andThoseOf: owner)
        }
    }

    public func garbage(limit: Int) async throws(UploadError) -> [ObjectKey] {
        try await read { queries throws(UploadError) in try queries.garbage(limit: limit) }
    }

    public func forgetGarbage(_ keys: [ObjectKey]) async throws(UploadError) {
        try await write(freesSpace: true) { queries throws(UploadError) in try queries.forgetGarbage(keys) }
    }

    public func postponeGarbage(_ keys: [ObjectKey]) async throws(UploadError) {
        // Also on a full disk: removing the files listed after these frees space.
        try await write(freesSpace: true) { queries throws(UploadError) in try queries.postponeGarbage(keys) }
    }
}

// MARK: - Maintenance

extension CatalogueSQLite {
    public func requireWritable() async throws(UploadError) {
        try await add { _ throws(UploadError) in }
    }

    public func problems() async throws(UploadError) -> [String] {
        try await read { queries throws(UploadError) in try queries.problems() }
    }

    public func forgetPieces(of id: SessionId, in ranges: [Range<UInt64>]) async throws(UploadError) {
        try await write(freesSpace: true) { queries throws(UploadError) in
            try queries.forgetPieces(of: id, in: ranges)
        }
    }

    public func maintenanceState() async throws(UploadError) -> MaintenanceState {
        try await read { queries throws(UploadError) in try queries.maintenanceState() }
    }

    public func setMaintenanceState(_ state: MaintenanceState) async throws(UploadError) {
        try await write { queries throws(UploadError) in try queries.setMaintenanceState(state) }
    }
}

// MARK: - Capsules

extension CatalogueSQLite {
    public func createCapsule(_ capsule: Capsule, capsulesMax: UInt64) async throws(UploadError) {
        try await add { queries throws(UploadError) in try queries.createCapsule(capsule, capsulesMax: capsulesMax) }
    }

    public func capsule(_ id: CapsuleId) async throws(UploadError) -> Capsule? {
        try await read { queries throws(UploadError) in try queries.capsule(id) }
    }

    public func defaultCapsule(_ draft: Capsule) async throws(UploadError) -> Capsule {
        try await write { queries throws(UploadError) in try queries.defaultCapsule(draft) }
    }

    public func capsules(
        of principal: Principal, after id: CapsuleId?, limit: Int
    ) async throws(UploadError) -> [Capsule] {
        try await read { queries throws(UploadError) in try queries.capsules(of: principal, after: id, limit: limit) }
    }

    public func updateCapsule(
        _ id: CapsuleId, _ change: CapsuleChange, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> Capsule {
        try await write { queries throws(UploadError) in try queries.updateCapsule(id, change, checkAccess: checkAccess)
        }
    }

    public func setRole(
        _ role: Role?, of principal: Principal, in id: CapsuleId, membersMax: UInt64,
        checkAccess: @escaping AccessCheck
    ) async throws(UploadError) {
        try await write { queries throws(UploadError) in
            try queries.setRole(role, of: principal, in: id, membersMax: membersMax, checkAccess: checkAccess)
        }
    }
}

// MARK: - Usage

extension CatalogueSQLite {
    public func usage(of principal: Principal) async throws(UploadError) -> Usage {
        try await read { queries throws(UploadError) in try queries.usage(of: principal) }
    }

    public func usages(after principal: Principal?, limit: Int) async throws(UploadError) -> [PrincipalUsage] {
        try await read { queries throws(UploadError) in try queries.usages(after: principal, limit: limit) }
    }

    public func totalUsage() async throws(UploadError) -> Usage {
        try await read { queries throws(UploadError) in try queries.totalUsage() }
    }
}

// MARK: - Memories

extension CatalogueSQLite {
    public func createMemory(_ draft: MemoryDraft, checkAccess: @escaping AccessCheck) async throws(UploadError)
        -> Memory
    {
        try await add(byteCost: draft.inlineBytes) { queries throws(UploadError) in
            try queries.createMemory(draft, checkAccess: checkAccess)
        }
    }

    public func memory(_ id: MemoryId) async throws(UploadError) -> (memory: Memory, capsule: Capsule)? {
        try await read { queries throws(UploadError) in try queries.memory(id) }
    }

    public func memories(
        in id: CapsuleId, after: MemoryPosition?, order: MemoryOrder, limit: Int
    ) async throws(UploadError) -> [Memory] {
        try await read { queries throws(UploadError) in
            try queries.memories(in: id, after: after, order: order, limit: limit)
        }
    }

    public func updateMemory(
        _ id: MemoryId, checkAccess: @escaping AccessCheck, _ revise: @escaping MemoryRevision
    ) async throws(UploadError) -> Memory {
        try await write { queries throws(UploadError) in try queries.updateMemory(id, checkAccess: checkAccess, revise)
        }
    }

    public func addAsset(
        _ asset: NewAsset, to id: MemoryId, limits: MemoryLimits, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> (memory: Memory, isNew: Bool) {
        try await add(byteCost: asset.inlineBytes) { queries throws(UploadError) in
            try queries.addAsset(asset, to: id, limits: limits, checkAccess: checkAccess)
        }
    }

    public func removeAsset(
        _ asset: AssetId, from id: MemoryId, withBlob: Bool, at now: Timestamp, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> (memory: Memory, garbage: [ObjectKey]) {
        try await write(freesSpace: true) { queries throws(UploadError) in
            try queries.removeAsset(asset, from: id, withBlob: withBlob, at: now, checkAccess: checkAccess)
        }
    }

    public func deleteMemory(
        _ id: MemoryId, withBlobs: Bool, at now: Timestamp, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> [ObjectKey] {
        try await write(freesSpace: true) { queries throws(UploadError) in
            try queries.deleteMemory(id, withBlobs: withBlobs, at: now, checkAccess: checkAccess)
        }
    }
}

extension NewAsset {
    fileprivate var inlineBytes: Int {
        if case .inline(let bytes, _) = draft.content { bytes.count } else { 0 }
    }
}

extension MemoryDraft {
    fileprivate var inlineBytes: Int { assets.reduce(0) { $0 + $1.inlineBytes } }
}

// MARK: - Derivations

extension CatalogueSQLite {
    public func derivation(of id: SessionId) async throws(UploadError) -> Derivation? {
        try await read { queries throws(UploadError) in try queries.derivation(of: id) }
    }

    public func derivations(
        in id: CapsuleId, state: Derivation.State?, order: CreationOrder, after: SessionId?, limit: Int
    ) async throws(UploadError) -> [Derivation] {
        try await read { queries throws(UploadError) in
            try queries.derivations(in: id, state: state, order: order, after: after, limit: limit)
        }
    }

    public func countPendingDerivations(in id: CapsuleId) async throws(UploadError) -> UInt64 {
        try await read { queries throws(UploadError) in try queries.countPendingDerivations(in: id) }
    }

    public func dueDerivations(
        at now: Timestamp, after caller: Principal?, excluding running: Set<SessionId>, limit: Int
    ) async throws(UploadError) -> DueDerivations {
        try await read { queries throws(UploadError) in
            try queries.dueDerivations(at: now, after: caller, excluding: running, limit: limit)
        }
    }

    public func startDerivation(of id: SessionId) async throws(UploadError) -> Derivation? {
        try await write { queries throws(UploadError) in try queries.startDerivation(of: id) }
    }

    public func postponeDerivation(
        of id: SessionId, attempt: Int?, until time: Timestamp, reason: String?, takesAttemptBack: Bool
    ) async throws(UploadError) {
        try await write { queries throws(UploadError) in
            try queries.postponeDerivation(
                of: id, attempt: attempt, until: time, reason: reason, takesAttemptBack: takesAttemptBack)
        }
    }

    public func finishDerivation(
        of id: SessionId, attempt: Int, with memory: MemoryDraft
    ) async throws(UploadError) -> Memory? {
        try await add(byteCost: memory.inlineBytes) { queries throws(UploadError) in
            try queries.finishDerivation(of: id, attempt: attempt, with: memory)
        }
    }
}
