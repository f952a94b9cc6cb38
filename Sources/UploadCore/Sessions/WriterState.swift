import SessionCore

/// Identifies one writer of an upload in memory.
struct WriterNumber: Hashable, Comparable, Sendable {
    let value: UInt64

    static func < (left: WriterNumber, right: WriterNumber) -> Bool { left.value < right.value }
}

/// A part of an upload that has one writer at a time.
enum Piece: Hashable, Sendable {
    case chunk(index: UInt64)
    case append
}

/// The task of a writer.
enum WriterWork: Hashable, Sendable {
    case chunk(Claim)
    /// The chunk is durable already; the bytes must be the same.
    case comparison(index: UInt64, Range<UInt64>)
    /// With `isAllOrNothing`, no byte counts before the writer completes.
    case append(Claim, isAllOrNothing: Bool)

    var claim: Claim? {
        switch self {
        case .chunk(let claim), .append(let claim, _): claim
        case .comparison: nil
        }
    }

    var isOfChunk: Bool {
        switch self {
        case .chunk, .comparison: true
        case .append: false
        }
    }

    var range: Range<UInt64> {
        switch self {
        case .chunk(let claim), .append(let claim, _): claim.range
        case .comparison(_, let range): range
        }
    }
}

/// The stop of a writer: by a takeover, by the end of the upload, or by its own user.
struct Stop: Hashable, Sendable {
    /// The error of the writer's later calls.
    var reason: UploadError
    /// Whether the written bytes of an append are made durable first.
    var keepsBytes: Bool
}

/// The states of one writer.
struct WriterState: Sendable {
    /// An append that has received nothing for so long counts as silent: its client has probably lost the connection.
    static let silenceMilliseconds: Int64 = 1000

    enum Phase: Hashable, Sendable {
        /// Between two calls.
        case ready
        /// In a call; with a stop, the writer is stopped at the end of the call.
        case busy(Activity, Stop?)
        /// A call failed; later calls fail with this error. Earlier bytes of an append still count at its conclusion.
        case failed(UploadError)
        /// Stopped; one of the waiting callers concludes it.
        case stopped(Stop)
        /// Its last bytes are being saved, or dropped.
        case concluding(Stop)
        /// Later calls fail with this error.
        case ended(UploadError)
    }

    enum Activity: Hashable, Sendable {
        case writing, saving
        /// Its bytes are made durable for a status request, between two calls of its user.
        case checkpointing
    }

    let work: WriterWork
    var phase: Phase
    /// The offset after the last byte written.
    var written: UInt64
    /// For appends, the offset after the last durable byte.
    var durable: UInt64
    /// Whether a status request was told the durable offset while this append went on.
    var isOffsetTold = false
    /// When it was admitted or last received bytes, in milliseconds of the monotonic clock.
    var receivedAt: Int64
    /// Callers that wait for the end of this writer's call, or of the writer.
    private var waiting: [Ticket] = []

    init(_ work: WriterWork, phase: Phase = .ready, receivedAt: Int64 = 0) {
        self.work = work
        self.phase = phase
        self.receivedAt = receivedAt
        written = work.range.lowerBound
        durable = work.range.lowerBound
    }

    /// Nil for a comparison, which excludes no other writer.
    var piece: Piece? {
        switch work {
        case .chunk(let claim): .chunk(index: claim.index)
        case .append: .append
        case .comparison: nil
        }
    }

    var hasEnded: Bool {
        if case .ended = phase { true } else { false }
    }

    /// Whether a call of the store may be in progress for it.
    var hasEffect: Bool {
        switch phase {
        case .busy, .concluding: true
        case .ready, .failed, .stopped, .ended: false
        }
    }

    /// Ends the writer of a detached upload, at once or at the end of its call. A writer that was stopped for the end
    /// of its upload reports that end only from now on, since recording the end could still fail before.
    mutating func detach(_ error: UploadError) {
        let stop = Stop(reason: error, keepsBytes: false)
        switch phase {
        case .ready, .stopped: phase = .ended(error)
        case .failed(let failure): phase = .ended(failure)
        case .busy(let activity, _): phase = .busy(activity, stop)
        case .concluding: phase = .concluding(stop)
        case .ended(let earlier):
            if earlier.code == .superseded, error.code == .gone { phase = .ended(error) }
        }
    }

    mutating func wait(_ ticket: Ticket) {
        if !waiting.contains(ticket) { waiting.append(ticket) }
    }

    mutating func stopWaiting(_ ticket: Ticket) {
        waiting.removeAll { $0 == ticket }
    }

    mutating func takeWaiting() -> [Ticket] {
        defer { waiting = [] }
        return waiting
    }
}
