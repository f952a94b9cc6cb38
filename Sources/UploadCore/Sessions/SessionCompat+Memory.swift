import SessionCore
import Synchronization

// How uploads come into memory and leave it.

extension SessionCompat {
    /// Uses an upload for the time of `body`, reading it from the catalogue first if need be.
    ///
    /// - Throws: `not_found`, `unavailable`, and what `body` throws.
    func pinned<Value: Sendable>(
        _ id: SessionId, _ body: (LiveHandle) async throws(UploadError) -> Value
    ) async throws(UploadError) -> Value {
        let handle = try await pin(id)
        defer { unpin(handle) }
        return try await body(handle)
    }

    func pin(_ id: SessionId) async throws(UploadError) -> LiveHandle {
        while true {
            switch state.withLock({ $0.pinOrStartLoading(id) }) {
            case .pinned(let handle): return handle
            case .isLoading: await untilLoaded(id)
            case .startedLoading:
                defer { endLoading(id) }
                guard let record = try await catalogue.upload(id) else { throw UploadError(.notFound(.upload)) }
                return state.withLock { state in
                    state.insert(record)
                    return state.pin(id)
                }
            }
        }
    }

    func unpin(_ handle: LiveHandle) {
        state.withLock { state in
            guard state.live[handle.id]?.generation == handle.generation else { return }
            state.unpin(handle.id)
            state.evictIdle(beyond: limits.idleUploadsMax)
        }
    }

    /// Takes in an upload that was just recorded and that the caller has marked as loading.
    func adopt(_ record: UploadRecord) {
        state.withLock { state in
            state.insert(record)
            state.evictIdle(beyond: limits.idleUploadsMax)
        }
    }

    /// Drops an upload from memory after its writers have stopped, so that the next use reads what the catalogue has.
    func drop(_ handle: LiveHandle) async {
        let writers: [Writer]? = state.withLock { state in
            guard let live = state.live[handle.id], live.generation == handle.generation else { return nil }
            state.remove(handle.id)
            state.loading[handle.id] = []
            return live.writersInOrder
        }
        guard let writers else { return }
        for writer in writers { await writer.stop(keepingWhatArrived: false) }
        endLoading(handle.id)
    }

    /// Lets an upload that changed behind memory's back be read again when it is used next.
    func forget(_ id: SessionId) async {
        // Who is reading it right now may have read it before the change.
        while state.withLock({ $0.loading[id] != nil }) { await untilLoaded(id) }
        guard let generation = state.withLock({ $0.live[id]?.generation }) else { return }
        await drop(LiveHandle(id: id, generation: generation))
    }

    /// Runs a change of the catalogue. If it fails so that its effect is unknown, or because the upload is not what memory
    /// holds, memory forgets the upload.
    func recording<Value: Sendable>(
        _ handle: LiveHandle, _ change: () async throws(UploadError) -> Value
    ) async throws(UploadError) -> Value {
        do {
            return try await change()
        } catch {
            if error.leavesEffectUnknown { await drop(handle) }
            throw error
        }
    }

    /// Looks at, or changes, an upload in memory.
    ///
    /// - Throws: `superseded` if it is not the one the handle was for any more; what `body` throws, translated.
    func access<Value: Sendable>(
        _ handle: LiveHandle, _ body: (inout LiveUpload<Writer>, inout Session) throws(SessionError) -> Value
    ) throws(UploadError) -> Value {
        let outcome: Result<Value, UploadError> = state.withLock { state in
            guard var live = state.live[handle.id], live.generation == handle.generation else {
                return .failure(UploadError(.superseded))
            }
            do throws(SessionError) {
                let value = try state.service.update(handle.id) { session throws(SessionError) in
                    try body(&live, &session)
                }
                state.live[handle.id] = live
                return .success(value)
            } catch {
                return .failure(UploadError(error, session: state.service.get(handle.id)))
            }
        }
        return try outcome.get()
    }

    func record(_ handle: LiveHandle) throws(UploadError) -> UploadRecord {
        try access(handle) { live, session in
            UploadRecord(
                meta: live.meta, session: session, fingerprint: live.fingerprint, parts: live.parts, digest: live.digest
            )
        }
    }

    private func untilLoaded(_ id: SessionId) async {
        await withUnsafeContinuation { continuation in
            let isLoading = state.withLock { state in
                guard state.loading[id] != nil else { return false }
                state.loading[id]?.append(continuation)
                return true
            }
            if !isLoading { continuation.resume() }
        }
    }

    func endLoading(_ id: SessionId) {
        let waiting = state.withLock { $0.loading.removeValue(forKey: id) }
        for continuation in waiting ?? [] { continuation.resume() }
    }
}

extension SessionCompat.State {
    enum PinOutcome {
        case pinned(LiveHandle)
        case isLoading
        /// The caller is to load it, and to end the loading.
        case startedLoading
    }

    mutating func pinOrStartLoading(_ id: SessionId) -> PinOutcome {
        if live[id] != nil { return .pinned(pin(id)) }
        return startLoading(id) ? .startedLoading : .isLoading
    }

    /// - Returns: false if the upload is in memory or on its way.
    mutating func startLoading(_ id: SessionId) -> Bool {
        guard live[id] == nil, loading[id] == nil else { return false }
        loading[id] = []
        return true
    }

    mutating func pin(_ id: SessionId) -> LiveHandle {
        if live[id]?.pins == 0 { idleCount -= 1 }
        live[id]?.pins += 1
        return LiveHandle(id: id, generation: live[id]?.generation ?? 0)
    }

    mutating func unpin(_ id: SessionId) {
        live[id]?.pins -= 1
        if live[id]?.pins == 0 { noteIdle(id) }
    }

    /// Takes an upload in; nobody uses it yet.
    mutating func insert(_ record: UploadRecord) {
        lastGeneration += 1
        live[record.id] = LiveUpload(record, generation: lastGeneration)
        service.adopt(record.session)
        noteIdle(record.id)
    }

    private mutating func noteIdle(_ id: SessionId) {
        idleCount += 1
        live[id]?.idleStamp = idle.append(id)
        // Uploads that were used again leave entries behind; before those are the most, let go of them.
        if idle.count > 1024 + 2 * live.count {
            idle.removeAll { [live] id, stamp in live[id]?.idleStamp != stamp }
        }
    }

    /// Forgets the uploads that have been idle longest, so that at most `limit` idle ones remain.
    mutating func evictIdle(beyond limit: Int) {
        while idleCount > limit, let (id, stamp) = idle.popFirst() {
            guard let upload = live[id], upload.pins == 0, upload.idleStamp == stamp else { continue }
            remove(id)
        }
    }

    mutating func remove(_ id: SessionId) {
        guard let upload = live.removeValue(forKey: id) else { return }
        if upload.pins == 0 { idleCount -= 1 }
        service.release(id)
    }
}
