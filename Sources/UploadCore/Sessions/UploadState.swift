import SessionCore

/// The states of one upload in memory, and what each event leads to.
///
/// A pure value. An event is a method; its result says what the caller does next: write here, save this, conclude that
/// writer, wait. `SessionCompat` applies events under its lock and performs the results after releasing it, so nothing
/// is awaited while anything is held. A caller that has to wait leaves its ticket and applies the event again once
/// `takeResumable` has returned that ticket.
///
/// Who waits for whom is a line without a way back, so nobody waits for ever: finishing and ending wait for writers;
/// writers wait for the length turn; the holder of the length turn waits for the store only.
///
/// Errors are of three kinds. An impossible event is a bug here and traps in debug builds. A fault of the client or the
/// store is thrown. A permitted repetition has a result of its own (`.done`, `.nothing`).
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

    /// What a caller does next: wait for its ticket and apply the event again, or go on with a result.
    enum Step<Result: Sendable>: Sendable {
        case wait
        case next(Result)
    }

    private(set) var phase: Phase
    /// Grows with every takeover. A holder with an older epoch has been fenced off.
    private(set) var epoch: UInt64
    private(set) var writers: [WriterNumber: WriterState]
    private var lastWriter: UInt64

    /// Held while the upload is hashed, finished or ended.
    private var exclusiveTurn = Turn()
    /// Held while a piece of an upload of unknown length is saved, or its length declared: a short chunk decides the
    /// length, so one of them comes first.
    private var lengthTurn = Turn()
    /// Callers that wait until a detached upload is quiet, to read it from the catalogue again.
    private var reloading: [Ticket] = []
    private var resumable: [Ticket] = []
    private var endedWriters: [WriterNumber] = []

    init(epoch: UInt64 = 0, phase: Phase = .open, writers: [WriterNumber: WriterState] = [:]) {
        self.epoch = epoch
        self.phase = phase
        self.writers = writers
        lastWriter = writers.keys.max()?.value ?? 0
    }

    /// Whether the upload is no longer the one in use: it has ended, or must be read again.
    var isDetached: Bool {
        switch phase {
        case .open, .closing: false
        case .ended, .lost: true
        }
    }

    /// Whether no call of the store is under way for this upload.
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

    /// The tickets of callers that may apply their events again, each once.
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

    /// Has a caller wait until this detached upload is quiet.
    mutating func awaitQuiet(_ ticket: Ticket) -> Step<Void> {
        guard isDetached, !isQuiet else { return .next(()) }
        reloading.append(ticket)
        return .wait
    }

    /// Changes a writer; one that is no longer busy, or has ended, is no longer waited for.
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
    /// Enters the exclusive turn if nobody holds it.
    mutating func tryExclusive(_ ticket: Ticket) -> Bool {
        guard !isDetached, exclusiveTurn.holder == nil else { return false }
        return exclusiveTurn.take(ticket)
    }

    /// Enters the length turn, first come first served.
    mutating func takeLengthTurn(_ ticket: Ticket) -> Step<Void> {
        lengthTurn.take(ticket) ? .next(()) : .wait
    }

    /// Leaves the length turn, if this caller holds it.
    mutating func leaveLengthTurn(_ ticket: Ticket) {
        if let next = lengthTurn.leave(ticket) { resumable.append(next) }
    }

    /// A caller is done, however its call ended: leaves its turns and reopens what it was closing. Idempotent.
    mutating func leave(_ ticket: Ticket) {
        leaveLengthTurn(ticket)
        if exclusiveTurn.holder == ticket, case .closing = phase { phase = .open }
        if let next = exclusiveTurn.leave(ticket) { resumable.append(next) }
    }
}

// MARK: - Taking over, finishing, ending

extension UploadState {
    /// What stands between a caller and having an upload, or a piece of it, to itself.
    enum Drain: Hashable, Sendable {
        /// The caller concludes this writer, and applies the event again.
        case conclude(WriterNumber, keepsBytes: Bool)
        /// No writer is left.
        case done
    }

    /// Makes room for a writer of a piece: stops the one that has it.
    mutating func takeOver(_ piece: Piece, _ ticket: Ticket) -> Step<Drain> {
        stopWriters(Stop(reason: UploadError(.superseded), keepsBytes: true), ticket) { $0.piece == piece }
    }

    /// Stops appends, keeping what they wrote, so that the durable offset is known.
    mutating func quiesce(_ ticket: Ticket) -> Step<Drain> {
        takeOver(.append, ticket)
    }

    /// Gives the caller the upload to itself: enters the exclusive turn, admits no more writers, and stops those there are.
    /// `leave` undoes it.
    ///
    /// - Parameter stop: What the writers are told, and whether what they wrote counts.
    mutating func close(_ stop: Stop, _ ticket: Ticket) -> Step<Drain> {
        guard exclusiveTurn.take(ticket) else { return .wait }
        if phase == .open {
            phase = .closing
            epoch += 1
        }
        return stopWriters(stop, ticket) { $0.piece != nil }
    }

    /// The end of the upload is recorded. An upload that was lost meanwhile stays so: a call that came upon the recorded
    /// end was faster.
    mutating func end(_ status: SessionStatus) {
        switch phase {
        case .closing:
            phase = .ended(status)
            detach(UploadError(ended: status))
        case .lost: return
        case .open, .ended: impossible("end as \(status)")
        }
    }

    /// The store failed so that the catalogue may know more, or other, than memory. Idempotent: the first cause stays.
    mutating func lose(_ cause: UploadError) {
        guard !isDetached else { return }
        phase = .lost(cause)
        detach(cause)
    }

    private mutating func detach(_ error: UploadError) {
        for number in writersInOrder {
            change(number) { $0.detach(error) }
            resumable += writers[number]?.takeWaiting() ?? []
        }
        resumable += exclusiveTurn.dismissWaiting() + lengthTurn.dismissWaiting()
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
                if phase == .open { epoch += 1 }
                return .next(drain)
            case .wait: mustWait = true
            }
        }
        return mustWait ? .wait : .next(.done)
    }

    /// In the order of their admission, which a simulation can repeat.
    var writersInOrder: [WriterNumber] { writers.keys.sorted() }

    /// Admits a writer whose piece nobody else has.
    mutating func admit(_ work: WriterWork) -> WriterNumber {
        lastWriter += 1
        let number = WriterNumber(value: lastWriter)
        writers[number] = WriterState(work)
        return number
    }

    /// The user of a writer that has ended has released it.
    mutating func forget(_ number: WriterNumber) {
        guard let writer = writers.removeValue(forKey: number) else { return }
        if !writer.hasEnded { impossible("the release of a writer that is \(writer.phase)") }
    }

    /// A bug of this module: names event and state, and stops debug builds.
    func impossible(_ event: String) {
        assertionFailure("\(event) while \(phase)")
    }
}

extension UploadState.Step: Equatable where Result: Equatable {}
