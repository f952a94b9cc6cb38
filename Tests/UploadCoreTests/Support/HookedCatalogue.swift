import SessionCore
import UploadCore
import UploadDerivation
import UploadMemories
import UploadTestKit

/// The model of a catalogue with a test's hooks around its calls.
struct HookedCatalogue: PhotoCatalogue, InMemoryDownloadCatalogue {
    let model: ModelCatalogue
    let hooks: Hooks

    var downloads: DownloadsInMemory { model.downloads }
    var isShared: Bool { model.isShared }
    var keepsReceipts: Bool { model.keepsReceipts }

    func claim(_ id: SessionId) async throws(UploadError) -> UploadRecord? {
        try await hooks.around(.claim) { () throws(UploadError) in try await model.claim(id) }
    }

    func chunkDigest(_ index: UInt64, of id: SessionId) async throws(UploadError) -> Digest? {
        try await model.chunkDigest(index, of: id)
    }

    func begin(_ draft: UploadDraft, checkAccess: @escaping AccessCheck) async throws(UploadError) -> Began {
        try await hooks.around(.begin) { () throws(UploadError) in
            try await model.begin(draft, checkAccess: checkAccess)
        }
    }

    func upload(_ id: SessionId) async throws(UploadError) -> UploadRecord? {
        try await hooks.around(.upload) { () throws(UploadError) in
            var record = try await model.upload(id)
            if hooks.forgetsPrefixHashes { record?.prefixHash = nil }
            return record
        }
    }

    func linkSecret() async throws(UploadError) -> LinkSecret { try await model.linkSecret() }

    func createLink(
        _ link: UploadLink, linksMax: UInt64, membersMax: UInt64, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) {
        try await model.createLink(link, linksMax: linksMax, membersMax: membersMax, checkAccess: checkAccess)
    }

    func links(
        in capsule: CapsuleId, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> [LinkStatus] {
        try await model.links(in: capsule, checkAccess: checkAccess)
    }

    func link(_ id: LinkId) async throws(UploadError) -> LinkStatus? { try await model.link(id) }

    func removeLink(
        _ id: LinkId, from capsule: CapsuleId, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) {
        try await model.removeLink(id, from: capsule, checkAccess: checkAccess)
    }

    func removeLinks(expiredBefore time: Timestamp, limit: Int) async throws(UploadError) -> Int {
        try await model.removeLinks(expiredBefore: time, limit: limit)
    }

    func findPending(
        capsule: CapsuleId, caller: Principal, key: IdempotencyKey
    ) async throws(UploadError) -> UploadRecord? {
        try await hooks.around(.otherFact) { () throws(UploadError) in
            try await model.findPending(capsule: capsule, caller: caller, key: key)
        }
    }

    func record(
        _ piece: DurablePiece, of id: SessionId, fence: Fence, seen: Timestamp, admission: Admission
    ) async throws(UploadError) {
        try await hooks.around(.record) { () throws(UploadError) in
            try await model.record(piece, of: id, fence: fence, seen: seen, admission: admission)
        }
    }

    func amend(
        _ id: SessionId, asset: AssetMetadata?, length: UInt64?, fence: Fence, seen: Timestamp, admission: Admission
    ) async throws(UploadError) {
        try await hooks.around(.amend) { () throws(UploadError) in
            try await model.amend(
                id, asset: asset, length: length, fence: fence, seen: seen, admission: admission)
        }
    }

    func touch(_ seen: [SessionId: Timestamp]) async throws(UploadError) {
        try await hooks.around(.touch) { () throws(UploadError) in try await model.touch(seen) }
    }

    func extentsOfParts(_ id: SessionId) async throws(UploadError) -> [[Extent]?] {
        try await hooks.around(.otherFact) { () throws(UploadError) in try await model.extentsOfParts(id) }
    }

    func partsStatus(of id: SessionId) async throws(UploadError) -> PartsStatus {
        try await hooks.around(.otherFact) { () throws(UploadError) in try await model.partsStatus(of: id) }
    }

    func wholeDigest(of id: SessionId) async throws(UploadError) -> Digest? {
        try await hooks.around(.otherFact) { () throws(UploadError) in try await model.wholeDigest(of: id) }
    }

    func keepWholeDigest(_ digest: Digest, of id: SessionId) async throws(UploadError) {
        try await hooks.around(.otherFact) { () throws(UploadError) in
            try await model.keepWholeDigest(digest, of: id)
        }
    }

    func pendingConcatenations(of part: SessionId) async throws(UploadError) -> [SessionId] {
        try await hooks.around(.otherFact) { () throws(UploadError) in try await model.pendingConcatenations(of: part) }
    }

    func commit(
        _ id: SessionId, length: UInt64, digest: BlobDigest, fence: Fence, at now: Timestamp,
        checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> UploadRecord {
        try await hooks.around(.commit) { () throws(UploadError) in
            try await model.commit(
                id, length: length, digest: digest, fence: fence, at: now, checkAccess: checkAccess)
        }
    }

    func end(
        _ id: SessionId, as ending: SessionStatus, fence: Fence, unlessSeenSince: Timestamp?
    ) async throws(UploadError) -> [ObjectKey] {
        try await hooks.around(.end) { () throws(UploadError) in
            try await model.end(id, as: ending, fence: fence, unlessSeenSince: unlessSeenSince)
        }
    }

    func removeEnded(before time: Timestamp, limit: Int) async throws(UploadError) -> [SessionId] {
        try await hooks.around(.otherFact) { () throws(UploadError) in
            try await model.removeEnded(before: time, limit: limit)
        }
    }

    func pendingLastSeen(
        before time: Timestamp, of caller: Principal, limit: Int
    ) async throws(UploadError) -> [SessionId] {
        try await hooks.around(.otherFact) { () throws(UploadError) in
            try await model.pendingLastSeen(before: time, of: caller, limit: limit)
        }
    }

    func blobs(_ filter: BlobFilter, after cursor: SessionId?, limit: Int) async throws(UploadError) -> BlobPage {
        try await model.blobs(filter, after: cursor, limit: limit)
    }

    func blobs(
        withDigests digests: [Digest], in capsule: CapsuleId, andThoseOf owner: Principal?
    ) async throws(UploadError) -> [BlobSummary] {
        try await model.blobs(withDigests: digests, in: capsule, andThoseOf: owner)
    }

    func lastSeen(before time: Timestamp, limit: Int) async throws(UploadError) -> [SessionId] {
        try await hooks.around(.otherFact) { () throws(UploadError) in
            try await model.lastSeen(before: time, limit: limit)
        }
    }

    func uploads(_ filter: UploadFilter, after id: SessionId?, limit: Int) async throws(UploadError) -> [ListedUpload] {
        try await hooks.around(.otherFact) { () throws(UploadError) in
            try await model.uploads(filter, after: id, limit: limit)
        }
    }

    func countActive(capsule: CapsuleId, caller: Principal) async throws(UploadError) -> UInt64 {
        try await model.countActive(capsule: capsule, caller: caller)
    }

    func countByStatus() async throws(UploadError) -> StatusCounts { try await model.countByStatus() }
}

// MARK: - Blobs and maintenance

extension HookedCatalogue {
    func blob(_ id: BlobId) async throws(UploadError) -> (blob: Blob, capsule: Capsule)? { try await model.blob(id) }

    func catalogueBytes(_ id: SessionId, _ range: Range<UInt64>) async throws(UploadError) -> [UInt8] {
        try await hooks.around(.catalogueBytes) { () throws(UploadError) in try await model.catalogueBytes(id, range) }
    }

    func deleteBlob(_ id: BlobId, at now: Timestamp, checkAccess: @escaping AccessCheck) async throws(UploadError)
        -> [ObjectKey]
    {
        try await hooks.around(.deleteBlob) { () throws(UploadError) in
            try await model.deleteBlob(id, at: now, checkAccess: checkAccess)
        }
    }

    func countBlobs() async throws(UploadError) -> UInt64 { try await model.countBlobs() }

    func garbage(limit: Int) async throws(UploadError) -> [ObjectKey] {
        try await hooks.around(.garbage) { () throws(UploadError) in try await model.garbage(limit: limit) }
    }

    func postponeGarbage(_ keys: [ObjectKey]) async throws(UploadError) { try await model.postponeGarbage(keys) }

    func forgetGarbage(_ keys: [ObjectKey]) async throws(UploadError) {
        try await hooks.around(.forgetGarbage) { () throws(UploadError) in try await model.forgetGarbage(keys) }
    }

    func requireWritable() async throws(UploadError) { try await model.requireWritable() }
    func compact() async throws(UploadError) { try await model.compact() }
    func problems() async throws(UploadError) -> [String] { try await model.problems() }

    func forgetPieces(of id: SessionId, in ranges: [Range<UInt64>]) async throws(UploadError) {
        try await model.forgetPieces(of: id, in: ranges)
    }

    func checksums(of id: SessionId, in range: Range<UInt64>) async throws(UploadError) -> BlockChecksums? {
        try await model.checksums(of: id, in: range)
    }

    func maintenanceState() async throws(UploadError) -> MaintenanceState { try await model.maintenanceState() }
    func setMaintenanceState(_ state: MaintenanceState) async throws(UploadError) {
        try await model.setMaintenanceState(state)
    }

    func close() async { await model.close() }
}

// MARK: - Capsules and memories

extension HookedCatalogue {
    func createCapsule(_ capsule: Capsule, capsulesMax: UInt64) async throws(UploadError) {
        try await model.createCapsule(capsule, capsulesMax: capsulesMax)
    }

    func usage(of principal: Principal) async throws(UploadError) -> Usage { try await model.usage(of: principal) }

    func usages(after principal: Principal?, limit: Int) async throws(UploadError) -> [PrincipalUsage] {
        try await model.usages(after: principal, limit: limit)
    }

    func totalUsage() async throws(UploadError) -> Usage { try await model.totalUsage() }
    func capsule(_ id: CapsuleId) async throws(UploadError) -> Capsule? {
        try await hooks.around(.capsule) { () throws(UploadError) in try await model.capsule(id) }
    }
    func defaultCapsule(_ draft: Capsule) async throws(UploadError) -> Capsule { try await model.defaultCapsule(draft) }

    func capsules(of principal: Principal, after id: CapsuleId?, limit: Int) async throws(UploadError) -> [Capsule] {
        try await model.capsules(of: principal, after: id, limit: limit)
    }

    func updateCapsule(
        _ id: CapsuleId, _ change: CapsuleChange, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> Capsule {
        try await model.updateCapsule(id, change, checkAccess: checkAccess)
    }

    func setRole(
        _ role: Role?, of principal: Principal, in id: CapsuleId, membersMax: UInt64,
        checkAccess: @escaping AccessCheck
    ) async throws(UploadError) {
        try await model.setRole(role, of: principal, in: id, membersMax: membersMax, checkAccess: checkAccess)
    }

    func createMemory(_ draft: MemoryDraft, checkAccess: @escaping AccessCheck) async throws(UploadError) -> Memory {
        try await model.createMemory(draft, checkAccess: checkAccess)
    }

    func memory(_ id: MemoryId) async throws(UploadError) -> (memory: Memory, capsule: Capsule)? {
        try await model.memory(id)
    }

    func memories(
        in id: CapsuleId, after: MemoryPosition?, order: MemoryOrder, limit: Int
    ) async throws(UploadError) -> [Memory] {
        try await model.memories(in: id, after: after, order: order, limit: limit)
    }

    func updateMemory(
        _ id: MemoryId, checkAccess: @escaping AccessCheck, _ revise: @escaping MemoryRevision
    ) async throws(UploadError) -> Memory {
        try await model.updateMemory(id, checkAccess: checkAccess, revise)
    }

    func addAsset(
        _ asset: NewAsset, to id: MemoryId, limits: MemoryLimits, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> (memory: Memory, isNew: Bool) {
        try await model.addAsset(asset, to: id, limits: limits, checkAccess: checkAccess)
    }

    func removeAsset(
        _ asset: AssetId, from id: MemoryId, withBlob: Bool, at now: Timestamp, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> (memory: Memory, garbage: [ObjectKey]) {
        try await model.removeAsset(asset, from: id, withBlob: withBlob, at: now, checkAccess: checkAccess)
    }

    func deleteMemory(
        _ id: MemoryId, withBlobs: Bool, at now: Timestamp, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> [ObjectKey] {
        try await model.deleteMemory(id, withBlobs: withBlobs, at: now, checkAccess: checkAccess)
    }
}

// MARK: - Derivations

extension HookedCatalogue {
    func derivation(of id: SessionId) async throws(UploadError) -> Derivation? { try await model.derivation(of: id) }

    func derivations(
        in id: CapsuleId, state: Derivation.State?, order: CreationOrder, after: SessionId?, limit: Int
    ) async throws(UploadError) -> [Derivation] {
        try await model.derivations(in: id, state: state, order: order, after: after, limit: limit)
    }

    func countPendingDerivations(in id: CapsuleId) async throws(UploadError) -> UInt64 {
        try await model.countPendingDerivations(in: id)
    }

    func dueDerivations(
        at now: Timestamp, after caller: Principal?, excluding running: Set<SessionId>, limit: Int
    ) async throws(UploadError) -> DueDerivations {
        try await hooks.around(.dueDerivations) { () throws(UploadError) in
            try await model.dueDerivations(at: now, after: caller, excluding: running, limit: limit)
        }
    }

    func startDerivation(of id: SessionId) async throws(UploadError) -> Derivation? {
        try await hooks.around(.startDerivation) { () throws(UploadError) in try await model.startDerivation(of: id) }
    }

    func postponeDerivation(
        of id: SessionId, attempt: Int?, until time: Timestamp, reason: String?, takesAttemptBack: Bool
    ) async throws(UploadError) {
        try await hooks.around(.postponeDerivation) { () throws(UploadError) in
            try await model.postponeDerivation(
                of: id, attempt: attempt, until: time, reason: reason, takesAttemptBack: takesAttemptBack)
        }
    }

    func finishDerivation(
        of id: SessionId, attempt: Int, with memory: MemoryDraft
    ) async throws(UploadError) -> Memory? {
        try await hooks.around(.finishDerivation) { () throws(UploadError) in
            try await model.finishDerivation(of: id, attempt: attempt, with: memory)
        }
    }
}
