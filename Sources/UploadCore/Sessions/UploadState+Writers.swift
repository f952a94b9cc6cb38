import DeliberateFaults
import SessionCore

// The events of writers, identified by the number that `admit` returned.

extension UploadState {
    // MARK: Calls

    /// Begins a call.
    ///
    /// - Parameter ticket: nil for a caller that does not wait yet.
    /// - Returns: The offset after the last byte written; or the reason of the writer's stop or failure;
    ///   `invalid_argument` during another call of its user.
    mutating func beginCall(
        _ number: WriterNumber, _ activity: WriterState.Activity, _ ticket: Ticket? = nil
    ) -> Step<Result<UInt64, UploadError>> {
        switch awaitStanding(number, ticket) {
        case .wait: return .wait
        case .next(let error?): return .next(.failure(error))
        case .next(nil): break
        }
        guard let writer = writers[number], writer.phase == .ready else {
            return .next(.failure(UploadError(.invalidArgument("writer", "is used by two callers at once"))))
        }
        change(number) { $0.phase = .busy(activity, nil) }
        return .next(.success(writer.written))
    }

    /// The error that a writer ends with, before its next call. Waits while a status request makes its bytes durable, and
    /// while its upload is being ended: until the end is recorded, it may still fail.
    ///
    /// - Parameter ticket: nil for a caller that does not wait yet.
    /// - Returns: nil for a writer that can go on.
    mutating func awaitStanding(_ number: WriterNumber, _ ticket: Ticket?) -> Step<UploadError?> {
        guard let writer = writers[number] else { return .next(UploadError(.superseded)) }
        switch writer.phase {
        case .busy(.checkpointing, _):
            if let ticket { change(number) { $0.wait(ticket) } }
            return .wait
        case .ready, .busy: return .next(nil)
        case .failed(let error): return .next(error)
        case .stopped(let stop), .concluding(let stop): return awaitEnd(ticket) ? .wait : .next(stop.reason)
        case .ended(let error): return awaitEnd(ticket) ? .wait : .next(error)
        }
    }

    /// The end of a call.
    enum CallResult: Hashable, Sendable {
        /// The number of bytes written; 0 for a checkpoint.
        case wrote(UInt64)
        /// Refused without effect; the writer stays usable.
        case refused
        case failed(UploadError)
        /// The piece is durable: the writer is done.
        case completed

        fileprivate var hasWritten: Bool {
            if case .wrote = self { true } else { false }
        }
    }

    /// Ends a call.
    ///
    /// - Parameter time: In milliseconds of the monotonic clock.
    /// - Returns: The writer after the call.
    @discardableResult
    mutating func endCall(_ number: WriterNumber, _ result: CallResult, at time: Int64 = 0) -> WriterState? {
        guard case .busy(let activity, let stop)? = writers[number]?.phase else {
            impossible("the end of a call that was not begun")
            return writers[number]
        }
        let detachedError = detachedError
        if detachedError != nil, result != .completed { interrupt(number) }
        // The user's turn comes before that of another status request.
        let isReady =
            activity != .checkpointing && stop == nil && detachedError == nil
            && (result == .refused || result.hasWritten)
        let next: WriterState.Phase =
            isReady && beginRequestedCheckpoint(number) ? .busy(.checkpointing, nil) : .ready
        change(number) { writer in
            if case .wrote(let count) = result, count > 0 {
                writer.written += count
                writer.receivedAt = time
            }
            writer.phase =
                switch (result, stop, detachedError) {
                case (.completed, _, _): .ended(UploadError(.superseded))
                case (_, _, let error?): .ended(error)
                case (_, let stop?, nil): .stopped(stop)
                case (.failed(let error), nil, nil): .failed(error)
                case (.wrote, nil, nil), (.refused, nil, nil): next
                }
        }
        return writers[number]
    }

    // MARK: Saving

    /// Bytes of a writer to sync and record.
    struct Save: Hashable, Sendable {
        let work: WriterWork
        /// From the last durable offset to the last written one.
        let range: Range<UInt64>
        /// Whether this is a short chunk, the last one of an upload whose length was unknown.
        let decidesLength: Bool
    }

    /// Begins to make written bytes durable. While the length is unknown, one piece is saved at a time.
    ///
    /// - Returns: The bytes to save; nil if all are durable already.
    /// - Throws: The ledger's refusal, with nothing changed.
    mutating func beginSave(
        _ number: WriterNumber, _ session: Session, _ ticket: Ticket
    ) throws(SessionError) -> Step<Save?> {
        guard let writer = writers[number], writer.hasEffect else {
            impossible("a save outside of a call")
            throw .superseded
        }
        let range = writer.durable..<writer.written
        if case .append = writer.work, range.isEmpty { return .next(nil) }
        guard writer.work.claim != nil else { return .next(nil) }
        if session.spec.expectedBytes == nil, case .wait = takeLengthTurn(ticket) { return .wait }
        var decidesLength = false
        switch writer.work {
        case .chunk(let claim):
            try session.checkChunk(claim.token, byteCount: UInt64(range.count))
            let fullCount = claim.range.count - (DeliberateFault.forgetShortEnd.isOn ? 1 : 0)
            decidesLength = session.spec.expectedBytes == nil && range.count < fullCount
        case .append(let claim, _): try session.checkAppend(claim.token, through: range.upperBound)
        case .comparison: break
        }
        return .next(Save(work: writer.work, range: range, decidesLength: decidesLength))
    }

    /// The bytes are recorded in the catalogue; the ledger follows.
    mutating func saved(
        _ number: WriterNumber, _ save: Save, _ session: inout Session, _ ticket: Ticket
    ) throws(SessionError) {
        defer { leaveLengthTurn(ticket) }
        switch save.work {
        case .chunk(let claim): try session.confirmChunk(claim.token, byteCount: UInt64(save.range.count))
        case .append(let claim, _): try session.confirmAppend(claim.token, through: save.range.upperBound)
        case .comparison: return impossible("a comparison that was saved")
        }
        change(number) { writer in
            writer.durable = save.range.upperBound
            if case .busy(.checkpointing, _) = writer.phase { return }
            writer.isOffsetTold = false
        }
    }

    /// A sync failed, with unknown effect: bytes of an append past the durable offset do not count and must be sent
    /// again.
    mutating func syncFailed(_ number: WriterNumber, _ ticket: Ticket) {
        leaveLengthTurn(ticket)
        guard let writer = writers[number], case .append = writer.work else { return }
        change(number) { $0.written = writer.durable }
    }

    // MARK: Stopping

    /// Stops a writer, after its call in progress.
    mutating func stopWriter(_ number: WriterNumber, _ stop: Stop, _ ticket: Ticket) -> Step<Drain> {
        guard let writer = writers[number] else { return .next(.done) }
        switch writer.phase {
        case .busy where DeliberateFault.takeOverWithoutWaiting.isOn, .ready:
            return conclude(number, stop)
        case .failed(let failure):
            return conclude(number, Stop(reason: failure, keepsBytes: stop.keepsBytes))
        case .stopped(let earlier):
            return conclude(number, earlier.merged(with: stop))
        case .busy(let activity, let earlier):
            change(number) { writer in
                writer.phase = .busy(activity, earlier?.merged(with: stop) ?? stop)
                writer.wait(ticket)
            }
            return .wait
        case .concluding:
            change(number) { $0.wait(ticket) }
            return .wait
        case .ended:
            return .next(.done)
        }
    }

    /// As `stopWriter`, for the writer's own user. If a client was told the offset while the append went on, the bytes written since
    /// are dropped: that client, often the same one over a new connection, goes on from the offset that it was told.
    mutating func cancelWriter(_ number: WriterNumber, _ stop: Stop, _ ticket: Ticket) -> Step<Drain> {
        let wasTold = writers[number]?.isOffsetTold ?? false
        return stopWriter(number, Stop(reason: stop.reason, keepsBytes: stop.keepsBytes && !wasTold), ticket)
    }

    private mutating func conclude(_ number: WriterNumber, _ stop: Stop) -> Step<Drain> {
        change(number) { $0.phase = .concluding(stop) }
        guard case .append(_, isAllOrNothing: false) = writers[number]?.work else {
            return .next(.conclude(number, keepsBytes: false))
        }
        return .next(.conclude(number, keepsBytes: stop.keepsBytes))
    }

    /// The writer's last bytes are saved or dropped.
    mutating func concluded(_ number: WriterNumber) {
        guard case .concluding(let stop)? = writers[number]?.phase else {
            return impossible("the conclusion of a writer that is not being concluded")
        }
        let error = detachedError ?? stop.reason
        change(number) { $0.phase = .ended(error) }
    }
}

extension Stop {
    /// Keeps the first reason; keeps bytes only if both stops do.
    func merged(with other: Stop) -> Stop {
        Stop(reason: reason, keepsBytes: keepsBytes && other.keepsBytes)
    }
}
