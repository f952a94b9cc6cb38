/// A refusal of the ledger. No piece has become durable or missing. `confirmChunk` releases the claim; after
/// `confirmAppend` it stays.
@nonexhaustive
public enum SessionError: Error, Hashable, Sendable {
    case notFound
    /// `beginWithId`: the id belongs to a session, possibly an ended one.
    case alreadyExists
    /// The session is committed, aborted or expired.
    case ended(SessionStatus)
    /// The call does not fit the session's layout, for example an append to a session of chunks.
    case wrongLayout
    /// A chunk index at or past the number of chunks.
    case indexOutOfRange(index: UInt64, count: UInt64)
    /// A chunk has the wrong size; `expected` is the largest allowed.
    case wrongSize(expected: UInt64, actual: UInt64)
    /// The offset is not a multiple of the chunk size.
    case unaligned(offset: UInt64, chunkSize: UInt64)
    /// The offset of an append is not the current one, that is, the offset after the last durable byte.
    case offsetMismatch(expected: UInt64, actual: UInt64)
    /// Bytes past the expected length.
    case exceedsLength(length: UInt64, wanted: UInt64)
    /// The length contradicts a length declared before, or durable bytes past it.
    case lengthConflict(known: UInt64, declared: UInt64)
    /// Not all pieces are durable. The count is one of chunks or, for an append, of bytes; nil: unknown.
    case incomplete(missing: UInt64?)
    /// The token's claim is no longer held: a newer writer took it over, or it was released.
    case superseded
    /// `SessionService.putChunk`: the chunk is durable already and was not written again.
    case alreadyDurable
}
