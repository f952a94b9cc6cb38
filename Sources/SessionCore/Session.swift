/// Identifies one writer of one piece until its claim is confirmed, released or taken over. A token is valid for one
/// `Session` value only: a session that was released and adopted again numbers its tokens from the start, so a holder
/// must not mix them with earlier ones.
public struct WriteToken: Hashable, Comparable, Sendable {
    let number: UInt64

    /// Tokens of one session are ordered by their claims.
    public static func < (left: WriteToken, right: WriteToken) -> Bool { left.number < right.number }
}

/// The right to write one piece: missing → *writing(token)* → durable.
public struct Claim: Hashable, Sendable {
    public let token: WriteToken
    /// The chunk index; 0 for an append.
    public let index: UInt64
    /// The writable range. Its end is exact if the length is known, otherwise the maximum.
    public let range: Range<UInt64>
    /// Whether fewer bytes than the range holds may be confirmed.
    public let mayFallShort: Bool
}

/// The ledger of one session: its durable pieces, and the claims of writers on missing ones. A value without effects:
/// `claim…` and `confirm…` are separate calls with the write between them, so two writers cannot both pass the check,
/// and a failed write leaves its piece missing.
///
/// Only confirmed pieces are facts to record. Claims exist in memory and do not survive a crash.
public struct Session: Sendable {
    public let id: SessionId
    public internal(set) var spec: SessionSpec
    public internal(set) var meta: SessionMeta
    /// The durable chunks, in chunk layout.
    public internal(set) var pieces: PieceSet
    /// The number of durable bytes from the start, in append layout.
    public internal(set) var offset: UInt64

    /// The largest offset that fits a file system's signed 64-bit offsets.
    public static let lengthMax = UInt64(Int64.max)

    var writers: [Claim] = []
    var lastToken: UInt64 = 0

    /// A new session, or a recorded one.
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

// MARK: - Queries

extension Session {
    public var hasWriters: Bool { !writers.isEmpty }

    public func holds(_ token: WriteToken) -> Bool {
        writers.contains { $0.token == token }
    }

    /// The total number of durable bytes; gaps do not count.
    public var receivedBytes: UInt64 {
        guard case .chunks(let size) = spec.layout else { return offset }
        let full = pieces.count * size
        guard let length = spec.expectedBytes, let last = pieces.last, last + 1 == spec.chunkCount else { return full }
        let tail = (last + 1) * size - length
        return full - tail
    }

    /// The length of the durable prefix without a gap: the maximum that a hash of the whole may cover.
    public var contiguousBytes: UInt64 {
        guard case .chunks(let size) = spec.layout else { return offset }
        let prefix = pieces.firstMissing * size
        return spec.expectedBytes.map { min($0, prefix) } ?? prefix
    }

    /// The offset after the last durable byte, whether or not gaps precede it: the minimum size of the file.
    public var durableEnd: UInt64 {
        guard let size = spec.chunkSize else { return offset }
        let end = pieces.last.map { ($0 + 1) * size } ?? 0
        return min(end, spec.expectedBytes ?? end)
    }

    /// The number of durable pieces: chunks, or bytes of an append.
    public var receivedCount: UInt64 {
        spec.chunkSize == nil ? offset : pieces.count
    }

    /// Whether every byte of a known length is durable.
    public var isComplete: Bool {
        guard let length = spec.expectedBytes else { return false }
        return contiguousBytes == length && receivedBytes == length
    }

    /// The index of the chunk that begins at an offset.
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
    /// Adds a claim of `range` with a new token.
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

    /// Releases a claim; the piece stays missing. Idempotent.
    public mutating func release(_ token: WriteToken) {
        writers.removeAll { $0.token == token }
    }

    /// Releases every claim.
    mutating func releaseAll() {
        writers.removeAll()
    }

    /// Notes a use of the session. A time before the last use changes nothing.
    public mutating func touch(at now: Timestamp) {
        meta.lastSeen = max(meta.lastSeen, now)
    }
}

// MARK: - Length

extension Session {
    /// Declares the exact length. Idempotent.
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
        // Without a known length every durable chunk is full: a short one would have declared the length.
        let end = spec.chunkSize.map { size in pieces.last.map { ($0 + 1) * size } ?? 0 } ?? offset
        guard end <= length else { throw .lengthConflict(known: end, declared: length) }
        spec.expectedBytes = length
    }
}
