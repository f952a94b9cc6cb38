import SessionCore
import Testing

@Suite struct TimeToLiveTests {
    private let ttl = Bench.timeToLive

    @Test("a session expires after the last millisecond of its time to live, not at it")
    func exactMillisecond() {
        var bench = Bench(now: 100)
        let id = bench.begin(.append(length: nil))
        for now in [100, 100 + ttl - 1, 100 + ttl] {
            bench.clock.set(now)
            #expect(bench.service.tickTTL() == [])
            #expect(bench.status(id) == .pending)
        }
        bench.clock.set(100 + ttl + 1)
        #expect(bench.service.tickTTL() == [id])
        #expect(bench.status(id) == .expired(at: Timestamp(milliseconds: 100 + ttl + 1)))
        #expect(bench.service.tickTTL() == [])
    }

    @Test("the time to live counts from the last use, not from the creation")
    func lastUse() throws {
        var bench = Bench()
        let id = bench.begin(.chunks(of: 1, length: 9))
        bench.clock.set(ttl)
        #expect(bench.put(id, 0, [1]) == .durable)
        bench.clock.set(ttl + 1)
        #expect(bench.service.tickTTL() == [])
        bench.clock.set(2 * ttl)
        #expect(bench.service.tickTTL() == [])
        bench.clock.set(2 * ttl + 1)
        #expect(bench.service.tickTTL() == [id])
    }

    @Test("repeated use pushes the deadline on for as long as it goes on")
    func repeatedUse() throws {
        var bench = Bench()
        let id = bench.begin(.append(length: nil))
        for round in 1...50 {
            bench.clock.set(Int64(round) * ttl)
            #expect(bench.service.tickTTL() == [])
            let now = bench.clock.now()
            try bench.service.update(id) { session in session.touch(at: now) }
        }
        bench.clock.set(51 * ttl)
        #expect(bench.service.tickTTL() == [])
        bench.clock.set(51 * ttl + 1)
        #expect(bench.service.tickTTL() == [id])
    }

    @Test("a clock that steps back expires nothing and takes no use back")
    func stepBack() throws {
        var bench = Bench(now: 10_000)
        let id = bench.begin(.chunks(of: 1, length: 9))
        bench.clock.set(5_000)
        #expect(bench.service.tickTTL() == [])
        #expect(bench.put(id, 0, [1]) == .durable)
        #expect(try bench.session(id).meta.lastSeen == Timestamp(milliseconds: 10_000))
        bench.clock.set(10_000 + ttl)
        #expect(bench.service.tickTTL() == [])
        bench.clock.set(10_000 + ttl + 1)
        #expect(bench.service.tickTTL() == [id])
    }

    @Test("a sweep ends what is due and leaves others alone, of the same owner too")
    func leavesOthers() {
        var bench = Bench()
        let old = bench.begin(.append(length: nil, owner: .alice))
        let oldOfBob = bench.begin(.append(length: nil, owner: .bob))
        bench.clock.set(1)
        let young = bench.begin(.append(length: nil, owner: .alice))
        let youngOfBob = bench.begin(.append(length: nil, owner: .bob))
        bench.clock.set(ttl + 1)
        #expect(Set(bench.service.tickTTL()) == [old, oldOfBob])
        #expect(bench.status(young) == .pending)
        #expect(bench.status(youngOfBob) == .pending)
        #expect(bench.service.countActive(for: .alice) == 1)
        #expect(bench.service.countActive(for: .bob) == 1)
    }

    @Test("a session that has ended does not expire")
    func ended() throws {
        var bench = Bench()
        let committed = bench.begin(.append(length: 0))
        let aborted = bench.begin(.append(length: nil))
        try bench.service.finish(committed)
        try bench.service.abort(aborted)
        bench.clock.set(ttl + 1)
        #expect(bench.service.tickTTL() == [])
        #expect(bench.status(committed) == .committed(at: Timestamp(milliseconds: 0)))
        #expect(bench.status(aborted) == .aborted(at: Timestamp(milliseconds: 0)))
    }

    @Test("an expiry ends the writers of the session")
    func endsWriters() throws {
        var bench = Bench()
        let id = bench.begin(.append(length: nil))
        let token = try bench.service.update(id) { session throws(SessionError) in
            try session.claimAppend(at: 0).0.token
        }
        bench.clock.set(ttl + 1)
        #expect(bench.service.tickTTL() == [id])
        #expect(throws: SessionError.ended(.expired(at: Timestamp(milliseconds: ttl + 1)))) {
            try bench.service.update(id) { session throws(SessionError) in
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
