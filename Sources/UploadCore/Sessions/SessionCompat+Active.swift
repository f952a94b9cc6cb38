package import SessionCore
import Synchronization

// The manager of the uploads in memory: applies events under the lock and acts after releasing it.

extension SessionCompat {
    /// The state under the lock.
    struct State: Sendable {
        var uploads: ActiveUploads<Writer, Time>
        private var suspended: [Ticket: UnsafeContinuation<Void, Never>] = [:]
        /// Tickets resumed before they were suspended.
        private var resumed: Set<Ticket> = []

        init(uploads: ActiveUploads<Writer, Time>) {
            self.uploads = uploads
        }

        /// - Returns: The continuations to resume outside of the lock.
        mutating func resume(_ tickets: [Ticket]) -> [UnsafeContinuation<Void, Never>] {
            tickets.compactMap { ticket in
                if let continuation = suspended.removeValue(forKey: ticket) { return continuation }
                resumed.insert(ticket)
                return nil
            }
        }

        /// - Returns: False if the ticket has been resumed already.
        mutating func suspend(_ ticket: Ticket, _ continuation: UnsafeContinuation<Void, Never>) -> Bool {
            guard resumed.remove(ticket) == nil else { return false }
            suspended[ticket] = continuation
            return true
        }

        /// Several events may resume a ticket that was suspended once.
        mutating func discard(_ ticket: Ticket) {
            resumed.remove(ticket)
        }
    }

    // MARK: - Events

    /// Applies an event to an upload and its ledger.
    ///
    /// - Throws: `gone` or the store's failure, for a detached upload; the event's error.
    @discardableResult
    func apply<Value: Sendable>(
        _ reference: ActiveUploadReference,
        _ event: (inout ActiveUpload<Writer>, inout Session) throws(SessionError) -> Value
    ) throws(UploadError) -> Value {
        try change(reference) { state -> Result<Value, UploadError> in
            do throws(UploadError) {
                return .success(try state.uploads.apply(reference, event))
            } catch {
                return .failure(error)
            }
        }.get()
    }

    /// Applies an event that is valid in every phase; nil if the upload is no longer in memory.
    @discardableResult
    func applyToState<Value: Sendable>(
        _ reference: ActiveUploadReference, _ event: (inout ActiveUpload<Writer>) -> Value
    ) -> Value? {
        change(reference) { state in state.uploads.applyToState(reference, event) }
    }

    /// Changes the uploads in memory under the lock, and resumes callers after releasing it.
    func change<Value: Sendable>(
        _ reference: ActiveUploadReference, _ body: (inout State) -> Value
    ) -> Value {
        let (value, continuations, interrupted) = state.withLock { state in
            let value = body(&state)
            let (tickets, interrupted) = state.uploads.settle(reference)
            return (value, state.resume(tickets), interrupted)
        }
        for continuation in continuations { continuation.resume() }
        for writer in interrupted { writer.onStop?() }
        return value
    }

    /// Applies an event, and applies it again after each wait.
    func applyWhenPossible<Value: Sendable>(
        _ reference: ActiveUploadReference, _ ticket: Ticket,
        _ event: (inout ActiveUpload<Writer>, inout Session) throws(SessionError) -> UploadState.Step<Value>
    ) async throws(UploadError) -> Value {
        while true {
            if case .next(let value) = try apply(reference, event) { return value }
            await suspend(ticket)
        }
    }

    /// Applies an event until no writer is left to conclude.
    func drain(
        _ reference: ActiveUploadReference, _ ticket: Ticket,
        _ event: (inout UploadState) -> UploadState.Step<UploadState.Drain>
    ) async throws(UploadError) {
        while true {
            let drain = try await applyWhenPossible(reference, ticket) { upload, _ in event(&upload.state) }
            switch drain {
            case .conclude(let number, let keepsBytes): await conclude(reference, number, keepsBytes: keepsBytes)
            case .checkpoint(let number): return await checkpoint(reference, number)
            case .done: return
            }
        }
    }

    func conclude(_ reference: ActiveUploadReference, _ number: WriterNumber, keepsBytes: Bool) async {
        let writer = applyToState(reference) { upload in upload.writers[number] } ?? nil
        await writer?.conclude(keepsBytes: keepsBytes)
    }

    /// Makes the bytes of a writer durable between two calls of its user.
    private func checkpoint(_ reference: ActiveUploadReference, _ number: WriterNumber) async {
        let writer = applyToState(reference) { upload in upload.writers[number] } ?? nil
        await writer?.checkpointForStatus()
    }

    /// The error that a writer ends with; nil if it can go on. See `UploadState.awaitStanding`.
    func stopReason(_ reference: ActiveUploadReference, _ number: WriterNumber) async -> UploadError? {
        await withTicket(reference) { ticket in
            while let step = applyToState(reference, { $0.state.awaitStanding(number, ticket) }) {
                if case .next(let error) = step { return error }
                await suspend(ticket)
            }
            return UploadError(.superseded)
        }
    }

    /// Begins a call of a writer. Without a reason to wait the lock is taken once.
    func beginCall(
        _ reference: ActiveUploadReference, _ number: WriterNumber, _ activity: WriterState.Activity
    ) async throws(UploadError) -> UInt64 {
        switch applyToState(reference, { $0.state.beginCall(number, activity) }) {
        case nil: throw UploadError(.superseded)
        case .next(let outcome): return try outcome.get()
        case .wait: break
        }
        return try await withTicket(reference) { ticket throws(UploadError) in
            while let step = applyToState(reference, { $0.state.beginCall(number, activity, ticket) }) {
                if case .next(let outcome) = step { return try outcome.get() }
                await suspend(ticket)
            }
            throw UploadError(.superseded)
        }
    }

    /// Stops a writer for its own user, also after its upload was detached.
    func stop(_ reference: ActiveUploadReference, _ number: WriterNumber, _ stop: Stop) async {
        await withTicket(reference) { ticket in
            while let step = applyToState(reference, { $0.state.cancelWriter(number, stop, ticket) }) {
                switch step {
                case .wait: await suspend(ticket)
                case .next(.conclude(_, let keepsBytes)): await conclude(reference, number, keepsBytes: keepsBytes)
                case .next(.checkpoint), .next(.done): return
                }
            }
        }
    }

    // MARK: - Waiting

    /// Runs a call with a ticket to wait with, and releases the ticket's turns at the end of the call.
    func withTicket<Value: Sendable, Failure: Error>(
        _ reference: ActiveUploadReference, _ body: (Ticket) async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let ticket = makeTicket()
        defer { leave(reference, ticket) }
        return try await body(ticket)
    }

    private func leave(_ reference: ActiveUploadReference, _ ticket: Ticket) {
        change(reference) { state in
            state.uploads.applyToState(reference) { upload in upload.state.leave(ticket) }
            state.discard(ticket)
        }
    }

    private func makeTicket() -> Ticket {
        Ticket(number: lastTicket.wrappingAdd(1, ordering: .relaxed).newValue)
    }

    private func discard(_ ticket: Ticket) {
        state.withLock { $0.discard(ticket) }
    }

    private func suspend(_ ticket: Ticket) async {
        await withUnsafeContinuation { continuation in
            let isSuspended = state.withLock { $0.suspend(ticket, continuation) }
            if !isSuspended { continuation.resume() }
        }
    }

    // MARK: - Loading and eviction

    /// Pins an upload during `body`; first loads it from the catalogue if it is not in memory.
    ///
    /// - Parameter detachments: Errors after which `body` is run once more, on the upload as the catalogue has it by then: those
    ///   of an upload that another call has ended or found ended, where that is no error of this call.
    /// - Throws: `not_found`, `unavailable`; errors of `body`.
    func pinned<Value: Sendable>(
        _ id: SessionId, retryingAfter detachments: Set<UploadError.Code> = [],
        _ body: (ActiveUploadReference) async throws(UploadError) -> Value
    ) async throws(UploadError) -> Value {
        do throws(UploadError) {
            let reference = try await pin(id)
            defer { unpin(reference) }
            return try await body(reference)
        } catch {
            guard detachments.contains(error.code) else { throw error }
            return try await pinned(id, body)
        }
    }

    func pin(_ id: SessionId) async throws(UploadError) -> ActiveUploadReference {
        let ticket = makeTicket()
        defer { discard(ticket) }
        while true {
            switch state.withLock({ $0.uploads.pin(id, ticket) }) {
            case .pinned(let reference): return reference
            case .wait: await suspend(ticket)
            case .load:
                defer { endLoading(id) }
                guard let record = try await catalogue.upload(id) else { throw UploadError(.notFound(.upload)) }
                state.withLock { $0.uploads.insert(record) }
            }
        }
    }

    /// Releases an ended writer and its pin. Idempotent.
    ///
    /// - Returns: Whether this was the first time.
    func release(_ reference: ActiveUploadReference, _ number: WriterNumber) -> Bool {
        change(reference) { state in
            guard state.uploads.applyToState(reference, { $0.state.forget(number) }) == true else { return false }
            state.uploads.unpin(reference, idleMax: idleMax)
            return true
        }
    }

    func unpin(_ reference: ActiveUploadReference) {
        state.withLock { $0.uploads.unpin(reference, idleMax: idleMax) }
    }

    /// An idle upload of a shared catalogue is not kept: other engines may change it.
    private var idleMax: Int { catalogue.isShared ? 0 : limits.idleUploadsMax }

    /// Inserts an upload that was just recorded and that the caller has marked as loading.
    func adopt(_ record: UploadRecord) {
        state.withLock { state in
            state.uploads.insert(record)
            state.uploads.evictIdle(beyond: idleMax)
        }
    }

    func endLoading(_ id: SessionId) {
        let continuations = state.withLock { state in state.resume(state.uploads.endLoading(id)) }
        for continuation in continuations { continuation.resume() }
    }

    /// Invalidates an upload in memory after a change in the catalogue alone; the next use reads it again.
    package func forget(_ id: SessionId) async {
        let ticket = makeTicket()
        defer { discard(ticket) }
        // A load in progress may have read the row before the change.
        while case .wait = state.withLock({ $0.uploads.awaitLoaded(id, ticket) }) { await suspend(ticket) }
        guard let reference = state.withLock({ $0.uploads.reference(to: id) }) else { return }
        applyToState(reference) { upload in upload.state.lose(UploadError(.superseded)) }
    }

    /// Claims an upload of a shared catalogue, and adopts the facts that other engines have recorded. The caller holds
    /// the exclusive turn, and no append of this engine is in progress.
    func claimIfShared(_ reference: ActiveUploadReference) async throws(UploadError) {
        guard catalogue.isShared else { return }
        guard let record = try await catalogue.claim(reference.id) else { throw UploadError(.notFound(.upload)) }
        try apply(reference) { upload, session in upload.adopt(record, &session) }
    }

    /// Runs a change of the catalogue. If its effect is unknown after a failure, or the failure contradicts memory, the
    /// upload is lost: all calls on it fail with the error, and the next use reads the catalogue.
    func recording<Value: Sendable>(
        _ reference: ActiveUploadReference, _ change: (Fence) async throws(UploadError) -> Value
    ) async throws(UploadError) -> Value {
        let fence = catalogue.isShared ? try apply(reference) { upload, _ in upload.state.fence } : .initial
        do throws(UploadError) {
            return try await change(fence)
        } catch {
            try? apply(reference) { upload, session in
                // Memory agrees with this refusal.
                if case .committed = session.meta.status, error.code == .committed { return }
                if error.leavesEffectUnknown || catalogue.isShared && error.code == .superseded {
                    upload.state.lose(error)
                }
            }
            throw error
        }
    }

    func record(_ reference: ActiveUploadReference) throws(UploadError) -> UploadRecord {
        try apply(reference) { upload, session in upload.record(session) }
    }
}

extension UploadError {
    /// Whether the change may have been recorded in spite of the error, or the error contradicts memory: memory must
    /// not be trusted then.
    var leavesEffectUnknown: Bool {
        switch reason {
        case .unavailable, .storeFull, .storeCorrupt, .gone, .committed, .notFound(.upload): true
        default: false
        }
    }
}
