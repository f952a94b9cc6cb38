/// Why the ledger refused. After any of these nothing has become durable or missing; a claim that was to be confirmed
/// is given up.
@nonexhaustive
public enum SessionError: Error, Hashable, Sendable {
    case notFound
    /// `beginWithId`: this id names a session already, perhaps one that has ended.
    case alreadyExists
    /// The session is committed, aborted or expired.
    case ended(SessionStatus)
    /// The call belongs to another layout (an append to a session of chunks, say).
    case wrongLayout
    /// A chunk index at or past the number of chunks.
    case indexOutOfRange(index: UInt64, count: UInt64)
    /// A chunk of another size than its place has; `expected` is the largest it may be.
    case wrongSize(expected: UInt64, actual: UInt64)
    /// An offset that is no multiple of the chunk size.
    case unaligned(offset: UInt64, chunkSize: UInt64)
    /// An append at another offset than the one that follows the last durable byte.
    case offsetMismatch(expected: UInt64, actual: UInt64)
    /// Bytes past the expected length.
    case exceedsLength(length: UInt64, wanted: UInt64)
    /// A length that contradicts one declared before, or bytes that are durable already.
    case lengthConflict(known: UInt64, declared: UInt64)
    /// Finish before all pieces are durable. For chunks the count is one of chunks, for appends one of bytes; nil
    /// where the length is still unknown.
    case incomplete(missing: UInt64?)
    /// The token no longer holds its piece: a newer writer took it over, or the session ended.
    case superseded
    /// `putChunk` in its simple form: the chunk is durable already and was not written again.
    case alreadyDurable
}
