import Testing

@testable import SessionCore

@Suite struct CommitTests {
    private let now = Timestamp(milliseconds: 50)
    private let later = Timestamp(milliseconds: 60)

    @Test("a complete session is committed, and asked again keeps its first time")
    func twice() throws {
        var session = Session.chunks(of: 10, length: 25, durable: [0, 1, 2])
        try session.commit(at: now)
        #expect(session.meta.status == .committed(at: now))
        try session.commit(at: later)
        #expect(session.meta.status == .committed(at: now))
    }

    @Test(
        "missing chunks are counted in chunks",
        arguments: [
            ([], 3), ([0], 2), ([2], 2), ([0, 2], 1),
        ] as [([UInt64], UInt64)])
    func missingChunks(durable: [UInt64], missing: UInt64) {
        var session = Session.chunks(of: 10, length: 25, durable: durable)
        let before = session.snapshot
        #expect(throws: SessionError.incomplete(missing: missing)) { try session.commit(at: now) }
        #expect(throws: SessionError.incomplete(missing: missing)) { try session.prepareFinish() }
        #expect(session.snapshot == before)
    }

    @Test("missing bytes of an append are counted in bytes")
    func missingBytes() {
        var session = Session.append(length: 25, offset: 7)
        #expect(throws: SessionError.incomplete(missing: 18)) { try session.commit(at: now) }
        #expect(session.meta.status == .pending)
    }

    @Test("a chunk that is only claimed is missing")
    func claimed() throws {
        var session = Session.chunks(of: 10, length: 20, durable: [0])
        let claim = try session.claimed(1)
        #expect(throws: SessionError.incomplete(missing: 1)) { try session.commit(at: now) }
        #expect(session.holds(claim.token))
    }

    @Test("an empty upload is complete from the start")
    func empty() throws {
        for var session in [Session.chunks(of: 10, length: 0), .append(length: 0)] {
            try session.commit(at: now)
            #expect(session.meta.status == .committed(at: now))
            #expect(session.spec.chunkCount ?? 0 == 0)
        }
    }

    @Test("finish decides a length that nobody told")
    func decidesLength() throws {
        var chunks = Session.chunks(of: 10, length: nil, durable: [0, 1])
        try chunks.prepareFinish()
        #expect(chunks.spec.expectedBytes == 20)
        #expect(chunks.meta.status == .pending)
        #expect(throws: SessionError.indexOutOfRange(index: 2, count: 2)) { try chunks.claimChunk(2, byteCount: 10) }
        try chunks.commit(at: now)
        #expect(chunks.meta.status == .committed(at: now))

        var append = Session.append(length: nil, offset: 7)
        try append.commit(at: now)
        #expect(append.spec.expectedBytes == 7)
    }

    @Test("finish of nothing at all, length unknown, is an empty upload")
    func decidesEmpty() throws {
        for var session in [Session.chunks(of: 10, length: nil), .append(length: nil)] {
            try session.commit(at: now)
            #expect(session.spec.expectedBytes == 0)
            #expect(session.meta.status == .committed(at: now))
        }
    }

    @Test(
        "a gap leaves an unknown length open",
        arguments: [
            ([1], 1), ([0, 2], 1), ([3], 3), ([0, 64, 130], 128),
        ] as [([UInt64], UInt64)])
    func gaps(durable: [UInt64], missing: UInt64) {
        var session = Session.chunks(of: 10, length: nil, durable: durable)
        #expect(throws: SessionError.incomplete(missing: missing)) { try session.commit(at: now) }
        #expect(session.spec.expectedBytes == nil)
        #expect(session.meta.status == .pending)
    }

    @Test("preparing to finish twice changes nothing the second time")
    func prepareTwice() throws {
        var session = Session.chunks(of: 10, length: nil, durable: [0, 1])
        try session.prepareFinish()
        let before = session.snapshot
        try session.prepareFinish()
        #expect(session.snapshot == before)
    }

    @Test("a commit ends the writers that are left")
    func endsWriters() throws {
        var session = Session.chunks(of: 10, length: nil, durable: [0])
        let claim = try session.claimed(1)
        try session.commit(at: now)
        #expect(!session.hasWriters)
        #expect(throws: SessionError.ended(.committed(at: now))) {
            try session.confirmChunk(claim.token, byteCount: 10)
        }
        #expect(session.spec.expectedBytes == 10)
    }

    @Test("a session that ended otherwise is not committed", arguments: SessionStatus.endings.dropFirst())
    func ended(status: SessionStatus) {
        var session = Session.chunks(of: 10, length: 10, durable: [0], status: status)
        #expect(throws: SessionError.ended(status)) { try session.commit(at: now) }
        #expect(throws: SessionError.ended(status)) { try session.prepareFinish() }
        #expect(session.meta.status == status)
    }
}
