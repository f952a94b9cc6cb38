import SessionCore

/// An upload in use: its facts besides the ledger, its state, and its writers.
struct ActiveUpload<Writer: AnyObject & Sendable>: Sendable {
    var meta: UploadSessionMeta
    let fingerprint: Digest?
    let parts: [SessionId]
    var digest: BlobDigest?
    /// As in `UploadRecord`.
    var tailChecksum: Checksum?
    /// The last use recorded in the catalogue.
    var recordedLastSeen: Timestamp
    var hash = PrefixHash()
    var state: UploadState
    /// The writers that have not ended.
    var writers: [WriterNumber: Writer] = [:]
    /// Calls in progress; a writer counts until its user releases it.
    var pins = 0
    /// Identifies the latest entry in the queue of idle uploads.
    var idleStamp: UInt64 = 0

    init(_ record: UploadRecord) {
        meta = record.meta
        fingerprint = record.fingerprint
        parts = record.parts
        digest = record.digest
        tailChecksum = record.tailChecksum
        recordedLastSeen = record.session.meta.lastSeen
        hash = PrefixHash(of: record)
        state = UploadState(fence: record.fence)
    }

    /// Adopts the facts that other engines have recorded, after a claim.
    mutating func adopt(_ record: UploadRecord, _ session: inout Session) {
        meta = record.meta
        digest = record.digest
        tailChecksum = record.tailChecksum
        recordedLastSeen = record.session.meta.lastSeen
        session = record.session
        // The own hash may cover bytes that another engine has forgotten and received again.
        hash = PrefixHash(of: record)
        state.claimed(record.fence)
    }

    /// - Parameter session: The upload's ledger.
    func record(_ session: Session) -> UploadRecord {
        UploadRecord(
            meta: meta, session: session, fingerprint: fingerprint, parts: parts, digest: digest,
            tailChecksum: tailChecksum, fence: state.fence)
    }
}

/// A reference to one generation of an upload in memory, valid while its holder has it pinned.
struct ActiveUploadReference: Hashable, Sendable {
    let id: SessionId
    let generation: UInt64
}

/// The uploads in memory: those in use, and the most recently used idle ones. An ended or lost upload is detached from
/// its id and stays in memory for the calls that have it pinned; the next use of the id reads the catalogue.
struct ActiveUploads<Writer: AnyObject & Sendable, Time: WallClock>: Sendable {
    /// The ledgers of the attached uploads.
    var service: SessionService<Time>
    private var uploads: [UInt64: ActiveUpload<Writer>] = [:]
    private var generations: [SessionId: UInt64] = [:]
    /// Uploads being read from the catalogue, with the calls that wait for them.
    private var loading: [SessionId: [Ticket]] = [:]
    private var idle = IdleQueue()
    private var idleCount = 0
    private var lastGeneration: UInt64 = 0
    private var writersByCaller: [Principal: UInt64] = [:]

    init(service: SessionService<Time>) {
        self.service = service
    }
}

// MARK: - Loading

extension ActiveUploads {
    enum Pinning {
        case pinned(ActiveUploadReference)
        case wait
        /// The caller reads the upload from the catalogue and calls `endLoading`.
        case load
    }

    mutating func pin(_ id: SessionId, _ ticket: Ticket) -> Pinning {
        if let generation = generations[id] {
            if case .wait = uploads[generation]?.state.awaitQuiet(ticket) { return .wait }
            if let reference = pinAttached(id) { return .pinned(reference) }
            removeDetached(id, generation)
        }
        if startLoading(id) { return .load }
        loading[id]?.append(ticket)
        return .wait
    }

    /// - Returns: Nil if the upload is not in memory, or detached.
    private mutating func pinAttached(_ id: SessionId) -> ActiveUploadReference? {
        guard let generation = generations[id], uploads[generation]?.state.isDetached == false else { return nil }
        if uploads[generation]?.pins == 0 { idleCount -= 1 }
        uploads[generation]?.pins += 1
        return ActiveUploadReference(id: id, generation: generation)
    }

    /// Frees the id of a detached upload. Calls that have it pinned keep it until they end.
    private mutating func removeDetached(_ id: SessionId, _ generation: UInt64) {
        generations[id] = nil
        guard uploads[generation]?.pins == 0 else { return }
        uploads[generation] = nil
        idleCount -= 1
    }

    /// - Returns: False if the upload is in memory or being read.
    mutating func startLoading(_ id: SessionId) -> Bool {
        guard generations[id] == nil, loading[id] == nil else { return false }
        loading[id] = []
        return true
    }

    /// - Returns: The tickets of the calls that wait for the upload.
    mutating func endLoading(_ id: SessionId) -> [Ticket] {
        loading.removeValue(forKey: id) ?? []
    }

    /// Waits for the end of a load in progress.
    mutating func awaitLoaded(_ id: SessionId, _ ticket: Ticket) -> UploadState.Step<Void> {
        guard loading[id] != nil else { return .next(()) }
        loading[id]?.append(ticket)
        return .wait
    }

    /// Inserts an upload as idle. The caller has marked it as loading.
    mutating func insert(_ record: UploadRecord) {
        lastGeneration += 1
        uploads[lastGeneration] = ActiveUpload(record)
        generations[record.id] = lastGeneration
        service.adopt(record.session)
        noteIdle(lastGeneration)
    }

    func reference(to id: SessionId) -> ActiveUploadReference? {
        generations[id].map { ActiveUploadReference(id: id, generation: $0) }
    }
}

// MARK: - Use

extension ActiveUploads {
    /// Applies an event to an upload and its ledger.
    ///
    /// - Throws: The cause, for a detached upload; the event's error, translated.
    mutating func apply<Value>(
        _ reference: ActiveUploadReference,
        _ event: (inout ActiveUpload<Writer>, inout Session) throws(SessionError) -> Value
    ) throws(UploadError) -> Value {
        guard let index = uploads.index(forKey: reference.generation) else { throw UploadError(.superseded) }
        if let error = uploads.values[index].state.detachedError { throw error }
        do throws(SessionError) {
            return try service.update(reference.id) { session throws(SessionError) in
                try event(&uploads.values[index], &session)
            }
        } catch {
            throw UploadError(error, session: service.get(reference.id))
        }
    }

    /// Applies an event to an upload, detached or not; nil if it is no longer in memory.
    @discardableResult
    mutating func applyToState<Value>(
        _ reference: ActiveUploadReference, _ event: (inout ActiveUpload<Writer>) -> Value
    ) -> Value? {
        guard let index = uploads.index(forKey: reference.generation) else { return nil }
        return event(&uploads.values[index])
    }

    /// Applies the consequences of an event: releases detached ledgers, ended writers and their claims.
    ///
    /// - Returns: The tickets to resume, and the writers that another call has stopped.
    mutating func settle(_ reference: ActiveUploadReference) -> (tickets: [Ticket], interrupted: [Writer]) {
        guard let index = uploads.index(forKey: reference.generation) else { return ([], []) }
        let interrupted = uploads.values[index].state.takeInterruptedWriters()
            .compactMap { [upload = uploads.values[index]] in upload.writers[$0] }
        for number in uploads.values[index].state.takeEndedWriters() {
            guard uploads.values[index].writers.removeValue(forKey: number) != nil else { continue }
            discountWriter(of: uploads.values[index].meta.caller)
            guard let claim = uploads.values[index].state.writers[number]?.work.claim else { continue }
            _ = try? service.update(reference.id) { session in session.release(claim.token) }
        }
        if uploads.values[index].state.isDetached, generations[reference.id] == reference.generation {
            service.release(reference.id)
        }
        return (uploads.values[index].state.takeResumable(), interrupted)
    }

    mutating func unpin(_ reference: ActiveUploadReference, idleMax: Int) {
        uploads[reference.generation]?.pins -= 1
        guard let upload = uploads[reference.generation], upload.pins == 0 else { return }
        if upload.state.isDetached {
            uploads[reference.generation] = nil
            if generations[reference.id] == reference.generation { generations[reference.id] = nil }
        } else {
            noteIdle(reference.generation)
            evictIdle(beyond: idleMax)
        }
    }

    /// Counts a writer of a caller.
    ///
    /// - Returns: The number of the caller's writers, this one included; above `max` this one is not counted.
    mutating func countWriter(of caller: Principal, max: UInt64) -> UInt64 {
        let writers = writersByCaller[caller, default: 0] + 1
        if writers <= max { writersByCaller[caller] = writers }
        return writers
    }

    mutating func discountWriter(of caller: Principal) {
        let count = writersByCaller[caller, default: 1] - 1
        writersByCaller[caller] = count == 0 ? nil : count
    }
}

// MARK: - Eviction

extension ActiveUploads {
    private mutating func noteIdle(_ generation: UInt64) {
        idleCount += 1
        uploads[generation]?.idleStamp = idle.append(generation)
        // Reused uploads leave stale entries behind, which must not accumulate.
        if idle.count > 1024 + 2 * uploads.count {
            idle.removeAll { [uploads] generation, stamp in uploads[generation]?.idleStamp != stamp }
        }
    }

    /// Drops the uploads that have been idle longest, so that at most `limit` idle ones remain.
    mutating func evictIdle(beyond limit: Int) {
        while idleCount > limit, let (generation, stamp) = idle.popFirst() {
            guard let upload = uploads[generation], upload.pins == 0, upload.idleStamp == stamp else { continue }
            uploads[generation] = nil
            idleCount -= 1
            generations[upload.meta.session] = nil
            service.release(upload.meta.session)
        }
    }
}
