import Testing

@testable import SessionCore

@Suite struct ChunkClaimTests {
    @Test(
        "a claim names exactly the bytes of its chunk",
        arguments: [(UInt64(0), UInt64(0)..<10), (1, 10..<20), (2, 20..<25)])
    func range(index: UInt64, range: Range<UInt64>) throws {
        var session = Session.chunks(of: 10, length: 25)
        let claim = try session.claimed(index)
        #expect(claim.index == index)
        #expect(claim.range == range)
        #expect(!claim.mayFallShort)
        #expect(session.holds(claim.token))
    }

    @Test("a claimed chunk is still missing, a confirmed one is durable")
    func claimThenConfirm() throws {
        var session = Session.chunks(of: 10, length: 25)
        let claim = try session.claimed(1, byteCount: 10)
        #expect(session.hasWriters)
        #expect(session.receivedBytes == 0)
        #expect(session.receivedCount == 0)
        try session.confirmChunk(claim.token, byteCount: 10)
        #expect(!session.hasWriters)
        #expect(session.pieces == PieceSet([1]))
        #expect(session.receivedBytes == 10)
        #expect(session.contiguousBytes == 0)
        #expect(session.durableEnd == 20)
    }

    @Test("a durable chunk is to be compared, not written", arguments: [(UInt64(0), UInt64(0)..<10), (2, 20..<25)])
    func repeated(index: UInt64, range: Range<UInt64>) throws {
        var session = Session.chunks(of: 10, length: 25, durable: [0, 2])
        #expect(try session.claimChunk(index, byteCount: UInt64(range.count)) == .compare(range))
        #expect(try session.claimChunk(index, byteCount: nil) == .compare(range))
        #expect(!session.hasWriters)
    }

    @Test("a second claim takes over: the first is superseded and its late release harms nobody")
    func takeover() throws {
        var session = Session.chunks(of: 10, length: 25)
        let first = try session.claimed(1)
        let decision = try session.claimChunk(1, byteCount: nil)
        let second = try #require(decision.claim)
        #expect(decision.superseded == first.token)
        #expect(second.token != first.token)
        #expect(second.range == first.range)
        #expect(!session.holds(first.token))

        session.release(first.token)
        #expect(session.holds(second.token))
        #expect(throws: SessionError.superseded) { try session.confirmChunk(first.token, byteCount: 10) }
        #expect(session.pieces == PieceSet())
        try session.confirmChunk(second.token, byteCount: 10)
        #expect(session.pieces == PieceSet([1]))
    }

    @Test("a superseded writer cannot confirm after its successor did")
    func lateConfirm() throws {
        var session = Session.chunks(of: 10, length: 25)
        let first = try session.claimed(0)
        let second = try session.claimed(0)
        try session.confirmChunk(second.token, byteCount: 10)
        let before = session.snapshot
        #expect(throws: SessionError.superseded) { try session.confirmChunk(first.token, byteCount: 10) }
        #expect(session.snapshot == before)
    }

    @Test("a token is confirmed once")
    func confirmedOnce() throws {
        var session = Session.chunks(of: 10, length: 25)
        let claim = try session.claimed(0)
        try session.confirmChunk(claim.token, byteCount: 10)
        #expect(throws: SessionError.superseded) { try session.confirmChunk(claim.token, byteCount: 10) }
        #expect(session.receivedBytes == 10)
    }

    @Test("different chunks are claimed in parallel and confirmed in any order")
    func parallel() throws {
        var session = Session.chunks(of: 10, length: 25)
        let decisions = try [0, 1, 2].map { try session.claimChunk($0, byteCount: nil) }
        #expect(decisions.map(\.superseded) == [nil, nil, nil])
        let claims = decisions.compactMap(\.claim)
        #expect(Set(claims.map(\.token)).count == 3)
        try session.confirmChunk(claims[2].token, byteCount: 5)
        #expect(session.receivedBytes == 5)
        try session.confirmChunk(claims[0].token, byteCount: 10)
        #expect(session.contiguousBytes == 10)
        try session.confirmChunk(claims[1].token, byteCount: 10)
        #expect(session.contiguousBytes == 25)
        #expect(session.isComplete)
    }

    @Test("a released claim leaves its chunk missing, and releasing it again changes nothing")
    func released() throws {
        var session = Session.chunks(of: 10, length: 25)
        let claim = try session.claimed(1)
        session.release(claim.token)
        session.release(claim.token)
        #expect(!session.hasWriters)
        #expect(throws: SessionError.superseded) { try session.confirmChunk(claim.token, byteCount: 10) }
        let decision = try session.claimChunk(1, byteCount: 10)
        #expect(decision.claim != nil)
        #expect(decision.superseded == nil)
    }

    @Test("a check tells what a confirmation would, and gives nothing up")
    func check() throws {
        var session = Session.chunks(of: 10, length: 25)
        let claim = try session.claimed(2)
        let before = session.snapshot
        try session.checkChunk(claim.token, byteCount: 5)
        #expect(throws: SessionError.wrongSize(expected: 5, actual: 10)) {
            try session.checkChunk(claim.token, byteCount: 10)
        }
        #expect(session.snapshot == before)
        session.release(claim.token)
        #expect(throws: SessionError.superseded) { try session.checkChunk(claim.token, byteCount: 5) }
    }

    @Test("a claim that is confirmed with another size is given up", arguments: [0, 1, 4, 6, 10, UInt64.max])
    func confirmedWithWrongSize(byteCount: UInt64) throws {
        var session = Session.chunks(of: 10, length: 25)
        let claim = try session.claimed(2)
        let before = session.pieces
        #expect(throws: SessionError.wrongSize(expected: 5, actual: byteCount)) {
            try session.confirmChunk(claim.token, byteCount: byteCount)
        }
        #expect(session.pieces == before)
        #expect(!session.holds(claim.token))
        let again = try session.claimed(2)
        try session.confirmChunk(again.token, byteCount: 5)
        #expect(session.receivedBytes == 5)
    }
}
