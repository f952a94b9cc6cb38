import DeliberateFaults
import SessionCore

/// The states of one upload in memory, and the consequences of each event.
///
/// A pure value. An event is a method; its result is the caller's next step: write here, save this, conclude that
/// writer, wait. `SessionCompat` applies events under its lock and performs the results after releasing it, so nothing
/// is awaited while anything is held. A caller that has to wait leaves its ticket and applies the event again once
/// `takeResumable` has returned that ticket.
///
/// Waiting has one direction, which excludes deadlocks: finishing and ending wait for writers, writers wait for the
/// length turn, the holder of the length turn waits for the store only.
///
/// Errors are of three kinds. An impossible event is a bug here and traps in debug builds. A fault of the client or the
/// store is thrown. A permitted repetition has a result of its own (`.done`, nil).
struct UploadState: Sendable {
    enum Phase: Hashable, Sendable {
        case open
        /// The holder of the exclusive turn finishes or ends the upload; no writer is admitted.
        case closing
        /// Aborted or expired.
        case ended(SessionStatus)
        /// The store failed so that memory and catalogue may differ. Every call fails with the cause until the upload
        /// is read from the catalogue again.
        case lost(UploadError)
    }

    /// The caller's next step: wait for its ticket and apply the event again, or continue with a result.
    enum Step<Result: Sendable>: Sendable {
        case wait
        case next(Result)
    }

    private(set) var phase: Phase
    /// The fence under which this engine changes the upload. Writers of this engine fence each other by their numbers.
    private(set) var fence: Fence
    private(set) var writers: [WriterNumber: WriterState]
    private var lastWriter: UInt64

    /// Held while the upload is hashed, finished or ended.
    private var exclusiveTurn = Turn()
    /// Held while a piece of an upload of unknown length is saved, or its length declared: a short chunk decides the
    /// length, so saves and declarations are serialized.
    private var lengthTurn = Turn()
    /// Callers that wait for a detached upload to become quiet, to read it from the catalogue again.
    private var reloading: [Ticket] = []
    /// Whether the holder of the exclusive turn ends the upload, rather than finishing it.
    private var isEnding = false
    /// Users of stopped writers that wait to know whether the upload has ended, which is the reason of the stop.
    private var awaitingEnd: [Ticket] = []
    /// The status request that makes the bytes of an append durable once the call in progress has ended.
    private(set) var checkpointRequest: CheckpointRequest?
    private var resumable: [Ticket] = []
    private var endedWriters: [WriterNumber] = []
    private var interruptedWriters: [WriterNumber] = []

    struct CheckpointRequest: Hashable, Sendable {
        let writer: WriterNumber
        let ticket: Ticket
        /// Whether the call is reserved for it, and its caller has not begun yet.
        var isReserved = false
    }

    init(fence: Fence = .initial, phase: Phase = .open, writers: [WriterNumber: WriterState] = [:]) {
        self.fence = fence
        self.phase = phase
        self.writers = writers
        lastWriter = writers.keys.max()?.value ?? 0
    }

    /// Whether the upload has ended or must be read again, and takes no more events of its ledger.
    var isDetached: Bool {
        switch phase {
        case .open, .closing: false
        case .ended, .lost: true
        }
    }

    /// Whether no call of the store is in progress for this upload.
    var isQuiet: Bool {
        exclusiveTurn.holder == nil && lengthTurn.holder == nil && writers.values.allSatisfy { !$0.hasEffect }
    }

    /// The error of every call on a detached upload.
    var detachedError: UploadError? {
        switch phase {
        case .open, .closing: nil
        case .ended(let status): UploadError(ended: status)
        case .lost(let cause): cause
        }
    }

    /// The tickets of the callers to resume.
    mutating func takeResumable() -> [Ticket] {
        if isDetached, isQuiet {
            resumable += reloading
            reloading = []
        }
        defer { resumable = [] }
        return resumable
    }

    /// The writers that have ended since the last call.
    mutating func takeEndedWriters() -> [WriterNumber] {
        defer { endedWriters = [] }
        return endedWriters
    }

    /// The writers that another call has stopped since the last call; their users may be waiting for bytes.
    mutating func takeInterruptedWriters() -> [WriterNumber] {
        defer { interruptedWriters = [] }
        return interruptedWriters
    }

    mutating func interrupt(_ number: WriterNumber) {
        interruptedWriters.append(number)
    }

    /// Waits until a detached upload is quiet.
    mutating func awaitQuiet(_ ticket: Ticket) -> Step<Void> {
        guard isDetached, !isQuiet else { return .next(()) }
        reloading.append(ticket)
        return .wait
    }

    /// Changes a writer, and resumes the callers that wait for it once no call of the store is in progress for it.
    mutating func change(_ number: WriterNumber, _ change: (inout WriterState) -> Void) {
        guard var writer = writers[number] else { return }
        let hadEnded = writer.hasEnded
        change(&writer)
        if !writer.hasEffect { resumable += writer.takeWaiting() }
        if writer.hasEnded, !hadEnded { endedWriters.append(number) }
        writers[number] = writer
    }
}

// MARK: - Turns

extension UploadState {
    /// Enters the exclusive turn if it is free.
    mutating func tryExclusive(_ ticket: Ticket) -> Bool {
        guard !isDetached, exclusiveTurn.holder == nil else { return false }
        return exclusiveTurn.take(ticket)
    }

    /// Enters the length turn, first come first served.
    mutating func takeLengthTurn(_ ticket: Ticket) -> Step<Void> {
        lengthTurn.take(ticket) ? .next(()) : .wait
    }

    /// Enters the exclusive turn, first come first served, to claim the upload in a shared catalogue.
    mutating func takeExclusiveTurn(_ ticket: Ticket) -> Step<Void> {
        exclusiveTurn.take(ticket) ? .next(()) : .wait
    }

    /// The holder of the exclusive turn has claimed the upload: changes under earlier fences are refused from now on.
    mutating func claimed(_ fence: Fence) {
        guard fence.epoch >= self.fence.epoch else { return impossible("a claim that lowers the fence") }
        if writers.values.contains(where: { $0.piece == .append && !$0.hasEnded }) {
            impossible("a claim beside an append of this engine")
        }
        self.fence = fence
    }

    /// Leaves the length turn, if this caller holds it.
    mutating func leaveLengthTurn(_ ticket: Ticket) {
        if let next = lengthTurn.leave(ticket) { resumable.append(next) }
    }

    /// Ends a caller's call: leaves its turns, and reopens an upload that it closed and did not end. Idempotent.
    mutating func leave(_ ticket: Ticket) {
        leaveLengthTurn(ticket)
        if let request = checkpointRequest, request.ticket == ticket {
            checkpointRequest = nil
            change(request.writer) { $0.stopWaiting(ticket) }
            if request.isReserved { endCall(request.writer, .wrote(0)) }
        }
        if exclusiveTurn.holder == ticket, case .closing = phase {
            phase = .open
            resumeAwaitingEnd()
        }
        if let next = exclusiveTurn.leave(ticket) { resumable.append(next) }
    }

    /// Waits while the upload is being ended.
    ///
    /// - Parameter ticket: nil for a caller that does not wait yet.
    /// - Returns: Whether it is.
    mutating func awaitEnd(_ ticket: Ticket?) -> Bool {
        guard phase == .closing, isEnding else { return false }
        if let ticket { awaitingEnd.append(ticket) }
        return true
    }

    private mutating func resumeAwaitingEnd() {
        resumable += awaitingEnd
        awaitingEnd = []
        isEnding = false
    }
}

// MARK: - Taking over, finishing, ending

extension UploadState {
    /// The next step towards exclusive use of an upload or a piece.
    enum Drain: Hashable, Sendable {
        /// The caller concludes this writer, and applies the event again.
        case conclude(WriterNumber, keepsBytes: Bool)
        /// The caller makes the bytes of this writer durable, and is done; the writer goes on.
        case checkpoint(WriterNumber)
        /// No writer is left.
        case done
    }

    /// Stops the writer of a piece, to make room for another.
    ///
    /// - Parameter offset: Where a new append starts. If its client was told this offset while the earlier append went on, the
    ///   bytes written since are dropped, because the new one brings them again. Otherwise they are kept.
    mutating func takeOver(_ piece: Piece, at offset: UInt64? = nil, _ ticket: Ticket) -> Step<Drain> {
        let wasTold = writers.values.contains {
            $0.piece == piece && !$0.hasEnded && $0.isOffsetTold && $0.durable == offset
        }
        return stopWriters(Stop(reason: UploadError(.superseded), keepsBytes: !wasTold), ticket) { $0.piece == piece }
    }

    /// Stops an append and keeps its bytes, so that the durable offset is known.
    mutating func quiesce(_ ticket: Ticket) -> Step<Drain> {
        takeOver(.append, ticket)
    }

    /// Makes the durable offset of an append known. An append whose bytes are arriving goes on, with the bytes so far durable;
    /// a silent one is stopped as by `quiesce`, since its client has probably lost the connection.
    ///
    /// - Parameter time: An append that has received bytes since, or was admitted since, is not silent.
    mutating func checkpointOrQuiesce(receivingSince time: Int64, _ ticket: Ticket) -> Step<Drain> {
        let append = writersInOrder.first { writers[$0]?.piece == .append && writers[$0]?.hasEnded == false }
        guard let append, let writer = writers[append], writer.receivedAt > time else { return quiesce(ticket) }
        if let request = checkpointRequest, request.ticket == ticket {
            checkpointRequest = nil
            if request.isReserved {
                change(append) { $0.isOffsetTold = true }
                return .next(.checkpoint(append))
            }
        }
        guard case .append(_, isAllOrNothing: false) = writer.work else { return .next(.done) }
        switch writer.phase {
        case .ready:
            change(append) { $0.isOffsetTold = true }
            if writer.durable == writer.written { return .next(.done) }
            change(append) { $0.phase = .busy(.checkpointing, nil) }
            return .next(.checkpoint(append))
        case .busy(.writing, nil), .busy(.saving, nil), .busy(.checkpointing, nil):
            // A fast client never leaves its writer without a call for long: the end of this call is reserved.
            if checkpointRequest == nil { checkpointRequest = CheckpointRequest(writer: append, ticket: ticket) }
            change(append) { $0.wait(ticket) }
            return .wait
        case .busy, .failed, .stopped, .concluding, .ended: return quiesce(ticket)
        }
    }

    /// Closes the upload for its exclusive use: enters the exclusive turn, admits no more writers, and stops the
    /// present ones. `leave` undoes it.
    ///
    /// - Parameter stop: The error of the stopped writers' later calls, and whether their bytes count.
    mutating func close(_ stop: Stop, _ ticket: Ticket) -> Step<Drain> {
        guard exclusiveTurn.take(ticket) else { return .wait }
        if phase == .open {
            phase = .closing
            // What ends keeps no bytes.
            isEnding = !stop.keepsBytes
        }
        return stopWriters(stop, ticket) { $0.piece != nil }
    }

    /// The end of the upload is recorded. An upload that was lost meanwhile stays lost: another call has found the
    /// recorded end first.
    mutating func end(_ status: SessionStatus) {
        switch phase {
        case .closing:
            phase = .ended(status)
            detach(UploadError(ended: status))
        case .lost: return
        case .open, .ended: impossible("end as \(status)")
        }
    }

    /// The store failed so that catalogue and memory may differ. Idempotent: the first cause stays.
    mutating func lose(_ cause: UploadError) {
        guard !isDetached else { return }
        phase = .lost(cause)
        detach(cause)
    }

    private mutating func detach(_ error: UploadError) {
        for number in writersInOrder {
            if writers[number]?.phase == .ready { interrupt(number) }
            change(number) { $0.detach(error) }
            resumable += writers[number]?.takeWaiting() ?? []
        }
        resumable += exclusiveTurn.dismissWaiting() + lengthTurn.dismissWaiting()
        resumeAwaitingEnd()
    }

    private mutating func stopWriters(
        _ stop: Stop, _ ticket: Ticket, where isMeant: (WriterState) -> Bool
    ) -> Step<Drain> {
        var mustWait = false
        for number in writersInOrder {
            guard let writer = writers[number], isMeant(writer) else { continue }
            switch stopWriter(number, stop, ticket) {
            case .next(.done): continue
            case .next(let drain):
                interrupt(number)
                return .next(drain)
            case .wait: mustWait = true
            }
        }
        return mustWait ? .wait : .next(.done)
    }

    /// The writers in the order of their admission, which makes simulations repeatable.
    var writersInOrder: [WriterNumber] { writers.keys.sorted() }

    /// Admits a writer of a free piece.
    ///
    /// - Parameter time: In milliseconds of the monotonic clock.
    mutating func admit(_ work: WriterWork, at time: Int64 = 0) -> WriterNumber {
        lastWriter += 1
        let number = WriterNumber(value: lastWriter)
        writers[number] = WriterState(work, receivedAt: time)
        return number
    }

    /// The user of an ended writer has released it. Idempotent.
    ///
    /// - Returns: Whether this was the first time.
    mutating func forget(_ number: WriterNumber) -> Bool {
        guard let writer = writers.removeValue(forKey: number) else { return false }
        if !writer.hasEnded { impossible("the release of a writer that is \(writer.phase)") }
        return true
    }

    /// Reserves a call for a status request that waits for the end of the writer's present one.
    ///
    /// - Returns: Whether there is one.
    mutating func beginRequestedCheckpoint(_ number: WriterNumber) -> Bool {
        guard let request = checkpointRequest, request.writer == number else { return false }
        checkpointRequest?.isReserved = true
        resumable.append(request.ticket)
        return true
    }

    func hasWriter(of piece: Piece) -> Bool {
        writers.values.contains { $0.piece == piece && !$0.hasEnded }
    }

    /// A bug of this module: names event and state, and stops debug builds.
    func impossible(_ event: String) {
        // With this fault such events happen, and tests have to find their consequences.
        if DeliberateFault.takeOverWithoutWaiting.isOn { return }
        assertionFailure("\(event) while \(phase)")
    }
}

extension UploadState.Step: Equatable where Result: Equatable {}
