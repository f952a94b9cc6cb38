extension Session {
    /// Claims the end of the session for an append that starts at `offset`. It takes over from an earlier append, whose
    /// durable bytes stay and whose token becomes invalid.
    ///
    /// - Throws: `ended`, `wrongLayout`, `offsetMismatch` with the current offset.
    public mutating func claimAppend(at offset: UInt64) throws(SessionError) -> (Claim, superseded: WriteToken?) {
        try requirePending()
        guard spec.layout == .append else { throw .wrongLayout }
        guard offset == self.offset else { throw .offsetMismatch(expected: self.offset, actual: offset) }
        let superseded = writers.first?.token
        releaseAll()
        let end = spec.expectedBytes ?? Session.lengthMax
        return (claim(index: 0, range: offset..<max(offset, end), mayFallShort: true), superseded)
    }

    /// Checks that `confirmAppend` accepts this offset, before the fact is recorded elsewhere.
    ///
    /// - Throws: as `confirmAppend`.
    public func checkAppend(_ token: WriteToken, through offset: UInt64) throws(SessionError) {
        try requirePending()
        guard holds(token) else { throw .superseded }
        let length = spec.expectedBytes ?? Session.lengthMax
        if offset > length { throw .exceedsLength(length: length, wanted: offset) }
    }

    /// Moves the durable offset forward; call it when the bytes below it are durable. The claim stays held, also after
    /// `exceedsLength`.
    ///
    /// - Throws: `superseded`, `ended`; `exceedsLength` past the expected length.
    public mutating func confirmAppend(_ token: WriteToken, through offset: UInt64) throws(SessionError) {
        try checkAppend(token, through: offset)
        self.offset = max(self.offset, offset)
    }
}
