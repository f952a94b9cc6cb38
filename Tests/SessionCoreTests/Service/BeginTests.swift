import SessionCore
import Testing

@Suite struct BeginTests {
    @Test("a new session is pending, empty, and as old as the clock says")
    func begin() throws {
        var fixture = Fixture(now: 1_700_000_000_000)
        let spec = SessionSpec(
            layout: .chunks(size: 10), expectedBytes: 25, owner: .bob, idempotencyKey: IdempotencyKey(bytes: [1, 2]))
        let id = fixture.begin(spec)
        let session = try fixture.session(id)
        let now = Timestamp(milliseconds: 1_700_000_000_000)
        #expect(session.id == id)
        #expect(session.spec == spec)
        #expect(session.meta == SessionMeta(createdAt: now, lastSeen: now, status: .pending))
        #expect(session.pieces == PieceSet())
        #expect(session.offset == 0)
        #expect(!session.hasWriters)
        #expect(id.high >> 16 == 1_700_000_000_000)
    }

    @Test("every begin names another session")
    func distinct() {
        var fixture = Fixture()
        let spec = SessionSpec.append(length: nil)
        let ids = Set((0..<100).map { _ in fixture.begin(spec) })
        #expect(ids.count == 100)
        #expect(fixture.service.total == 100)
    }

    @Test("an id that is taken is drawn again")
    func drawnAgain() {
        var service = SessionService(clock: ManualClock(), timeToLiveMilliseconds: 1)
        var random = ScriptedRandom(numbers: [1, 4, 1, 4, 2, 8])
        let first = service.begin(.append(length: 1), using: &random)
        let second = service.begin(.append(length: 2), using: &random)
        #expect(first == SessionId(high: 0x7001, low: 0x8000_0000_0000_0001))
        #expect(second == SessionId(high: 0x7002, low: 0x8000_0000_0000_0002))
        #expect(service.get(first)?.spec.expectedBytes == 1)
    }

    @Test("a session begins under a given id")
    func beginWithId() throws {
        var fixture = Fixture(now: 5)
        try fixture.service.beginWithId(.number(3), .chunks(of: 10, length: 25))
        let session = try fixture.session(.number(3))
        #expect(session.spec == .chunks(of: 10, length: 25))
        #expect(session.meta.createdAt == Timestamp(milliseconds: 5))
        #expect(session.meta.status == .pending)
    }

    @Test("the id of a pending session is taken")
    func idOfPending() throws {
        var fixture = Fixture()
        let id = fixture.begin(.chunks(of: 10, length: 25, owner: .alice))
        #expect(throws: SessionError.alreadyExists) {
            try fixture.service.beginWithId(id, .chunks(of: 10, length: 25, owner: .bob))
        }
        #expect(try fixture.session(id).spec.owner == .alice)
        #expect(fixture.service.countActive(for: .bob) == 0)
        #expect(fixture.service.total == 1)
    }

    @Test("the id of a session that has ended stays taken", arguments: SessionStatus.endings)
    func idOfEnded(status: SessionStatus) {
        var fixture = Fixture()
        fixture.service.adopt(.recorded(.append(length: 0), status: status, id: .number(3)))
        #expect(throws: SessionError.alreadyExists) { try fixture.service.beginWithId(.number(3), .append(length: 0)) }
        #expect(fixture.status(.number(3)) == status)
        #expect(fixture.service.countActive(for: .alice) == 0)
    }

    @Test("what was never begun does not exist")
    func notFound() {
        var fixture = Fixture()
        #expect(!fixture.service.exists(.number(1)))
        #expect(fixture.service.get(.number(1)) == nil)
        #expect(fixture.service.receivedCount(.number(1)) == nil)
        #expect(fixture.put(.number(1), 0, [1]) == .refused(.notFound))
        #expect(throws: SessionError.notFound) { try fixture.service.finish(.number(1)) }
        #expect(throws: SessionError.notFound) { try fixture.service.abort(.number(1)) }
        #expect(throws: SessionError.notFound) { try fixture.service.update(.number(1)) { _ in } }
        #expect(fixture.service.release(.number(1)) == nil)
        #expect(fixture.service.total == 0)
        #expect(fixture.sink.writes == [])
    }
}
