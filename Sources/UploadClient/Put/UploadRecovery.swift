import NativeWire

/// What an error of the server means for an upload. Pure.
public enum Reaction: Hashable, Sendable {
    /// The server knows the upload no longer: a new one has to be begun.
    case beginAnew
    /// The server holds other bytes than those that are sent: the source is not what it was.
    case contentChanged
    /// Another request has taken over: the server's state has to be asked for.
    case askStatus
    /// The upload is committed: finishing it again gives the answer that was lost.
    case finish
    /// Bytes were damaged on their way: the chunk is sent again.
    case sendAgain
    /// These chunks are missing.
    case send([ClosedRange<UInt64>])
    /// Nothing that this client can do.
    case stop

    /// What was being done.
    public enum Call: Hashable, Sendable {
        case begin, status, chunk, finish
    }

    public init(to error: ClientError, during call: Call) {
        switch (error.code.rawValue, call) {
        case ("gone", _), ("idempotency_conflict", .begin): self = .beginAnew
        // During a begin it is the capsule that does not exist.
        case ("not_found", .status), ("not_found", .chunk), ("not_found", .finish): self = .beginAnew
        case ("chunk_conflict", _), ("checksum_mismatch", .finish), ("size_mismatch", .finish): self = .contentChanged
        case ("checksum_mismatch", .chunk): self = .sendAgain
        case ("superseded", _): self = .askStatus
        case ("committed", _): self = .finish
        case ("incomplete", .finish):
            self = error.problem?.missing.flatMap(UploadPlan.ranges).map(Reaction.send) ?? .stop
        default: self = .stop
        }
    }
}
