import Testing

@testable import SessionCore

@Suite struct UnknownLengthTests {
    @Test("full chunks arrive in any order and leave the length open")
    func fullChunks() throws {
        var session = Session.chunks(of: 10, length: nil)
        for index: UInt64 in [7, 0, 3] {
            let claim = try session.claimed(index, byteCount: 10)
            #expect(claim.mayFallShort)
            #expect(claim.range == index * 10..<index * 10 + 10)
            try session.confirmChunk(claim.token, byteCount: 10)
        }
        #expect(session.spec.expectedBytes == nil)
        #expect(session.pieces == PieceSet([0, 3, 7]))
    }

    @Test("a short chunk declares the length", arguments: [1, 5, 9] as [UInt64])
    func shortChunk(byteCount: UInt64) throws {
        var session = Session.chunks(of: 10, length: nil, durable: [0])
        let claim = try session.claimed(2, byteCount: byteCount)
        #expect(session.spec.expectedBytes == nil)
        try session.confirmChunk(claim.token, byteCount: byteCount)
        #expect(session.spec.expectedBytes == 20 + byteCount)
        #expect(session.receivedBytes == 10 + byteCount)
        #expect(!session.isComplete)
        #expect(throws: SessionError.indexOutOfRange(index: 3, count: 3)) { try session.claimChunk(3, byteCount: 10) }
        let gap = try session.claimed(1)
        try session.confirmChunk(gap.token, byteCount: 10)
        #expect(session.isComplete)
    }

    @Test("an empty chunk and an oversized one are refused", arguments: [0, 11, UInt64.max])
    func refusedSize(byteCount: UInt64) throws {
        var session = Session.chunks(of: 10, length: nil)
        let refusal = SessionError.wrongSize(expected: 10, actual: byteCount)
        #expect(throws: refusal) { try session.claimChunk(0, byteCount: byteCount) }
        let claim = try session.claimed(0)
        #expect(throws: refusal) { try session.confirmChunk(claim.token, byteCount: byteCount) }
        #expect(session.spec.expectedBytes == nil)
        #expect(session.pieces == PieceSet())
    }

    @Test("a short chunk before a durable one is refused")
    func shortBeforeDurable() throws {
        var session = Session.chunks(of: 10, length: nil, durable: [2])
        let claim = try session.claimed(1)
        #expect(throws: SessionError.wrongSize(expected: 10, actual: 5)) {
            try session.confirmChunk(claim.token, byteCount: 5)
        }
        #expect(session.spec.expectedBytes == nil)
        #expect(session.pieces == PieceSet([2]))
        let whole = try session.claimed(1)
        try session.confirmChunk(whole.token, byteCount: 10)
        #expect(session.pieces == PieceSet([1, 2]))
    }

    @Test("of two short chunks in parallel the first confirmed declares the length")
    func twoShortChunks() throws {
        var session = Session.chunks(of: 10, length: nil)
        let early = try session.claimed(1, byteCount: 4)
        let late = try session.claimed(3, byteCount: 4)
        try session.confirmChunk(early.token, byteCount: 4)
        #expect(session.spec.expectedBytes == 14)
        #expect(throws: SessionError.indexOutOfRange(index: 3, count: 2)) {
            try session.confirmChunk(late.token, byteCount: 4)
        }
        #expect(session.pieces == PieceSet([1]))
    }

    @Test("a length that becomes known under a writer decides what it may confirm")
    func lengthUnderWriter() throws {
        var session = Session.chunks(of: 10, length: nil)
        let last = try session.claimed(1)
        let past = try session.claimed(2)
        try session.declareLength(15)
        #expect(throws: SessionError.wrongSize(expected: 5, actual: 10)) {
            try session.checkChunk(last.token, byteCount: 10)
        }
        try session.confirmChunk(last.token, byteCount: 5)
        #expect(throws: SessionError.indexOutOfRange(index: 2, count: 2)) {
            try session.confirmChunk(past.token, byteCount: 10)
        }
        #expect(session.receivedBytes == 5)
        #expect(session.spec.expectedBytes == 15)
    }
}
