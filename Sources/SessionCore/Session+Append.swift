extension Session {
    /// Claims the end of the session for an append that starts at `offset`. It takes over from an earlier append: what
    /// that one made durable stays, its token is void.
    ///
    /// - Throws: `ended`, `wrongLayout`, `offsetMismatch` with the right offset.
    public mutating func claimAppend(at offset: UInt64) throws(SessionError) -> (Claim, superseded: WriteToken?) {
        try requirePending()
        guard spec.layout == .append else { throw .wrongLayout }
        guard offset == self.offset else { throw .offsetMismatch(expected: self.offset, actual: offset) }
        let superseded = writers.first?.token
        releaseAll()
        let end = spec.expectedBytes ?? Session.lengthMax
        return (claim(index: 0, range: offset..<max(offset, end), mayFallShort: true), superseded)
    }

    /// Whether `confirmAppend` would accept this offset: asked before the fact is recorded elsewhere.
    ///
    /// - Throws: as `confirmAppend`.
    public func checkAppend(_ token: WriteToken, through offset: UInt64) throws(SessionError) {
        try requirePending()
        guard holds(token) else { throw .superseded }
        let length = spec.expectedBytes ?? Session.lengthMax
        if offset > length { throw .exceedsLength(length: length, wanted: offset) }
    }

    /// Moves the durable offset forward; call it when the bytes below are durable. The claim goes on.
    ///
    /// - Throws: `superseded`, `ended`; `exceedsLength` past the expected length.
    public mutating func confirmAppend(_ token: WriteToken, through offset: UInt64) throws(SessionError) {
        try checkAppend(token, through: offset)
        self.offset = max(self.offset, offset)
    }
}
