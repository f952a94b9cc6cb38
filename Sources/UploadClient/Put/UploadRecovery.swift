import NativeWire

/// How an upload recovers from an error of the server. Pure.
public enum UploadRecovery: Hashable, Sendable {
    /// The server no longer has the upload: begin a new one.
    case restart
    /// The server has different bytes: the source has changed, so the upload fails.
    case contentChanged
    /// Another request superseded this one: query the upload's state.
    case refreshStatus
    /// The upload is committed: finish again to get the lost response.
    case finish
    /// The chunk arrived damaged: send it again.
    case resendChunk
    /// A proxy refuses requests of this size: begin a new upload with smaller chunks.
    case shrinkChunks
    /// Send these missing chunks.
    case sendMissing([ClosedRange<UInt64>])
    /// No recovery: report the error.
    case stop

    /// The failed call.
    public enum Call: Hashable, Sendable {
        case begin, status, chunk, finish
    }

    public init(from error: ClientError, during call: Call) {
        switch (error.code.rawValue, call) {
        case ("gone", _), ("idempotency_conflict", .begin): self = .restart
        // For a begin, `not_found` refers to the capsule.
        case ("not_found", .status), ("not_found", .chunk), ("not_found", .finish): self = .restart
        case ("chunk_conflict", _), ("checksum_mismatch", .finish), ("size_mismatch", .finish): self = .contentChanged
        case ("checksum_mismatch", .chunk): self = .resendChunk
        case ("superseded", _): self = .refreshStatus
        case ("committed", _): self = .finish
        case ("incomplete", .finish):
            self = error.problem?.missing.flatMap(UploadPlan.ranges).map(UploadRecovery.sendMissing) ?? .stop
        case (_, .chunk) where error.isOfProxy(413): self = .shrinkChunks
        default: self = .stop
        }
    }
}
