extension Session {
    /// Whether the session may be committed, filling in a length that was never told: for chunks the end of the gapless
    /// prefix, for appends the offset.
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

    /// Ends the session as committed. Asked again it keeps the first answer.
    ///
    /// - Throws: `ended` if it was aborted or expired; `incomplete`.
    public mutating func commit(at now: Timestamp) throws(SessionError) {
        if case .committed = meta.status { return }
        try prepareFinish()
        end(.committed(at: now))
    }

    /// Ends the session without its bytes. Lawful to repeat; an expired session stays expired.
    ///
    /// - Throws: `ended` if it is committed.
    public mutating func abort(at now: Timestamp) throws(SessionError) {
        if case .committed = meta.status { throw .ended(meta.status) }
        if meta.status.isPending { end(.aborted(at: now)) }
    }

    /// Ends a pending session because nobody used it for its time to live.
    public mutating func expire(at now: Timestamp) {
        if meta.status.isPending { end(.expired(at: now)) }
    }

    /// Whether the time to live has passed since the session was last seen: at the very millisecond it has not.
    public func isDue(at now: Timestamp, timeToLiveMilliseconds: Int64) -> Bool {
        meta.status.isPending && meta.lastSeen.advanced(byMilliseconds: timeToLiveMilliseconds) < now
    }

    private mutating func end(_ status: SessionStatus) {
        meta.status = status
        releaseAll()
    }
}
