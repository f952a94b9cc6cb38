public import SessionCore
import Synchronization

/// The upload-facing session API: the generic session service for the ledgers of uploads in use, the catalogue for what
/// is durable, and the blob store as the maker of sinks.
///
/// It knows uploads and their pieces, and nothing of who may do what: access is the upload service's. Every fact is
/// recorded in the catalogue before it is true in memory, so memory never runs ahead of what a crash leaves; when a
/// recording fails in a way that leaves its effect unknown, the upload is dropped from memory and read again.
///
/// Memory: uploads in use and the `Limits.idleUploadsMax` used last, about 1 kB and 1 bit a chunk each.
public final class SessionCompat<Store: Catalogue, Blobs: BlobStore, Time: WallClock>: Sendable {
    typealias Writer = UploadWriter<Store, Blobs, Time>

    struct State: Sendable {
        var service: SessionService<Time>
        var live: [SessionId: LiveUpload<Writer>] = [:]
        /// Uploads that are being read from the catalogue, or dropped, and who waits for that.
        var loading: [SessionId: [UnsafeContinuation<Void, Never>]] = [:]
        var idle = IdleQueue()
        /// Uploads in memory that nobody uses.
        var idleCount = 0
        var lastGeneration: UInt64 = 0
        var writersByCaller: [Principal: UInt64] = [:]
    }

    public let catalogue: Store
    public let blobs: Blobs
    public let clock: Time
    public let limits: Limits
    let openedAt: Timestamp
    /// Rings when an upload with a recipe has been committed.
    let derivationSignal = DerivationSignal()
    let state: Mutex<State>

    /// - Parameter limits: Validated ones.
    public init(catalogue: Store, blobs: Blobs, clock: Time, limits: Limits) {
        self.catalogue = catalogue
        self.blobs = blobs
        self.clock = clock
        self.limits = limits
        openedAt = clock.now()
        let service = SessionService(clock: clock, timeToLiveMilliseconds: limits.timeToLiveMilliseconds)
        state = Mutex(State(service: service))
    }
}

// MARK: - Beginning and asking

extension SessionCompat {
    /// Records a new upload, or finds the one that its key began.
    ///
    /// - Throws: As `Catalogue.begin`.
    public func create(_ draft: UploadDraft, checkAccess: @escaping Catalogue.AccessCheck) async throws(UploadError)
        -> Began
    {
        // Until it is in memory nobody else may load it: they could be ahead of what this call is about to take in.
        let id = draft.record.id
        let isMine = draft.content == nil && state.withLock { $0.startLoading(id) }
        defer { if isMine { endLoading(id) } }
        let began = try await catalogue.begin(draft, checkAccess: checkAccess)
        switch began {
        case .created(let record):
            if isMine { adopt(record) }
            if record.meta.recipe != nil, record.blob != nil { derivationSignal.notify() }
            return began
        case .replayed(let record):
            // What is in memory is newer than what the catalogue knew a moment ago.
            return .replayed(try await get(record.id))
        }
    }

    /// An upload, whatever its state, without counting this as use.
    ///
    /// - Throws: `not_found`.
    public func get(_ id: SessionId) async throws(UploadError) -> UploadRecord {
        try await pinned(id) { handle throws(UploadError) in try self.record(handle) }
    }

    /// The pending upload that a key began in this capsule for this caller; nil once it is committed or has ended.
    public func findPending(
        capsule: CapsuleId, caller: Principal, key: IdempotencyKey
    ) async throws(UploadError) -> UploadRecord? {
        guard let found = try await catalogue.findPending(capsule: capsule, caller: caller, key: key) else {
            return nil
        }
        return try await get(found.id)
    }

    /// Changes what a pending upload says about its file, or fills in its length.
    ///
    /// - Throws: `not_found`, `gone`, `committed`, `size_mismatch`, `unavailable`, `store_full`.
    public func update(
        _ id: SessionId, asset: AssetMetadata? = nil, length: UInt64? = nil
    ) async throws(UploadError) -> UploadRecord {
        try await pinned(id) { handle throws(UploadError) in
            let gate = try self.access(handle) { live, _ in length == nil ? nil : live.lengthGate }
            await gate?.enter()
            defer { gate?.leave() }
            let now = self.clock.now()
            // Ask the ledger first: it knows of pieces that contradict the length.
            if let length {
                var trial = try self.record(handle).session
                try UploadError.rethrowing(&trial) { session throws(SessionError) in try session.declareLength(length) }
            }
            try await self.recording(handle) { () throws(UploadError) in
                try await self.catalogue.amend(id, asset: asset, length: length, seen: now)
            }
            try self.access(handle) { live, session throws(SessionError) in
                if let length { try session.declareLength(length) }
                if let asset { live.meta.asset = asset }
                session.touch(at: now)
                live.recordedLastSeen = now
            }
            return try self.record(handle)
        }
    }

    /// An upload as it is, counted as use: it lives on for another time to live.
    ///
    /// The catalogue learns of a use that changes nothing else only after an eighth of the time to live, so a crash can take
    /// that much of the life of an upload that was only asked about.
    ///
    /// - Throws: `not_found`, `unavailable`.
    public func touch(_ id: SessionId) async throws(UploadError) -> UploadRecord {
        try await pinned(id) { handle throws(UploadError) in
            try await self.recordUse(handle)
            return try self.record(handle)
        }
    }

    /// Notes a use that changes nothing else, and tells the catalogue if it knows only of one long ago.
    func recordUse(_ handle: LiveHandle) async throws(UploadError) {
        let now = clock.now()
        let slack = limits.timeToLiveMilliseconds / 8
        let isStale = try access(handle) { live, session in
            guard session.meta.status.isPending || live.meta.isPartial else { return false }
            session.touch(at: now)
            return live.recordedLastSeen.advanced(byMilliseconds: slack) <= now
        }
        guard isStale else { return }
        try await catalogue.touch([handle.id: now])
        try access(handle) { live, _ in live.recordedLastSeen = max(live.recordedLastSeen, now) }
    }

    /// Whether every byte of the upload is durable.
    ///
    /// - Throws: `incomplete` with the missing ranges, `not_found`, `gone`.
    public func verifyChunksComplete(_ id: SessionId) async throws(UploadError) {
        let record = try await get(id)
        if case .committed = record.session.meta.status { return }
        var trial = record.session
        try UploadError.rethrowing(&trial) { session throws(SessionError) in try session.prepareFinish() }
    }
}
