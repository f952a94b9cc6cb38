import Testing

@testable import SessionCore

extension SessionOwner {
    static let alice = SessionOwner(bytes: Array("alice".utf8))
    static let bob = SessionOwner(bytes: Array("bob".utf8))
}

extension SessionId {
    /// An id that reads well in a test; higher numbers sort later.
    static func number(_ number: UInt64) -> SessionId {
        SessionId(high: 0x0000_0000_0000_7000, low: 0x8000_0000_0000_0000 | number)
    }
}

extension SessionSpec {
    static func chunks(of size: UInt64, length: UInt64?, owner: SessionOwner = .alice) -> SessionSpec {
        SessionSpec(layout: .chunks(size: size), expectedBytes: length, owner: owner)
    }

    static func append(length: UInt64?, owner: SessionOwner = .alice) -> SessionSpec {
        SessionSpec(layout: .append, expectedBytes: length, owner: owner)
    }
}

extension Session {
    /// A session in any state, as if read back from where it was recorded.
    static func recorded(
        _ spec: SessionSpec, durable: [UInt64] = [], offset: UInt64 = 0, status: SessionStatus = .pending,
        id: SessionId = .number(1), createdAt: Int64 = 0, lastSeen: Int64 = 0
    ) -> Session {
        let meta = SessionMeta(
            createdAt: Timestamp(milliseconds: createdAt), lastSeen: Timestamp(milliseconds: lastSeen),
            status: status)
        return Session(id: id, spec: spec, meta: meta, pieces: PieceSet(durable), offset: offset)
    }

    static func chunks(
        of size: UInt64, length: UInt64?, durable: [UInt64] = [], status: SessionStatus = .pending
    ) -> Session {
        recorded(.chunks(of: size, length: length), durable: durable, status: status)
    }

    static func append(length: UInt64?, offset: UInt64 = 0, status: SessionStatus = .pending) -> Session {
        recorded(.append(length: length), offset: offset, status: status)
    }
}

extension PieceSet {
    init(_ indices: some Sequence<UInt64>) {
        self.init()
        for index in indices { insert(index) }
    }
}

extension SessionStatus {
    /// One of each kind that is final.
    static let endings: [SessionStatus] = [
        .committed(at: Timestamp(milliseconds: 7)), .aborted(at: Timestamp(milliseconds: 8)),
        .expired(at: Timestamp(milliseconds: 9)),
    ]
}

// MARK: - Everything there is to know about a session, to compare before and after

struct SessionSnapshot: Equatable {
    let spec: SessionSpec
    let meta: SessionMeta
    let pieces: PieceSet
    let offset: UInt64
    let writers: [Claim]
}

extension Session {
    var snapshot: SessionSnapshot {
        SessionSnapshot(spec: spec, meta: meta, pieces: pieces, offset: offset, writers: writers)
    }

    /// Claims a chunk that is missing; anything else fails at the caller's line.
    mutating func claimed(
        _ index: UInt64, byteCount: UInt64? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Claim {
        let decision = try claimChunk(index, byteCount: byteCount)
        return try #require(decision.claim, "the chunk is durable already", sourceLocation: sourceLocation)
    }
}

extension ChunkDecision {
    var claim: Claim? {
        guard case .write(let claim, _) = self else { return nil }
        return claim
    }

    var superseded: WriteToken? {
        guard case .write(_, let superseded) = self else { return nil }
        return superseded
    }
}
