import Testing

@testable import SessionCore

@Suite struct AdoptReleaseTests {
    private let ttl = Fixture.timeToLive

    @Test("an adopted session is held as it was recorded")
    func adopt() throws {
        var fixture = Fixture(now: 900)
        let recorded = Session.recorded(.chunks(of: 10, length: 25), durable: [0, 2], createdAt: 3, lastSeen: 400)
        fixture.service.adopt(recorded)
        #expect(try fixture.session(recorded.id).snapshot == recorded.snapshot)
        #expect(fixture.service.countActive(for: .alice) == 1)
        #expect(fixture.service.receivedCount(recorded.id) == 2)
    }

    @Test("a session that is held already stays as it is")
    func adoptTwice() throws {
        var fixture = Fixture()
        fixture.service.adopt(.recorded(.append(length: 25), offset: 9))
        fixture.service.adopt(.recorded(.append(length: 25, owner: .bob), offset: 3))
        #expect(try fixture.session(.number(1)).offset == 9)
        #expect(fixture.service.countActive(for: .alice) == 1)
        #expect(fixture.service.countActive(for: .bob) == 0)
        #expect(fixture.service.total == 1)
    }

    @Test("a session that has ended is held but not active", arguments: SessionStatus.endings)
    func adoptEnded(status: SessionStatus) throws {
        var fixture = Fixture(now: 100 * ttl)
        fixture.service.adopt(.recorded(.append(length: 25), status: status))
        #expect(fixture.status(.number(1)) == status)
        #expect(fixture.service.countActive(for: .alice) == 0)
        #expect(fixture.service.tickTTL() == [])
        #expect(fixture.service.release(.number(1))?.meta.status == status)
        #expect(fixture.service.countActive(for: .alice) == 0)
    }

    @Test("a released session is handed back, is active no more, and may come again")
    func release() throws {
        var fixture = Fixture()
        let id = fixture.begin(.append(length: nil))
        try fixture.service.update(id) { session in session.touch(at: Timestamp(milliseconds: 77)) }
        let handedBack = fixture.service.release(id)
        let released = try #require(handedBack)
        #expect(released.meta.lastSeen == Timestamp(milliseconds: 77))
        #expect(!fixture.service.exists(id))
        #expect(fixture.service.total == 0)
        #expect(fixture.service.countActive(for: .alice) == 0)
        fixture.service.adopt(released)
        #expect(fixture.service.countActive(for: .alice) == 1)
        #expect(try fixture.session(id).snapshot == released.snapshot)
    }

    @Test("a session that comes again keeps its own deadline")
    func deadlineAfterReturn() throws {
        var fixture = Fixture()
        let id = fixture.begin(.append(length: nil))
        let handedBack = fixture.service.release(id)
        var released = try #require(handedBack)
        released.touch(at: Timestamp(milliseconds: 500))
        fixture.service.adopt(released)
        fixture.clock.set(500 + ttl)
        #expect(fixture.service.tickTTL() == [])
        fixture.clock.set(500 + ttl + 1)
        #expect(fixture.service.tickTTL() == [id])
        #expect(fixture.status(id) == .expired(at: Timestamp(milliseconds: 500 + ttl + 1)))
    }

    @Test("10,000 rounds of adopting and releasing one session leave no queue behind")
    func memoryOfOne() throws {
        var fixture = Fixture()
        for round in 0..<Int64(10_000) {
            fixture.service.adopt(.recorded(.append(length: nil), lastSeen: round))
            fixture.service.release(.number(1))
        }
        #expect(try fixture.service.deadlineCount() <= 66)
        #expect(fixture.service.countActive(for: .alice) == 0)
    }

    @Test("rounds of adopting and releasing beside held sessions leave a queue of their size")
    func memoryBesideOthers() throws {
        var fixture = Fixture()
        for number in 0..<UInt64(100) { fixture.service.adopt(.recorded(.append(length: nil), id: .number(number))) }
        for number in 1000..<UInt64(11_000) {
            fixture.service.adopt(.recorded(.append(length: nil), id: .number(number)))
            fixture.service.release(.number(number))
        }
        #expect(fixture.service.total == 100)
        #expect(try fixture.service.deadlineCount() <= 64 + 2 * 101)
        fixture.clock.set(ttl + 1)
        #expect(Set(fixture.service.tickTTL()) == Set((0..<100).map { SessionId.number($0) }))
    }
}
