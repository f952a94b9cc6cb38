import SessionCore
import UploadCore
import UploadDerivation
import UploadMemories
import UploadTestKit

/// The model with one mistake, made by altering what it is asked to do. It is here to show that the contract fails.
struct FaultyCatalogue: PhotoCatalogue {
    enum Mistake: CaseIterable {
        case forgetsFingerprints, ignoresActiveLimit, losesContent, asksNobodyToBegin
        case losesLateChunks, losesLengths, losesBytes, overwritesAppends
        case amendsNothing, touchesNothing, seesTheFuture
        case commitsAnyDigest, asksNobodyToCommit, misdatesCommits, findsNoConcatenations
        case endsWhatWasSeen, expiresAsAborted, listsWithoutEnd, listsNoDerivations, ignoresFilters, countsNoParts
        case keepsNames, removesNewest, removesNothing, removesTooEarly
        case findsNoBlobs, findsOtherCapsules, copiesNothing, listsOldestFirst, evictsOfAll
        case forgetsTooMuch, keepsGarbage, forgetsPiecesOfNobody, losesChecksums, losesMaintenanceState
        case makesEveryCapsule, forgetsRoles
        case ignoresBudget, losesAssets, forgetsMemoryKeys, keepsBlobs, ignoresOrder
        case changesNoCapsule, countsEveryAttempt, derivesTwice, ignoresRecipes, servesOneCaller, ignoresPendingLimit
        case postponesForOthers, failsForOthers
        case ignoresFences
        case asksNobodyToRecord, ignoresQuotas, ignoresPendingLimits, ignoresParts, ignoresCapsuleLimit
        case countsNoReservations, listsUsagesAgain, forgetsWholeDigests
        case forgetsLinks, ignoresLinkLimits, keepsLinks, removesLinksTooEarly, ignoresLinksMax
        case forgetsDownloads, keepsEndedDownloads, keepsExpiredDownloads, keepsOldestDownloads, ignoresDownloadsMax
        case fencesNobody, claimsCommitted, losesReceipts, losesDigests, announcesLate, keepsAnnouncements

        /// Mistakes that only a catalogue shared by several engines can make.
        static let ofSharing: Set<Mistake> = [
            .fencesNobody, .claimsCommitted, .losesReceipts, .losesDigests, .announcesLate, .keepsAnnouncements,
        ]
        static let ofOneEngine = allCases.filter { !ofSharing.contains($0) }
    }

    let model: ModelCatalogue
    let mistake: Mistake

    init(_ mistake: Mistake, isShared: Bool = false) {
        model = ModelCatalogue(isShared: isShared)
        self.mistake = mistake
    }

    var isShared: Bool { model.isShared }
    var keepsReceipts: Bool { model.keepsReceipts }

    func claim(_ id: SessionId) async throws(UploadError) -> UploadRecord? {
        if mistake == .fencesNobody { return try await model.upload(id) }
        var record = try await model.claim(id)
        if mistake == .claimsCommitted, record?.blob != nil { record?.fence = Fence(epoch: 9) }
        return record
    }

    func chunkDigest(_ index: UInt64, of id: SessionId) async throws(UploadError) -> Digest? {
        try await model.chunkDigest(index, of: id)
    }

    /// The fence that the model gets.
    private func passed(_ fence: Fence, of id: SessionId) async throws(UploadError) -> Fence {
        guard mistake == .ignoresFences, let current = try await model.upload(id)?.fence else { return fence }
        return current
    }

    private let always: AccessCheck = { _ in }

    // MARK: Uploads

    func begin(_ draft: UploadDraft, checkAccess: @escaping AccessCheck) async throws(UploadError) -> Began {
        let record = draft.record
        let same = UploadRecord(
            meta: record.meta, session: record.session, fingerprint: Digest(of: []), parts: record.parts)
        return try await model.begin(
            UploadDraft(
                record: mistake == .forgetsFingerprints ? same : record,
                activeMax: mistake == .ignoresActiveLimit ? .max : draft.activeMax,
                allowance: altered(draft.allowance),
                pendingDerivationsMax: mistake == .ignoresPendingLimit ? .max : draft.pendingDerivationsMax,
                content: mistake == .losesContent ? nil : draft.content,
                source: mistake == .copiesNothing ? nil : draft.source,
                takesCapsuleRecipe: draft.takesCapsuleRecipe && mistake != .ignoresRecipes,
                link: mistake == .ignoresLinkLimits ? nil : draft.link),
            checkAccess: mistake == .asksNobodyToBegin ? always : checkAccess)
    }

    func upload(_ id: SessionId) async throws(UploadError) -> UploadRecord? {
        var record = try await model.upload(id)
        if mistake == .keepsNames, record?.fingerprint == nil { record?.meta.asset.name = "letter.txt" }
        return record
    }

    func findPending(
        capsule: CapsuleId, caller: Principal, key: IdempotencyKey
    ) async throws(UploadError) -> UploadRecord? {
        try await model.findPending(capsule: capsule, caller: caller, key: key)
    }

    func record(
        _ piece: DurablePiece, of id: SessionId, fence: Fence, seen: Timestamp, admission: Admission
    ) async throws(UploadError) {
        if mistake == .losesLateChunks, case .chunk(let index) = piece.place, index >= 4096 { return }
        let length = mistake == .losesLengths ? nil : piece.length
        let bytes = mistake == .losesBytes ? nil : piece.bytes
        if mistake == .overwritesAppends, case .append(let offset) = piece.place {
            try await model.forgetPieces(of: id, in: [offset..<UInt64.max])
        }
        if mistake == .announcesLate { try await model.announce(piece.receipts.map(\.key)) }
        try await model.record(
            DurablePiece(
                piece.place, length: length, bytes: bytes, receipts: mistake == .losesReceipts ? [] : piece.receipts,
                digest: mistake == .losesDigests ? nil : piece.digest,
                checksums: mistake == .losesChecksums ? [] : piece.checksums, tailChecksum: piece.tailChecksum),
            of: id, fence: passed(fence, of: id), seen: seen, admission: altered(admission))
        if mistake == .keepsAnnouncements { try await model.announce(piece.receipts.map(\.key)) }
    }

    private func altered(_ admission: Admission) -> Admission {
        Admission(
            checkAccess: mistake == .asksNobodyToRecord ? always : admission.checkAccess,
            allowance: altered(admission.allowance))
    }

    private func altered(_ allowance: Allowance) -> Allowance {
        var altered = allowance
        if mistake == .ignoresQuotas { altered.quotas = .none }
        if mistake == .ignoresPendingLimits { (altered.callerUploadsMax, altered.callerBytesMax) = (.max, .max) }
        if mistake == .ignoresParts { (altered.partsMax, altered.partRepeatsMax) = (.max, .max) }
        return altered
    }

    func amend(
        _ id: SessionId, asset: AssetMetadata?, length: UInt64?, fence: Fence, seen: Timestamp, admission: Admission
    ) async throws(UploadError) {
        try await model.amend(
            id, asset: mistake == .amendsNothing ? nil : asset, length: length, fence: passed(fence, of: id),
            seen: seen, admission: altered(admission))
    }

    func touch(_ seen: [SessionId: Timestamp]) async throws(UploadError) {
        try await model.touch(mistake == .touchesNothing ? [:] : seen)
    }

    func extentsOfParts(_ id: SessionId) async throws(UploadError) -> [[Extent]?] {
        try await model.extentsOfParts(id)
    }

    func partsStatus(of id: SessionId) async throws(UploadError) -> PartsStatus {
        let status = try await model.partsStatus(of: id)
        return mistake == .countsNoParts ? PartsStatus(pending: 0, length: status.length) : status
    }

    func wholeDigest(of id: SessionId) async throws(UploadError) -> Digest? { try await model.wholeDigest(of: id) }

    func keepWholeDigest(_ digest: Digest, of id: SessionId) async throws(UploadError) {
        if mistake != .forgetsWholeDigests { try await model.keepWholeDigest(digest, of: id) }
    }

    func pendingConcatenations(of part: SessionId) async throws(UploadError) -> [SessionId] {
        mistake == .findsNoConcatenations ? [] : try await model.pendingConcatenations(of: part)
    }

    func commit(
        _ id: SessionId, length: UInt64, digest: BlobDigest, fence: Fence, at now: Timestamp,
        checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> UploadRecord {
        var digest = digest
        if mistake == .commitsAnyDigest, let known = try await model.upload(id)?.digest { digest = known }
        return try await model.commit(
            id, length: length, digest: digest, fence: passed(fence, of: id),
            at: mistake == .misdatesCommits ? Timestamp(milliseconds: 0) : now,
            checkAccess: mistake == .asksNobodyToCommit ? always : checkAccess)
    }

    func end(
        _ id: SessionId, as ending: SessionStatus, fence: Fence, unlessSeenSince: Timestamp?
    ) async throws(UploadError) -> [ObjectKey] {
        var ending = ending
        if mistake == .expiresAsAborted, case .expired(let time) = ending { ending = .aborted(at: time) }
        return try await model.end(
            id, as: ending, fence: passed(fence, of: id),
            unlessSeenSince: mistake == .endsWhatWasSeen ? nil : unlessSeenSince)
    }

    func removeEnded(before time: Timestamp, limit: Int) async throws(UploadError) -> [SessionId] {
        switch mistake {
        case .removesNothing: []
        case .removesNewest: try await model.removeEnded(before: time, limit: limit, keepsNewest: false)
        case .removesTooEarly: try await model.removeEnded(before: time.advanced(byMilliseconds: 1), limit: limit)
        default: try await model.removeEnded(before: time, limit: limit)
        }
    }

    func lastSeen(before time: Timestamp, limit: Int) async throws(UploadError) -> [SessionId] {
        try await model.lastSeen(
            before: mistake == .seesTheFuture ? time.advanced(byMilliseconds: 1) : time, limit: limit)
    }

    func pendingLastSeen(
        before time: Timestamp, of caller: Principal, limit: Int
    ) async throws(UploadError) -> [SessionId] {
        guard mistake != .evictsOfAll else { return try await model.lastSeen(before: time, limit: limit) }
        return try await model.pendingLastSeen(before: time, of: caller, limit: limit)
    }

    func uploads(_ filter: UploadFilter, after id: SessionId?, limit: Int) async throws(UploadError) -> [ListedUpload] {
        let page = try await model.uploads(
            mistake == .ignoresFilters ? UploadFilter() : filter, after: id,
            limit: mistake == .listsWithoutEnd ? .max : limit)
        return mistake == .listsNoDerivations ? page.map { ListedUpload(record: $0.record, derivation: nil) } : page
    }

    func countActive(capsule: CapsuleId, caller: Principal) async throws(UploadError) -> UInt64 {
        try await model.countActive(capsule: capsule, caller: caller)
    }

    func countByStatus() async throws(UploadError) -> StatusCounts { try await model.countByStatus() }
}

// MARK: - Blobs and maintenance

extension FaultyCatalogue {
    func blob(_ id: BlobId) async throws(UploadError) -> (blob: Blob, capsule: Capsule)? { try await model.blob(id) }

    func catalogueBytes(_ id: SessionId, _ range: Range<UInt64>) async throws(UploadError) -> [UInt8] {
        try await model.catalogueBytes(id, range)
    }

    func deleteBlob(_ id: BlobId, at now: Timestamp, checkAccess: @escaping AccessCheck) async throws(UploadError)
        -> [ObjectKey]
    {
        try await model.deleteBlob(id, at: now, checkAccess: checkAccess)
    }

    func countBlobs() async throws(UploadError) -> UInt64 { try await model.countBlobs() }

    func blobs(
        _ filter: BlobFilter, after cursor: SessionId?, limit: Int
    ) async throws(UploadError) -> BlobPage {
        var filter = filter
        if mistake == .ignoresFilters {
            (filter.nameContains, filter.namePrefix, filter.isInNoMemory) = (nil, nil, false)
        }
        if mistake == .listsOldestFirst { filter.order = .oldestFirst }
        return try await model.blobs(filter, after: cursor, limit: mistake == .listsWithoutEnd ? .max : limit)
    }

    func blobs(
        withDigests digests: [Digest], in capsule: CapsuleId, andThoseOf owner: Principal?
    ) async throws(UploadError) -> [BlobSummary] {
        if mistake == .findsNoBlobs { return [] }
        return try await model.blobs(
            withDigests: digests, in: capsule,
            andThoseOf: mistake == .findsOtherCapsules ? Principal("ada") : owner)
    }

    func garbage(limit: Int) async throws(UploadError) -> [ObjectKey] { try await model.garbage(limit: limit) }

    func postponeGarbage(_ keys: [ObjectKey]) async throws(UploadError) { try await model.postponeGarbage(keys) }

    func forgetGarbage(_ keys: [ObjectKey]) async throws(UploadError) {
        switch mistake {
        case .keepsGarbage: break
        case .forgetsTooMuch: try await model.forgetGarbage(try await model.garbage(limit: .max))
        default: try await model.forgetGarbage(keys)
        }
    }

    func requireWritable() async throws(UploadError) { try await model.requireWritable() }
    func compact() async throws(UploadError) { try await model.compact() }
    func problems() async throws(UploadError) -> [String] { try await model.problems() }

    func forgetPieces(of id: SessionId, in ranges: [Range<UInt64>]) async throws(UploadError) {
        if mistake != .forgetsPiecesOfNobody { try await model.forgetPieces(of: id, in: ranges) }
    }

    func checksums(of id: SessionId, in range: Range<UInt64>) async throws(UploadError) -> BlockChecksums? {
        try await model.checksums(of: id, in: range)
    }

    func maintenanceState() async throws(UploadError) -> MaintenanceState { try await model.maintenanceState() }
    func setMaintenanceState(_ state: MaintenanceState) async throws(UploadError) {
        if mistake != .losesMaintenanceState { try await model.setMaintenanceState(state) }
    }

    func close() async { await model.close() }
}
