import Testing

@testable import SessionCore

@Suite struct AppendTests {
    @Test(
        "an append claims everything from its offset to the end",
        arguments: [
            (UInt64(0), UInt64?(25), UInt64(25)), (7, 25, 25), (25, 25, 25), (0, nil, UInt64(Int64.max)),
            (7, nil, UInt64(Int64.max)),
        ])
    func claim(offset: UInt64, length: UInt64?, end: UInt64) throws {
        var session = Session.append(length: length, offset: offset)
        let (claim, superseded) = try session.claimAppend(at: offset)
        #expect(claim.index == 0)
        #expect(claim.range == offset..<end)
        #expect(claim.mayFallShort)
        #expect(superseded == nil)
        #expect(session.holds(claim.token))
        #expect(session.offset == offset)
    }

    @Test("an append at another offset is refused and told the right one", arguments: [0, 6, 8, 25, UInt64.max])
    func mismatch(offset: UInt64) {
        var session = Session.append(length: 25, offset: 7)
        let before = session.snapshot
        #expect(throws: SessionError.offsetMismatch(expected: 7, actual: offset)) {
            try session.claimAppend(at: offset)
        }
        #expect(session.snapshot == before)
    }

    @Test("confirmations move the offset forward while the claim goes on")
    func confirm() throws {
        var session = Session.append(length: 25)
        let (claim, _) = try session.claimAppend(at: 0)
        for offset: UInt64 in [5, 5, 12, 25] {
            try session.confirmAppend(claim.token, through: offset)
            #expect(session.offset == offset)
            #expect(session.receivedBytes == offset)
            #expect(session.holds(claim.token))
        }
        #expect(session.isComplete)
    }

    @Test("a confirmation never moves the offset back")
    func forwardOnly() throws {
        var session = Session.append(length: 25, offset: 10)
        let (claim, _) = try session.claimAppend(at: 10)
        try session.confirmAppend(claim.token, through: 15)
        for offset: UInt64 in [14, 10, 0] {
            try session.confirmAppend(claim.token, through: offset)
            #expect(session.offset == 15)
        }
    }

    @Test("a confirmation past the length is refused and moves nothing", arguments: [26, UInt64.max])
    func pastLength(offset: UInt64) throws {
        var session = Session.append(length: 25, offset: 10)
        let (claim, _) = try session.claimAppend(at: 10)
        let before = session.snapshot
        #expect(throws: SessionError.exceedsLength(length: 25, wanted: offset)) {
            try session.confirmAppend(claim.token, through: offset)
        }
        #expect(session.snapshot == before)
    }

    @Test("a length declared under an append bounds it")
    func lengthUnderAppend() throws {
        var session = Session.append(length: nil)
        let (claim, _) = try session.claimAppend(at: 0)
        try session.confirmAppend(claim.token, through: 10)
        try session.declareLength(12)
        #expect(throws: SessionError.exceedsLength(length: 12, wanted: 13)) {
            try session.confirmAppend(claim.token, through: 13)
        }
        try session.confirmAppend(claim.token, through: 12)
        #expect(session.isComplete)
    }

    @Test("a newer append takes over: what the older made durable stays, its token is void")
    func takeover() throws {
        var session = Session.append(length: 25)
        let (first, _) = try session.claimAppend(at: 0)
        try session.confirmAppend(first.token, through: 8)
        let (second, superseded) = try session.claimAppend(at: 8)
        #expect(superseded == first.token)
        #expect(second.range == 8..<25)
        #expect(throws: SessionError.superseded) { try session.confirmAppend(first.token, through: 20) }
        #expect(session.offset == 8)
        session.release(first.token)
        try session.confirmAppend(second.token, through: 25)
        #expect(session.isComplete)
    }

    @Test("a refused append does not take over")
    func refusedTakeover() throws {
        var session = Session.append(length: 25)
        let (claim, _) = try session.claimAppend(at: 0)
        #expect(throws: SessionError.offsetMismatch(expected: 0, actual: 3)) { try session.claimAppend(at: 3) }
        try session.confirmAppend(claim.token, through: 3)
        #expect(session.offset == 3)
    }

    @Test("an append goes on from the recorded offset")
    func resume() throws {
        var before = Session.append(length: 25)
        let (claim, _) = try before.claimAppend(at: 0)
        try before.confirmAppend(claim.token, through: 11)
        var after = Session(id: before.id, spec: before.spec, meta: before.meta, offset: before.offset)
        #expect(!after.hasWriters)
        let (resumed, superseded) = try after.claimAppend(at: 11)
        #expect(superseded == nil)
        #expect(resumed.range == 11..<25)
        try after.confirmAppend(resumed.token, through: 25)
        #expect(after.isComplete)
    }

    @Test("a released append confirms nothing more")
    func released() throws {
        var session = Session.append(length: 25)
        let (claim, _) = try session.claimAppend(at: 0)
        session.release(claim.token)
        #expect(throws: SessionError.superseded) { try session.confirmAppend(claim.token, through: 5) }
        #expect(session.offset == 0)
    }

    @Test("a session of chunks is not appended to")
    func wrongLayout() {
        var session = Session.chunks(of: 10, length: 25)
        #expect(throws: SessionError.wrongLayout) { try session.claimAppend(at: 0) }
    }

    @Test("a session that has ended is not appended to", arguments: SessionStatus.endings)
    func ended(status: SessionStatus) throws {
        var session = Session.append(length: 25, offset: 7, status: status)
        #expect(throws: SessionError.ended(status)) { try session.claimAppend(at: 7) }
    }

    @Test("a session that ended under an append keeps its offset")
    func endedUnderAppend() throws {
        var session = Session.append(length: 25)
        let (claim, _) = try session.claimAppend(at: 0)
        session.expire(at: Timestamp(milliseconds: 4))
        #expect(throws: SessionError.ended(.expired(at: Timestamp(milliseconds: 4)))) {
            try session.confirmAppend(claim.token, through: 5)
        }
        #expect(session.offset == 0)
    }
}
