import SessionCore

/// What a ledger of chunks is, written down plainly: the size of every durable chunk, and who writes which other one.
struct ChunkModel {
    let size: UInt64
    var length: UInt64?
    var durable: [UInt64: UInt64] = [:]
    var writers: [UInt64: WriteToken] = [:]
    var lastSeen: Int64 = 0
    var status = SessionStatus.pending

    init(size: UInt64, length: UInt64?) {
        self.size = size
        self.length = length
    }

    /// How many bytes fit at an index; nil past the end.
    func room(_ index: UInt64) -> UInt64? {
        guard let length else { return size }
        return index * size < length ? min(size, length - index * size) : nil
    }

    func range(_ index: UInt64) -> Range<UInt64> {
        index * size..<index * size + (room(index) ?? 0)
    }

    // MARK: - What the ledger must answer; nil is yes

    func refusalOfClaim(_ index: UInt64, _ byteCount: UInt64?) -> SessionError? {
        guard status.isPending else { return .ended(status) }
        guard let room = room(index) else { return .indexOutOfRange(index: index, count: chunkCount ?? 0) }
        guard let byteCount else { return nil }
        let fits = byteCount == room || mayBeLast(index, byteCount, room)
        return fits ? nil : .wrongSize(expected: room, actual: byteCount)
    }

    private func mayBeLast(_ index: UInt64, _ byteCount: UInt64, _ room: UInt64) -> Bool {
        length == nil && byteCount > 0 && byteCount < room && !durable.keys.contains { $0 >= index }
    }

    func refusalOfConfirm(_ token: WriteToken, _ byteCount: UInt64) -> SessionError? {
        guard status.isPending else { return .ended(status) }
        guard let index = index(of: token) else { return .superseded }
        guard let room = room(index) else { return .indexOutOfRange(index: index, count: chunkCount ?? 0) }
        if byteCount == room { return nil }
        return mayBeLast(index, byteCount, room) ? nil : .wrongSize(expected: room, actual: byteCount)
    }

    func refusalOfLength(_ declared: UInt64) -> SessionError? {
        guard status.isPending else { return .ended(status) }
        let known = length ?? durableEnd
        let agrees = length == nil ? declared >= known : declared == known
        return agrees ? nil : .lengthConflict(known: known, declared: declared)
    }

    func refusalOfFinish() -> SessionError? {
        switch status {
        case .committed: nil
        case .aborted, .expired: .ended(status)
        case .pending: missing == 0 ? nil : .incomplete(missing: missing)
        }
    }

    // MARK: - Facts

    func index(of token: WriteToken) -> UInt64? {
        writers.first { $0.value == token }?.key
    }

    var chunkCount: UInt64? { length.map { ($0 + size - 1) / size } }
    var receivedBytes: UInt64 { durable.values.reduce(0, +) }
    var durableEnd: UInt64 { durable.map { $0.key * size + $0.value }.max() ?? 0 }

    var contiguousBytes: UInt64 {
        var bytes: UInt64 = 0
        var index: UInt64 = 0
        while let count = durable[index] {
            bytes += count
            index += 1
        }
        return bytes
    }

    /// Missing chunks: below the length, or below the last durable one where that is all there is to go by.
    var missing: UInt64 {
        let end = chunkCount ?? durable.keys.max().map { $0 + 1 } ?? 0
        return UInt64((0..<end).count { durable[$0] == nil })
    }
}
