/// Names one writer of one piece, until its write is confirmed, given up, or taken over. Tokens are those of one
/// `Session` value: a session that was let go and taken in again starts anew, so its holder must not mix the two.
public struct WriteToken: Hashable, Comparable, Sendable {
    let number: UInt64

    /// Tokens of one session compare in the order in which they were given.
    public static func < (left: WriteToken, right: WriteToken) -> Bool { left.number < right.number }
}

/// The right to write one piece: missing → *writing(token)* → durable.
public struct Claim: Hashable, Sendable {
    public let token: WriteToken
    /// The chunk index; 0 for an append.
    public let index: UInt64
    /// Where bytes may go. Its end is exact where the length is known and the most that is possible where it is not.
    public let range: Range<UInt64>
    /// Whether fewer bytes than the range has may be confirmed.
    public let mayFallShort: Bool
}

/// The ledger of one session: which pieces of a byte string are durable, and who is writing which of the others.
/// A value without effects: deciding (`claim…`) and confirming are separate calls with the write between them, so two
/// writers cannot both pass the check, and a write that failed leaves its piece missing.
///
/// Only what was confirmed is part of the session; writers are not, and are forgotten by a crash.
public struct Session: Sendable {
    public let id: SessionId
    public internal(set) var spec: SessionSpec
    public internal(set) var meta: SessionMeta
    /// The durable chunks of a session of chunks.
    public internal(set) var pieces: PieceSet
    /// How many bytes from the start are durable, for a session that is appended to.
    public internal(set) var offset: UInt64

    /// Offsets fit into a file system's signed ones.
    public static let lengthMax = UInt64(Int64.max)

    var writers: [Claim] = []
    var lastToken: UInt64 = 0

    /// A new session, or one read back from where it was recorded.
    public init(
        id: SessionId, spec: SessionSpec, meta: SessionMeta, pieces: PieceSet = PieceSet(), offset: UInt64 = 0
    ) {
        self.id = id
        self.spec = spec
        self.meta = meta
        self.pieces = pieces
        self.offset = offset
    }
}

// MARK: - Questions

extension Session {
    public var hasWriters: Bool { !writers.isEmpty }

    public func holds(_ token: WriteToken) -> Bool {
        writers.contains { $0.token == token }
    }

    /// How many bytes are durable, gaps not counted.
    public var receivedBytes: UInt64 {
        guard case .chunks(let size) = spec.layout else { return offset }
        let full = pieces.count * size
        guard let length = spec.expectedBytes, let last = pieces.last, last + 1 == spec.chunkCount else { return full }
        let tail = (last + 1) * size - length
        return full - tail
    }

    /// How many bytes from the start are durable without a gap: what a hash of the whole may have seen.
    public var contiguousBytes: UInt64 {
        guard case .chunks(let size) = spec.layout else { return offset }
        let prefix = pieces.firstMissing * size
        return spec.expectedBytes.map { min($0, prefix) } ?? prefix
    }

    /// Where the last durable byte ends, gaps or not: what a file must have at least.
    public var durableEnd: UInt64 {
        guard let size = spec.chunkSize else { return offset }
        let end = pieces.last.map { ($0 + 1) * size } ?? 0
        return min(end, spec.expectedBytes ?? end)
    }

    /// How many pieces are durable: chunks, or bytes of an append.
    public var receivedCount: UInt64 {
        spec.chunkSize == nil ? offset : pieces.count
    }

    /// Whether every byte of a known length is durable.
    public var isComplete: Bool {
        guard let length = spec.expectedBytes else { return false }
        return contiguousBytes == length && receivedBytes == length
    }

    /// The chunk that begins at an offset.
    ///
    /// - Throws: `wrongLayout`, `unaligned`.
    public func chunkIndex(atOffset offset: UInt64) throws(SessionError) -> UInt64 {
        guard let size = spec.chunkSize, size > 0 else { throw .wrongLayout }
        guard offset % size == 0 else { throw .unaligned(offset: offset, chunkSize: size) }
        return offset / size
    }

    func requirePending() throws(SessionError) {
        guard meta.status.isPending else { throw .ended(meta.status) }
    }
}

// MARK: - Writers

extension Session {
    /// Gives the next token to a writer of `range`.
    mutating func claim(index: UInt64, range: Range<UInt64>, mayFallShort: Bool) -> Claim {
        lastToken += 1
        let claim = Claim(
            token: WriteToken(number: lastToken), index: index, range: range, mayFallShort: mayFallShort)
        writers.append(claim)
        return claim
    }

    mutating func takeClaim(_ token: WriteToken) throws(SessionError) -> Claim {
        guard let position = writers.firstIndex(where: { $0.token == token }) else { throw .superseded }
        return writers.remove(at: position)
    }

    /// Gives a claim up: the piece is as missing as it was. Lawful to repeat.
    public mutating func release(_ token: WriteToken) {
        writers.removeAll { $0.token == token }
    }

    /// Ends every claim, as the end of a session does.
    mutating func releaseAll() {
        writers.removeAll()
    }

    /// Notes that the session was used. A clock that stepped back changes nothing.
    public mutating func touch(at now: Timestamp) {
        meta.lastSeen = max(meta.lastSeen, now)
    }
}

// MARK: - Length

extension Session {
    /// Fills in the exact length, or repeats it.
    ///
    /// - Throws: `ended`; `exceedsLength` past `lengthMax`; `lengthConflict` if another length was declared or durable
    ///   bytes lie past this one.
    public mutating func declareLength(_ length: UInt64) throws(SessionError) {
        try requirePending()
        if let known = spec.expectedBytes {
            guard known == length else { throw .lengthConflict(known: known, declared: length) }
            return
        }
        guard length <= Session.lengthMax else { throw .exceedsLength(length: Session.lengthMax, wanted: length) }
        // Without a known length every durable chunk is a full one: a short one would have declared the length.
        let end = spec.chunkSize.map { size in pieces.last.map { ($0 + 1) * size } ?? 0 } ?? offset
        guard end <= length else { throw .lengthConflict(known: end, declared: length) }
        spec.expectedBytes = length
    }
}
