/// The decision about a received chunk.
public enum ChunkDecision: Hashable, Sendable {
    /// Write the bytes to the claimed range, then confirm. The claim of an earlier writer of the chunk is released;
    /// `superseded` is its token.
    case write(Claim, superseded: WriteToken?)
    /// The chunk is durable already: the same bytes are accepted, others are a conflict and change nothing.
    case compare(Range<UInt64>)
}

extension Session {
    /// Decides about a received chunk and, if it is missing, claims it. A claim takes over from an earlier one, so that
    /// a client that lost its connection need not wait for the server to notice.
    ///
    /// - Parameter byteCount: The number of bytes announced by the client; nil if unknown.
    /// - Throws: `ended`, `wrongLayout`, `indexOutOfRange`, `wrongSize`.
    public mutating func claimChunk(_ index: UInt64, byteCount: UInt64?) throws(SessionError) -> ChunkDecision {
        try requirePending()
        let range = try chunkRange(index)
        let lengthKnown = spec.expectedBytes != nil
        if let byteCount {
            let expected = UInt64(range.count)
            guard byteCount == expected || !lengthKnown && mayBeLast(index, byteCount, expected) else {
                throw .wrongSize(expected: expected, actual: byteCount)
            }
        }
        if pieces.contains(index) { return .compare(range) }
        let superseded = writers.first { $0.index == index }?.token
        if let superseded { release(superseded) }
        return .write(claim(index: index, range: range, mayFallShort: !lengthKnown), superseded: superseded)
    }

    /// Whether a chunk can be a short last one: not empty, shorter than the chunk size, and after all durable chunks.
    private func mayBeLast(_ index: UInt64, _ byteCount: UInt64, _ expected: UInt64) -> Bool {
        byteCount > 0 && byteCount < expected && pieces.last.map { $0 < index } ?? true
    }

    /// The range of a chunk; exact if the length is known.
    private func chunkRange(_ index: UInt64) throws(SessionError) -> Range<UInt64> {
        guard let size = spec.chunkSize, size > 0 else { throw .wrongLayout }
        if let count = spec.chunkCount, index >= count { throw .indexOutOfRange(index: index, count: count) }
        let (start, overflow) = index.multipliedReportingOverflow(by: size)
        let length = spec.expectedBytes ?? Session.lengthMax
        // If the length is unknown, a full chunk must fit below `lengthMax`.
        guard !overflow, start < length, spec.expectedBytes != nil || size <= length - start else {
            throw .indexOutOfRange(index: index, count: length / size)
        }
        return start..<(size < length - start ? start + size : length)
    }

    /// Checks that `confirmChunk` accepts this number of bytes, before the fact is recorded elsewhere.
    ///
    /// - Throws: as `confirmChunk`.
    public func checkChunk(_ token: WriteToken, byteCount: UInt64) throws(SessionError) {
        try requirePending()
        guard let claim = writers.first(where: { $0.token == token }) else { throw .superseded }
        // The length may have become known since the claim was made.
        let range = try chunkRange(claim.index)
        let expected = UInt64(range.count)
        guard byteCount == expected || spec.expectedBytes == nil && mayBeLast(claim.index, byteCount, expected) else {
            throw .wrongSize(expected: expected, actual: byteCount)
        }
    }

    /// Marks a claimed chunk as durable; call it when its bytes are. In a session of unknown length, a chunk shorter
    /// than the chunk size is the last one and declares the length.
    ///
    /// - Throws: `superseded`, `ended`, `indexOutOfRange`; `wrongSize` if the bytes do not fill the chunk, or if a
    ///   short chunk would be followed by durable ones. Each of them releases the claim.
    public mutating func confirmChunk(_ token: WriteToken, byteCount: UInt64) throws(SessionError) {
        defer { release(token) }
        try checkChunk(token, byteCount: byteCount)
        let claim = try takeClaim(token)
        if byteCount < UInt64(claim.range.count), spec.expectedBytes == nil {
            spec.expectedBytes = claim.range.lowerBound + byteCount
        }
        pieces.insert(claim.index)
    }
}
