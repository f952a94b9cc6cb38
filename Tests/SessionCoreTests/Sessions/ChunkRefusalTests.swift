import Testing

@testable import SessionCore

@Suite struct ChunkRefusalTests {
    @Test(
        "a chunk of another size than its place has is refused",
        arguments: [
            (UInt64(0), UInt64(9), UInt64(10)), (0, 11, 10), (0, 0, 10), (1, 5, 10), (2, 4, 5), (2, 6, 5), (2, 10, 5),
            (2, .max, 5),
        ])
    func wrongSize(index: UInt64, byteCount: UInt64, expected: UInt64) {
        var session = Session.chunks(of: 10, length: 25)
        let before = session.snapshot
        #expect(throws: SessionError.wrongSize(expected: expected, actual: byteCount)) {
            try session.claimChunk(index, byteCount: byteCount)
        }
        #expect(session.snapshot == before)
    }

    @Test("an index at or past the number of chunks is refused", arguments: [3, 4, 1 << 40, UInt64.max / 10, .max])
    func indexOutOfRange(index: UInt64) {
        var session = Session.chunks(of: 10, length: 25)
        let before = session.snapshot
        #expect(throws: SessionError.indexOutOfRange(index: index, count: 3)) {
            try session.claimChunk(index, byteCount: nil)
        }
        #expect(session.snapshot == before)
    }

    @Test("an empty upload has no chunk at all")
    func emptyUpload() {
        var session = Session.chunks(of: 10, length: 0)
        #expect(throws: SessionError.indexOutOfRange(index: 0, count: 0)) {
            try session.claimChunk(0, byteCount: 0)
        }
    }

    private static let hugePieces: [(size: UInt64, index: UInt64)] = [
        (1, .max), (10, .max), (10, .max / 10), (10, 922_337_203_685_477_580), (1 << 40, 1 << 23), (1 << 62, 4),
        (.max, 0), (.max, 1), (.max, .max), (1 << 63, 0), (1 << 63, 2),
    ]

    @Test("an index whose bytes would lie past 2^63 is refused without overflow", arguments: hugePieces)
    func hugeIndex(size: UInt64, index: UInt64) {
        var session = Session.chunks(of: size, length: nil)
        #expect(throws: SessionError.indexOutOfRange(index: index, count: UInt64(Int64.max) / size)) {
            try session.claimChunk(index, byteCount: nil)
        }
        #expect(!session.hasWriters)
    }

    @Test("the last index below 2^63 is claimed without memory for those before it")
    func lastIndex() throws {
        var session = Session.chunks(of: 8, length: nil)
        let index = UInt64(Int64.max) / 8 - 1
        let claim = try session.claimed(index)
        #expect(claim.range == index * 8..<(index + 1) * 8)
        #expect(session.pieces.words == [])
    }

    @Test("only an offset at the start of a chunk names one")
    func alignment() throws {
        let session = Session.chunks(of: 10, length: 25)
        #expect(try session.chunkIndex(atOffset: 0) == 0)
        #expect(try session.chunkIndex(atOffset: 20) == 2)
        for offset: UInt64 in [1, 9, 11, 25, .max] {
            #expect(throws: SessionError.unaligned(offset: offset, chunkSize: 10)) {
                try session.chunkIndex(atOffset: offset)
            }
        }
    }

    @Test("a session that is appended to has no chunks")
    func appendHasNoChunks() {
        var session = Session.append(length: 25)
        #expect(throws: SessionError.wrongLayout) { try session.claimChunk(0, byteCount: 10) }
        #expect(throws: SessionError.wrongLayout) { try session.chunkIndex(atOffset: 0) }
    }

    @Test("a session that has ended takes no chunk, not even a durable one", arguments: SessionStatus.endings)
    func ended(status: SessionStatus) {
        var session = Session.chunks(of: 10, length: 25, durable: [0], status: status)
        let before = session.snapshot
        for index: UInt64 in [0, 1, 99] {
            #expect(throws: SessionError.ended(status)) { try session.claimChunk(index, byteCount: nil) }
        }
        #expect(session.snapshot == before)
    }

    @Test("a session that ended under a writer refuses its confirmation")
    func endedUnderWriter() throws {
        var session = Session.chunks(of: 10, length: 25)
        let claim = try session.claimed(0)
        let end = Timestamp(milliseconds: 5)
        try session.abort(at: end)
        #expect(!session.holds(claim.token))
        #expect(throws: SessionError.ended(.aborted(at: end))) {
            try session.confirmChunk(claim.token, byteCount: 10)
        }
        #expect(throws: SessionError.ended(.aborted(at: end))) {
            try session.checkChunk(claim.token, byteCount: 10)
        }
        #expect(session.receivedBytes == 0)
    }
}
