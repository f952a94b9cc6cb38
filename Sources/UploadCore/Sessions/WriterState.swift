import SessionCore

/// Names one writer of an upload in memory.
struct WriterNumber: Hashable, Comparable, Sendable {
    let value: UInt64

    static func < (left: WriterNumber, right: WriterNumber) -> Bool { left.value < right.value }
}

/// What only one writer at a time may write.
enum Piece: Hashable, Sendable {
    case chunk(index: UInt64)
    case append
}

/// What a writer has been admitted for.
enum WriterWork: Hashable, Sendable {
    case chunk(Claim)
    /// The chunk is durable already; the bytes must be the same.
    case comparison(index: UInt64, Range<UInt64>)
    /// With `isAllOrNothing` nothing counts before the writer completes.
    case append(Claim, isAllOrNothing: Bool)

    var claim: Claim? {
        switch self {
        case .chunk(let claim), .append(let claim, _): claim
        case .comparison: nil
        }
    }

    var range: Range<UInt64> {
        switch self {
        case .chunk(let claim), .append(let claim, _): claim.range
        case .comparison(_, let range): range
        }
    }
}

/// How a writer is stopped by somebody else.
struct Stop: Hashable, Sendable {
    /// The error of its later calls.
    var reason: UploadError
    /// Whether bytes of an append that were written are made durable first.
    var keepsBytes: Bool
}

/// The states of one writer.
struct WriterState: Sendable {
    enum Phase: Hashable, Sendable {
        /// Between two calls.
        case ready
        /// A call is under way; with a stop, the writer is stopped once the call has ended.
        case busy(Activity, Stop?)
        /// A call failed, and with it every later one. What an append wrote before still counts when it is concluded.
        case failed(UploadError)
        /// Stopped, to be concluded by whoever waits for it.
        case stopped(Stop)
        /// Its last bytes are being saved, or dropped.
        case concluding(Stop)
        /// Over; later calls fail with this.
        case ended(UploadError)
    }

    enum Activity: Hashable, Sendable {
        case writing, saving
    }

    let work: WriterWork
    var phase: Phase
    /// The offset after the last byte written.
    var written: UInt64
    /// For appends, the offset after the last durable byte.
    var durable: UInt64
    /// Callers that wait until this writer is stopped or has ended.
    private var waiting: [Ticket] = []

    init(_ work: WriterWork, phase: Phase = .ready) {
        self.work = work
        self.phase = phase
        written = work.range.lowerBound
        durable = work.range.lowerBound
    }

    /// Nil for a comparison, which takes nothing from anybody.
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

    /// Whether a call of the store may be under way for it.
    var hasEffect: Bool {
        switch phase {
        case .busy, .concluding: true
        case .ready, .failed, .stopped, .ended: false
        }
    }

    /// The upload is no longer in use: ends the writer, at once or when its call has ended. A writer that was stopped so
    /// that the upload could end fails with that end from now on, not before: until it was recorded it might not have come.
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

    mutating func takeWaiting() -> [Ticket] {
        defer { waiting = [] }
        return waiting
    }
}
