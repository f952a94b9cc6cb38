import SessionCore
import Testing

@Suite struct DueForExpiryTests {
    private let ttl = Fixture.timeToLive

    @Test("asking what is due changes no session")
    func changesNothing() {
        var fixture = Fixture()
        let id = fixture.begin(.append(length: nil))
        fixture.clock.set(ttl + 1)
        #expect(fixture.service.dueForExpiry() == [id])
        #expect(fixture.status(id) == .pending)
        #expect(fixture.service.countActive(for: .alice) == 1)
    }

    @Test("a session stays due until it is ended")
    func untilEnded() throws {
        var fixture = Fixture()
        let id = fixture.begin(.append(length: nil))
        for now in ttl + 1...ttl + 20 {
            fixture.clock.set(now)
            #expect(fixture.service.dueForExpiry() == [id])
        }
        let end = fixture.clock.now()
        try fixture.service.update(id) { session in session.expire(at: end) }
        fixture.clock.set(ttl + 21)
        #expect(fixture.service.dueForExpiry() == [])
        #expect(fixture.service.countActive(for: .alice) == 0)
    }

    @Test("a session that was due and is used after all is not due any more")
    func usedAfterAll() throws {
        var fixture = Fixture()
        let id = fixture.begin(.append(length: nil))
        fixture.clock.set(ttl + 1)
        #expect(fixture.service.dueForExpiry() == [id])
        let use = fixture.clock.now()
        try fixture.service.update(id) { session in session.touch(at: use) }
        fixture.clock.set(2 * ttl + 1)
        #expect(fixture.service.dueForExpiry() == [])
        fixture.clock.set(2 * ttl + 2)
        #expect(fixture.service.dueForExpiry() == [id])
    }

    @Test("of 100,000 sessions only those that are due are named, and none is queued twice")
    func onlyDue() throws {
        var fixture = Fixture()
        let count: Int64 = 100_000
        for number in 0..<count {
            fixture.service.adopt(
                .recorded(.append(length: nil), id: .number(UInt64(number)), createdAt: 0, lastSeen: number))
        }
        fixture.clock.set(ttl + 10)
        #expect(fixture.service.dueForExpiry() == (0..<10).map { SessionId.number($0) })
        #expect(try fixture.service.deadlineCount() == 100_000)
    }

    @Test("sessions are named in the order in which they became due")
    func order() {
        var fixture = Fixture()
        for (number, lastSeen) in [(1, 30), (2, 10), (3, 20)] as [(UInt64, Int64)] {
            fixture.service.adopt(.recorded(.append(length: nil), id: .number(number), lastSeen: lastSeen))
        }
        fixture.clock.set(ttl + 100)
        #expect(fixture.service.dueForExpiry() == [.number(2), .number(3), .number(1)])
    }

    @Test("a session that was recorded long ago is due as soon as it is adopted")
    func adoptedLate() {
        var fixture = Fixture(now: 100 * ttl)
        fixture.service.adopt(.recorded(.append(length: nil), id: .number(1), lastSeen: 5))
        #expect(fixture.service.tickTTL() == [.number(1)])
    }

    @Test("a session that was let go is not due")
    func released() {
        var fixture = Fixture()
        let id = fixture.begin(.append(length: nil))
        fixture.service.release(id)
        fixture.clock.set(ttl + 1)
        #expect(fixture.service.dueForExpiry() == [])
    }
}
