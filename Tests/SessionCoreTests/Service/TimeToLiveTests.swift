import SessionCore
import Testing

@Suite struct TimeToLiveTests {
    private let ttl = Fixture.timeToLive

    @Test("a session expires after the last millisecond of its time to live, not at it")
    func exactMillisecond() {
        var fixture = Fixture(now: 100)
        let id = fixture.begin(.append(length: nil))
        for now in [100, 100 + ttl - 1, 100 + ttl] {
            fixture.clock.set(now)
            #expect(fixture.service.tickTTL() == [])
            #expect(fixture.status(id) == .pending)
        }
        fixture.clock.set(100 + ttl + 1)
        #expect(fixture.service.tickTTL() == [id])
        #expect(fixture.status(id) == .expired(at: Timestamp(milliseconds: 100 + ttl + 1)))
        #expect(fixture.service.tickTTL() == [])
    }

    @Test("the time to live counts from the last use, not from the creation")
    func lastUse() throws {
        var fixture = Fixture()
        let id = fixture.begin(.chunks(of: 1, length: 9))
        fixture.clock.set(ttl)
        #expect(fixture.put(id, 0, [1]) == .durable)
        fixture.clock.set(ttl + 1)
        #expect(fixture.service.tickTTL() == [])
        fixture.clock.set(2 * ttl)
        #expect(fixture.service.tickTTL() == [])
        fixture.clock.set(2 * ttl + 1)
        #expect(fixture.service.tickTTL() == [id])
    }

    @Test("repeated use pushes the deadline on for as long as it goes on")
    func repeatedUse() throws {
        var fixture = Fixture()
        let id = fixture.begin(.append(length: nil))
        for round in 1...50 {
            fixture.clock.set(Int64(round) * ttl)
            #expect(fixture.service.tickTTL() == [])
            let now = fixture.clock.now()
            try fixture.service.update(id) { session in session.touch(at: now) }
        }
        fixture.clock.set(51 * ttl)
        #expect(fixture.service.tickTTL() == [])
        fixture.clock.set(51 * ttl + 1)
        #expect(fixture.service.tickTTL() == [id])
    }

    @Test("a clock that steps back expires nothing and takes no use back")
    func stepBack() throws {
        var fixture = Fixture(now: 10_000)
        let id = fixture.begin(.chunks(of: 1, length: 9))
        fixture.clock.set(5_000)
        #expect(fixture.service.tickTTL() == [])
        #expect(fixture.put(id, 0, [1]) == .durable)
        #expect(try fixture.session(id).meta.lastSeen == Timestamp(milliseconds: 10_000))
        fixture.clock.set(10_000 + ttl)
        #expect(fixture.service.tickTTL() == [])
        fixture.clock.set(10_000 + ttl + 1)
        #expect(fixture.service.tickTTL() == [id])
    }

    @Test("a sweep ends what is due and leaves others alone, of the same owner too")
    func leavesOthers() {
        var fixture = Fixture()
        let old = fixture.begin(.append(length: nil, owner: .alice))
        let oldOfBob = fixture.begin(.append(length: nil, owner: .bob))
        fixture.clock.set(1)
        let young = fixture.begin(.append(length: nil, owner: .alice))
        let youngOfBob = fixture.begin(.append(length: nil, owner: .bob))
        fixture.clock.set(ttl + 1)
        #expect(Set(fixture.service.tickTTL()) == [old, oldOfBob])
        #expect(fixture.status(young) == .pending)
        #expect(fixture.status(youngOfBob) == .pending)
        #expect(fixture.service.countActive(for: .alice) == 1)
        #expect(fixture.service.countActive(for: .bob) == 1)
    }

    @Test("a session that has ended does not expire")
    func ended() throws {
        var fixture = Fixture()
        let committed = fixture.begin(.append(length: 0))
        let aborted = fixture.begin(.append(length: nil))
        try fixture.service.finish(committed)
        try fixture.service.abort(aborted)
        fixture.clock.set(ttl + 1)
        #expect(fixture.service.tickTTL() == [])
        #expect(fixture.status(committed) == .committed(at: Timestamp(milliseconds: 0)))
        #expect(fixture.status(aborted) == .aborted(at: Timestamp(milliseconds: 0)))
    }

    @Test("an expiry ends the writers of the session")
    func endsWriters() throws {
        var fixture = Fixture()
        let id = fixture.begin(.append(length: nil))
        let token = try fixture.service.update(id) { session throws(SessionError) in
            try session.claimAppend(at: 0).0.token
        }
        fixture.clock.set(ttl + 1)
        #expect(fixture.service.tickTTL() == [id])
        #expect(throws: SessionError.ended(.expired(at: Timestamp(milliseconds: ttl + 1)))) {
            try fixture.service.update(id) { session throws(SessionError) in
                try session.confirmAppend(token, through: 5)
            }
        }
    }

    @Test("a time to live past the end of time never passes")
    func endless() {
        let clock = ManualClock(1)
        var service = SessionService(clock: clock, timeToLiveMilliseconds: .max)
        var random = SplitMix64(seed: 1)
        let id = service.begin(.append(length: nil), using: &random)
        clock.set(.max)
        #expect(service.tickTTL() == [])
        #expect(service.get(id)?.meta.status == .pending)
    }
}
