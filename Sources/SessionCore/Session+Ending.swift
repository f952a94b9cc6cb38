extension Session {
    /// Checks that the session can be committed, and declares a length that is still unknown: for chunks the end of the
    /// prefix without a gap, for appends the offset.
    ///
    /// - Throws: `ended`, `incomplete`.
    public mutating func prepareFinish() throws(SessionError) {
        try requirePending()
        if spec.expectedBytes == nil {
            guard spec.chunkSize == nil || pieces.firstMissing == pieces.count else {
                throw .incomplete(missing: (pieces.last ?? 0) + 1 - pieces.count)
            }
            try declareLength(contiguousBytes)
        }
        guard isComplete else {
            let wanted = spec.chunkCount ?? spec.expectedBytes ?? 0
            throw .incomplete(missing: wanted > receivedCount ? wanted - receivedCount : 0)
        }
    }

    /// Ends the session as committed. Idempotent: the first commit time is kept.
    ///
    /// - Throws: `ended` if it was aborted or expired; `incomplete`.
    public mutating func commit(at now: Timestamp) throws(SessionError) {
        if case .committed = meta.status { return }
        try prepareFinish()
        end(.committed(at: now))
    }

    /// Ends the session as aborted. Idempotent; an expired session stays expired.
    ///
    /// - Throws: `ended` if it is committed.
    public mutating func abort(at now: Timestamp) throws(SessionError) {
        if case .committed = meta.status { throw .ended(meta.status) }
        if meta.status.isPending { end(.aborted(at: now)) }
    }

    /// Ends a pending session as expired; ignores any other.
    public mutating func expire(at now: Timestamp) {
        if meta.status.isPending { end(.expired(at: now)) }
    }

    /// Whether the session is pending and was last seen longer ago than its time to live. Exactly at the deadline it is
    /// not due.
    public func isDue(at now: Timestamp, timeToLiveMilliseconds: Int64) -> Bool {
        meta.status.isPending && meta.lastSeen.advanced(byMilliseconds: timeToLiveMilliseconds) < now
    }

    private mutating func end(_ status: SessionStatus) {
        meta.status = status
        releaseAll()
    }
}
