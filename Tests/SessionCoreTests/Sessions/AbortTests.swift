import Testing

@testable import SessionCore

@Suite struct AbortTests {
    private let now = Timestamp(milliseconds: 50)
    private let later = Timestamp(milliseconds: 60)

    @Test("an abort ends the session and its writers, and asked again keeps its first time")
    func twice() throws {
        var session = Session.chunks(of: 10, length: 25, durable: [0])
        let claim = try session.claimed(1)
        try session.abort(at: now)
        #expect(session.meta.status == .aborted(at: now))
        #expect(!session.holds(claim.token))
        try session.abort(at: later)
        #expect(session.meta.status == .aborted(at: now))
    }

    @Test("a committed session is not aborted")
    func afterCommit() {
        let status = SessionStatus.committed(at: now)
        var session = Session.chunks(of: 10, length: 10, durable: [0], status: status)
        #expect(throws: SessionError.ended(status)) { try session.abort(at: later) }
        #expect(session.meta.status == status)
    }

    @Test("an expired session stays expired when it is aborted")
    func afterExpiry() throws {
        var session = Session.chunks(of: 10, length: 10, status: .expired(at: now))
        try session.abort(at: later)
        #expect(session.meta.status == .expired(at: now))
    }

    @Test("an expiry ends the session and its writers")
    func expiry() throws {
        var session = Session.append(length: 25)
        let (claim, _) = try session.claimAppend(at: 0)
        session.expire(at: now)
        #expect(session.meta.status == .expired(at: now))
        #expect(!session.holds(claim.token))
    }

    @Test("a session that has ended does not expire", arguments: SessionStatus.endings)
    func expiryAfterEnd(status: SessionStatus) {
        var session = Session.chunks(of: 10, length: 10, durable: [0], status: status)
        session.expire(at: later)
        #expect(session.meta.status == status)
    }

    @Test("only a pending session is pending")
    func isPending() {
        #expect(SessionStatus.pending.isPending)
        #expect(SessionStatus.endings.map(\.isPending) == [false, false, false])
    }
}
