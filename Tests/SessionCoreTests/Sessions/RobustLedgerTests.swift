import SessionCore
import Testing

/// What a hostile client, or a damaged record, must not be able to do to the ledger.
@Suite struct RobustLedgerTests {
    private func session(
        _ layout: SessionLayout, _ length: UInt64?, words: [UInt64] = [], offset: UInt64 = 0
    ) -> Session {
        let zero = Timestamp(milliseconds: 0)
        return Session(
            id: SessionId(high: 1, low: 1),
            spec: SessionSpec(layout: layout, expectedBytes: length, owner: SessionOwner(bytes: [1])),
            meta: SessionMeta(createdAt: zero, lastSeen: zero, status: .pending), pieces: PieceSet(words: words),
            offset: offset)
    }

    @Test("a session that was let go and taken in again is named as due once")
    func dueOnce() {
        var fixture = Fixture()
        let id = fixture.begin(.append(length: nil))
        for _ in 0..<3 {
            if let session = fixture.service.release(id) { fixture.service.adopt(session) }
        }
        fixture.clock.set(Fixture.timeToLive + 1)
        #expect(fixture.service.dueForExpiry() == [id])
        #expect(fixture.service.dueForExpiry() == [id], "and stays so within the millisecond")
    }

    @Test("a short repetition of a durable full chunk is of the wrong size, with the length unknown too")
    func shortRepetition() {
        var session = session(.chunks(size: 10), nil, words: [1])
        #expect(throws: SessionError.wrongSize(expected: 10, actual: 3)) { try session.claimChunk(0, byteCount: 3) }
    }

    @Test("a short chunk before durable ones is refused before it is written")
    func shortBeforeDurable() {
        var session = session(.chunks(size: 10), nil, words: [4])
        #expect(throws: SessionError.wrongSize(expected: 10, actual: 3)) { try session.claimChunk(1, byteCount: 3) }
        #expect(!session.hasWriters)
    }

    @Test(
        "a record with pieces past its length is incomplete and traps nowhere",
        arguments: [[5], [0b100000]] as [[UInt64]])
    func piecesPastTheLength(words: [UInt64]) {
        var session = session(.chunks(size: 10), 25, words: words)
        #expect(throws: SessionError.self) { try session.prepareFinish() }
        #expect(throws: SessionError.self) { try session.commit(at: Timestamp(milliseconds: 1)) }
        #expect(!session.isComplete)
    }

    @Test("an offset past the length is incomplete and traps nowhere")
    func offsetPastTheLength() {
        var session = session(.append, 25, offset: 30)
        #expect(throws: SessionError.incomplete(missing: 0)) { try session.prepareFinish() }
    }

    @Test("chunks of no bytes are no layout")
    func chunksOfNothing() {
        var session = session(.chunks(size: 0), nil)
        #expect(throws: SessionError.wrongLayout) { try session.chunkIndex(atOffset: 0) }
        #expect(throws: SessionError.wrongLayout) { try session.claimChunk(0, byteCount: nil) }
    }

    @Test("an append of unknown length is confirmed up to the largest offset there is, and no further")
    func appendPastEverything() throws {
        var session = session(.append, nil)
        let claim = try session.claimAppend(at: 0).0
        #expect(throws: SessionError.exceedsLength(length: Session.lengthMax, wanted: .max)) {
            try session.confirmAppend(claim.token, through: .max)
        }
        #expect(session.offset == 0)
    }

    @Test("the last chunk of the longest upload there is can be claimed")
    func longestUpload() throws {
        var session = session(.chunks(size: 1 << 40), Session.lengthMax)
        let last = try #require(session.spec.chunkCount) - 1
        guard case .write(let claim, _) = try session.claimChunk(last, byteCount: nil) else {
            Issue.record("it is not to be written")
            return
        }
        #expect(claim.range.upperBound == Session.lengthMax)
    }
}
