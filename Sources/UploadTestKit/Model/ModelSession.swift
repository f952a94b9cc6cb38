import SessionCore

/// A catalogue stores what the ledger decided; it makes the ledger anew from the stored values, as it would from a row.
extension Session {
    func changing(
        length: UInt64? = nil, lastSeen: Timestamp? = nil, status: SessionStatus? = nil, pieces: PieceSet? = nil,
        offset: UInt64? = nil
    ) -> Session {
        Session(
            id: id,
            spec: SessionSpec(
                layout: spec.layout, expectedBytes: length ?? spec.expectedBytes, owner: spec.owner,
                idempotencyKey: spec.idempotencyKey),
            meta: SessionMeta(
                createdAt: meta.createdAt, lastSeen: lastSeen ?? meta.lastSeen, status: status ?? meta.status),
            pieces: pieces ?? self.pieces, offset: offset ?? self.offset)
    }

    /// Committed, and all of it durable: whoever commits has verified that.
    func committed(length: UInt64, at now: Timestamp) -> Session {
        guard let chunkSize = spec.chunkSize else {
            return changing(
                length: length, lastSeen: max(meta.lastSeen, now), status: .committed(at: now), offset: length)
        }
        var all = PieceSet()
        for index in 0..<(length / chunkSize + (length % chunkSize == 0 ? 0 : 1)) { all.insert(index) }
        return changing(
            length: length, lastSeen: max(meta.lastSeen, now), status: .committed(at: now), pieces: all)
    }
}

extension PieceSet {
    func inserting(_ index: UInt64) -> PieceSet {
        var copy = self
        copy.insert(index)
        return copy
    }
}
