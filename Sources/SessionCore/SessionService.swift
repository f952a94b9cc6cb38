/// Sessions in memory, with their time to live. No upload semantics, no I/O, no locks, no bytes.
///
/// It has two modes of use. A holder without other storage calls `begin` … `tickTTL` only. A holder with a durable
/// catalogue keeps only the sessions in use here: `adopt` adds a recorded session, `release` removes it, and
/// `dueForExpiry` returns the sessions that `tickTTL` would expire, so that their end is recorded before they end here.
///
/// ```swift
/// var service = SessionService(clock: clock, timeToLiveMilliseconds: 7_200_000)
/// let id = service.begin(spec, using: &random)
/// try service.putChunk(id, index: 0, bytes: bytes, into: &sink)
/// try service.finish(id)
/// ```
public struct SessionService<Time: WallClock>: Sendable {
    public let clock: Time
    public let timeToLiveMilliseconds: Int64

    private var sessions: [SessionId: Session] = [:]
    private var activeByOwner: [SessionOwner: UInt64] = [:]
    private var deadlines = DeadlineQueue()

    public init(clock: Time, timeToLiveMilliseconds: Int64) {
        self.clock = clock
        self.timeToLiveMilliseconds = timeToLiveMilliseconds
    }
}

// MARK: - Beginning

extension SessionService {
    /// Begins a session under a new id.
    public mutating func begin(_ spec: SessionSpec, using random: inout some RandomNumberGenerator) -> SessionId {
        var id = SessionId(at: clock.now(), using: &random)
        while sessions[id] != nil { id = SessionId(at: clock.now(), using: &random) }
        insert(id, spec)
        return id
    }

    /// Begins a session under a given id.
    ///
    /// - Throws: `alreadyExists`, also for an id whose session has ended.
    public mutating func beginWithId(_ id: SessionId, _ spec: SessionSpec) throws(SessionError) {
        guard sessions[id] == nil else { throw .alreadyExists }
        insert(id, spec)
    }

    private mutating func insert(_ id: SessionId, _ spec: SessionSpec) {
        let now = clock.now()
        adopt(Session(id: id, spec: spec, meta: SessionMeta(createdAt: now, lastSeen: now, status: .pending)))
    }

    /// Adds a session that is recorded elsewhere. A session held under the same id stays unchanged.
    public mutating func adopt(_ session: Session) {
        guard sessions[session.id] == nil else { return }
        sessions[session.id] = session
        if session.meta.status.isPending {
            activeByOwner[session.spec.owner, default: 0] += 1
            deadlines.push(session.id, due: deadline(of: session))
            dropStaleDeadlines()
        }
    }

    /// Released sessions leave their deadlines in the queue. Rebuilds the queue once it holds more than two entries per
    /// session and 64 on top.
    private mutating func dropStaleDeadlines() {
        guard deadlines.count > 64 + 2 * sessions.count else { return }
        deadlines = DeadlineQueue()
        for session in sessions.values where session.meta.status.isPending {
            deadlines.push(session.id, due: deadline(of: session))
        }
    }

    /// Removes a session that is recorded elsewhere. Its id may be adopted again.
    ///
    /// - Returns: The session; nil if it is not held.
    @discardableResult
    public mutating func release(_ id: SessionId) -> Session? {
        guard let session = sessions.removeValue(forKey: id) else { return nil }
        if session.meta.status.isPending { forgetActive(session.spec.owner) }
        return session
    }

    private func deadline(of session: Session) -> Timestamp {
        session.meta.lastSeen.advanced(byMilliseconds: timeToLiveMilliseconds)
    }

    private mutating func forgetActive(_ owner: SessionOwner) {
        guard let count = activeByOwner[owner] else { return }
        activeByOwner[owner] = count > 1 ? count - 1 : nil
    }
}

// MARK: - Queries

extension SessionService {
    public func exists(_ id: SessionId) -> Bool { sessions[id] != nil }

    public func get(_ id: SessionId) -> Session? { sessions[id] }

    /// The number of durable pieces of a session (bytes, for an append); nil if there is no such session.
    public func receivedCount(_ id: SessionId) -> UInt64? { sessions[id]?.receivedCount }

    /// The number of an owner's pending sessions.
    public func countActive(for owner: SessionOwner) -> UInt64 { activeByOwner[owner] ?? 0 }

    /// All sessions held, in the order of their ids: by creation, to the millisecond.
    public func list() -> [Session] { sessions.values.sorted { $0.id < $1.id } }

    public var total: Int { sessions.count }

    public func countByStatus() -> StatusCounts {
        sessions.values.reduce(into: StatusCounts()) { $0.add($1.meta.status) }
    }
}

// MARK: - Changing

extension SessionService {
    /// Applies a change to a session's ledger, and updates the owner's count if the change ends the session.
    ///
    /// - Throws: `notFound`, errors of `change`.
    public mutating func update<Result>(
        _ id: SessionId, _ change: (inout Session) throws(SessionError) -> Result
    ) throws(SessionError) -> Result {
        guard let index = sessions.index(forKey: id) else { throw .notFound }
        let before = sessions.values[index].meta.status
        defer {
            if before.isPending, !sessions.values[index].meta.status.isPending {
                forgetActive(sessions.values[index].spec.owner)
            }
        }
        return try change(&sessions.values[index])
    }

    /// Writes one chunk to a sink: claim, write and confirm in one call, without buffering. For a holder with exclusive
    /// access to the service; a concurrent one takes the steps separately (`Session.claimChunk`, the write,
    /// `Session.confirmChunk`).
    ///
    /// A failed write leaves the chunk missing. A chunk that is durable already is not written again.
    ///
    /// - Throws: `ledger` with `notFound`, `alreadyDurable` or an error of `Session.claimChunk` or
    ///   `Session.confirmChunk`; `sink` with the error of the sink.
    public mutating func putChunk<Sink: ByteSink>(
        _ id: SessionId, index: UInt64, bytes: RawSpan, into sink: inout Sink
    ) throws(PutChunkError<Sink.Failure>) {
        let byteCount = UInt64(bytes.byteCount)
        let now = clock.now()
        let claim: Claim
        do throws(SessionError) {
            let decision = try update(id) { session throws(SessionError) in
                let decision = try session.claimChunk(index, byteCount: byteCount)
                session.touch(at: now)
                return decision
            }
            guard case .write(let granted, _) = decision else { throw SessionError.alreadyDurable }
            claim = granted
        } catch {
            throw .ledger(error)
        }
        do {
            try sink.write(bytes, at: claim.range.lowerBound)
        } catch {
            sessions[id]?.release(claim.token)
            throw .sink(error)
        }
        do throws(SessionError) {
            try update(id) { session throws(SessionError) in
                try session.confirmChunk(claim.token, byteCount: byteCount)
            }
        } catch {
            throw .ledger(error)
        }
    }

    /// Commits a session whose pieces are all durable. Idempotent.
    ///
    /// - Throws: `notFound`, `incomplete`, `ended` if it was aborted or expired.
    public mutating func finish(_ id: SessionId) throws(SessionError) {
        let now = clock.now()
        try update(id) { session throws(SessionError) in try session.commit(at: now) }
    }

    /// Aborts a session; the holder frees its bytes. Idempotent.
    ///
    /// - Throws: `notFound`, `ended` if it is committed.
    public mutating func abort(_ id: SessionId) throws(SessionError) {
        let now = clock.now()
        try update(id) { session throws(SessionError) in try session.abort(at: now) }
    }
}

// MARK: - Time to live

extension SessionService {
    /// The pending sessions whose time to live has passed; changes none of them. The cost is proportional to the
    /// deadlines that have passed, not to the sessions held.
    public mutating func dueForExpiry() -> [SessionId] {
        let now = clock.now()
        var due: [SessionId] = []
        var seen: Set<SessionId> = []
        while let id = deadlines.popDue(before: now) {
            // A session that was released and adopted again is in the queue more than once.
            guard let session = sessions[id], session.meta.status.isPending, seen.insert(id).inserted else { continue }
            if session.isDue(at: now, timeToLiveMilliseconds: timeToLiveMilliseconds) {
                due.append(id)
            } else {
                deadlines.push(id, due: deadline(of: session))
            }
        }
        // They stay in the queue until they have ended, since the caller may fail to record the end.
        for id in due {
            if let session = sessions[id] { deadlines.push(id, due: deadline(of: session)) }
        }
        return due
    }

    /// Expires the pending sessions of all owners whose time to live has passed since their own last use, and returns
    /// them.
    public mutating func tickTTL() -> [SessionId] {
        let now = clock.now()
        let due = dueForExpiry()
        for id in due {
            try? update(id) { session in session.expire(at: now) }
        }
        return due
    }
}

/// An error of `SessionService.putChunk`: a refusal of the ledger, or a failure of the sink.
public enum PutChunkError<SinkFailure: Error>: Error {
    case ledger(SessionError)
    case sink(SinkFailure)
}
