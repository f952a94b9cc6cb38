public import SessionCore
import Synchronization

/// The upload-facing session API. It combines the generic session service (the ledgers of uploads in use), the
/// catalogue (durable facts) and the blob store (sinks).
///
/// It knows uploads and their pieces, but no rights: the upload service checks access. Every fact is recorded in the
/// catalogue before it is true in memory, so memory is never ahead of the state after a crash. If the effect of a
/// failed recording is unknown, the upload is lost (`UploadState`) and read again.
///
/// Memory: uploads in use and the `Limits.idleUploadsMax` most recently used idle ones, each about 1 kB plus 1 bit per
/// chunk. Over a shared catalogue only uploads in use are kept; they are claimed before they are appended to, finished
/// or ended, and their returned state is read from the catalogue.
public final class SessionCompat<Store: Catalogue, Blobs: BlobStore, Time: WallClock>: Sendable {
    typealias Writer = WriterCore<Store, Blobs, Time>

    public let catalogue: Store
    public let blobs: Blobs
    public let clock: Time
    public let limits: Limits
    let expiryClock: Mutex<ExpiryClock>
    /// Nil if ended uploads are kept for ever.
    let retentionClock: Mutex<ExpiryClock?>
    /// Nil if idle uploads never give way.
    let eviction: Mutex<Eviction?>
    /// Notified when an upload with a recipe has been committed.
    package let derivationSignal = WorkSignal()
    /// Held back by a backup.
    package let removals = FileRemovals()
    package let hashings: HashingTurns
    let state: Mutex<State>
    let lastTicket = Atomic<UInt64>(0)

    /// - Parameter limits: Must be validated.
    public init(catalogue: Store, blobs: Blobs, clock: Time, limits: Limits) {
        self.catalogue = catalogue
        self.blobs = blobs
        self.clock = clock
        self.limits = limits
        hashings = HashingTurns(perCallerMax: limits.hashingsPerCallerMax)
        let (now, uptime) = (clock.now(), clock.uptimeMilliseconds())
        func expiryClock(_ age: Int64) -> ExpiryClock {
            ExpiryClock(age: age, grace: limits.expiryGraceMilliseconds, now: now, uptime: uptime)
        }
        self.expiryClock = Mutex(expiryClock(limits.timeToLiveMilliseconds))
        let retention = limits.endedRetentionMilliseconds
        retentionClock = Mutex(retention > 0 ? expiryClock(retention) : nil)
        let idle = limits.evictIdleAfterMilliseconds
        eviction = Mutex(idle > 0 ? Eviction(clock: expiryClock(idle)) : nil)
        let service = SessionService(clock: clock, timeToLiveMilliseconds: limits.timeToLiveMilliseconds)
        state = Mutex(State(uploads: ActiveUploads(service: service)))
    }
}

// MARK: - Creation and queries

extension SessionCompat {
    /// Records a new upload, or finds the earlier upload with its idempotency key.
    ///
    /// - Throws: As `Catalogue.begin`.
    public func create(_ draft: UploadDraft, checkAccess: @escaping AccessCheck) async throws(UploadError)
        -> Began
    {
        // No other call may load it first: its state could be newer than the record that this call inserts.
        let id = draft.record.id
        let isMine = draft.content == nil && state.withLock { $0.uploads.startLoading(id) }
        defer { if isMine { endLoading(id) } }
        let began = try await begin(draft, checkAccess: checkAccess)
        switch began {
        case .created(let record):
            if isMine { adopt(record) }
            if record.meta.recipe != nil, record.blob != nil { derivationSignal.notify() }
            return began
        case .replayed(let record):
            // Memory may be newer than the returned record.
            return .replayed(try await get(record.id))
        }
    }

    /// An upload in any state. Does not count as use.
    ///
    /// - Throws: `not_found`.
    public func get(_ id: SessionId) async throws(UploadError) -> UploadRecord {
        if catalogue.isShared { return try await recorded(id) }
        return try await pinned(id, retryingAfter: Self.endings) { reference throws(UploadError) in
            try record(reference)
        }
    }

    /// The pending upload of an idempotency key in a capsule and of a caller; nil once it is committed or has ended.
    public func findPending(
        capsule: CapsuleId, caller: Principal, key: IdempotencyKey
    ) async throws(UploadError) -> UploadRecord? {
        guard let found = try await catalogue.findPending(capsule: capsule, caller: caller, key: key) else {
            return nil
        }
        return try await get(found.id)
    }

    /// Changes the metadata of a pending upload, declares its length, or both. Counts as use.
    ///
    /// - Throws: `not_found`, `gone`, `committed`, `size_mismatch`, `quota_exceeded`, `too_many` (pending bytes),
    ///   `unavailable`, `store_full`.
    public func update(
        _ id: SessionId, asset: AssetMetadata? = nil, length: UInt64? = nil,
        checkAccess: @escaping AccessCheck = { _ in }
    ) async throws(UploadError) -> UploadRecord {
        try await pinned(id) { reference throws(UploadError) in
            try await withTicket(reference) { ticket throws(UploadError) in
                if let length { try await checkLength(length, reference, ticket) }
                let now = clock.now()
                try await recording(reference) { fence throws(UploadError) in
                    try await catalogue.amend(
                        id, asset: asset, length: length, fence: fence, seen: now,
                        admission: Admission(checkAccess: checkAccess, allowance: limits.allowance))
                }
                return try apply(reference) { upload, session throws(SessionError) in
                    if let length { try session.declareLength(length) }
                    if let asset { upload.meta.asset = asset }
                    session.touch(at: now)
                    upload.recordedLastSeen = now
                    return upload.record(session)
                }
            }
        }
    }

    /// Enters the length turn and checks the length against the ledger, whose pieces may contradict it.
    private func checkLength(
        _ length: UInt64, _ reference: ActiveUploadReference, _ ticket: Ticket
    ) async throws(UploadError) {
        try await applyWhenPossible(reference, ticket) {
            upload, session throws(SessionError) -> UploadState.Step<Void> in
            guard case .next = upload.state.takeLengthTurn(ticket) else { return .wait }
            var trial = session
            try trial.declareLength(length)
            return .next(())
        }
    }

    /// An upload in its current state. Counts as use: its time to live starts again.
    ///
    /// A use that changes nothing else is recorded in the catalogue only if the recorded last use is at least an eighth
    /// of the time to live old. A crash can thus shorten the life of an upload that was only queried by that much.
    ///
    /// - Throws: `not_found`, `unavailable`.
    public func touch(_ id: SessionId) async throws(UploadError) -> UploadRecord {
        try await pinned(id, retryingAfter: Self.endings) { reference throws(UploadError) in
            try await recordUse(reference)
            return catalogue.isShared ? try await recorded(id) : try record(reference)
        }
    }

    /// The errors of calls on an upload that has ended meanwhile: its record, which tells so, is then the answer.
    private static var endings: Set<UploadError.Code> { [.committed, .gone, .superseded] }

    /// An upload as recorded in the catalogue.
    private func recorded(_ id: SessionId) async throws(UploadError) -> UploadRecord {
        guard let record = try await catalogue.upload(id) else { throw UploadError(.notFound(.upload)) }
        return record
    }

    /// The error for an upload whose end is recorded in the catalogue, or that is missing there; nil otherwise.
    ///
    /// - Parameter isPending: Whether a commit is an end, too.
    func recordedEnd(of id: SessionId, ofPending isPending: Bool = false) async throws(UploadError) -> UploadError? {
        switch try await catalogue.upload(id)?.session.meta.status {
        case .pending: nil
        case .committed: isPending ? UploadError(.committed) : nil
        case .aborted(let time): UploadError(ended: .aborted(at: time))
        case .expired(let time): UploadError(ended: .expired(at: time))
        case nil: UploadError(.notFound(.upload))
        }
    }

    /// Notes a use that changes nothing else; records it if the recorded last use is an eighth of the time to live old.
    /// A full store serves the caller nevertheless, and the next use tries again; a crash before that shortens the life of
    /// the upload.
    func recordUse(_ reference: ActiveUploadReference) async throws(UploadError) {
        let now = clock.now()
        let slack = limits.timeToLiveMilliseconds / 8
        let isStale = try apply(reference) { upload, session in
            guard session.meta.status.isPending || upload.meta.isPartial else { return false }
            session.touch(at: now)
            return upload.recordedLastSeen.advanced(byMilliseconds: slack) <= now
        }
        guard isStale else { return }
        do throws(UploadError) {
            try await catalogue.touch([reference.id: now])
        } catch {
            guard error.code == .storeFull else { throw error }
            return
        }
        try apply(reference) { upload, _ in upload.recordedLastSeen = max(upload.recordedLastSeen, now) }
    }

    /// Checks that every byte of the upload is durable; for a concatenation, that every part is committed.
    ///
    /// - Throws: `incomplete` with the missing ranges, `not_found`, `gone`.
    public func verifyChunksComplete(_ id: SessionId) async throws(UploadError) {
        let record = try await get(id)
        if case .committed = record.session.meta.status { return }
        if !record.parts.isEmpty, record.session.meta.status.isPending {
            guard try await catalogue.partsStatus(of: id).pending == 0 else {
                throw UploadError(.incomplete(missing: [], bytes: nil))
            }
            return
        }
        var trial = record.session
        try UploadError.rethrowing(&trial) { session throws(SessionError) in try session.prepareFinish() }
    }
}

// MARK: - Lists and counts

extension SessionCompat {
    /// The number of a caller's pending uploads in a capsule.
    public func countActive(capsule: CapsuleId, caller: Principal) async throws(UploadError) -> UInt64 {
        try await catalogue.countActive(capsule: capsule, caller: caller)
    }

    /// One page of a caller's uploads in a capsule, oldest first.
    ///
    /// - Parameters:
    ///   - caller: nil for all callers.
    ///   - after: The last id of the previous page.
    ///   - limit: The page size, clamped to 1...`Limits.pageMax`.
    public func listUploadSessions(
        capsule: CapsuleId, caller: Principal?, state: UploadFilter.State? = nil, after: SessionId? = nil,
        limit: Int = .max
    ) async throws(UploadError) -> [ListedUpload] {
        try await list(UploadFilter(state: state, capsule: capsule, caller: caller), after: after, limit: limit)
    }

    /// One page of the uploads of all callers, as `listUploadSessions`.
    public func listAllSessions(
        state: UploadFilter.State? = nil, after: SessionId? = nil, limit: Int = .max
    ) async throws(UploadError) -> [ListedUpload] {
        try await list(UploadFilter(state: state), after: after, limit: limit)
    }

    private func list(
        _ filter: UploadFilter, after: SessionId?, limit: Int
    ) async throws(UploadError) -> [ListedUpload] {
        try await catalogue.uploads(filter, after: after, limit: max(1, min(limit, limits.pageMax)))
    }

    public func totalSessionCount() async throws(UploadError) -> UInt64 {
        let counts = try await sessionCountByStatus()
        return counts.pending + counts.committed + counts.aborted + counts.expired
    }

    public func sessionCountByStatus() async throws(UploadError) -> StatusCounts {
        try await catalogue.countByStatus()
    }
}
