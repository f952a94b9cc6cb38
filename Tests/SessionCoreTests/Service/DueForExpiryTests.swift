import SessionCore
import Testing

@Suite struct DueForExpiryTests {
    private let ttl = Bench.timeToLive

    @Test("asking what is due changes no session")
    func changesNothing() {
        var bench = Bench()
        let id = bench.begin(.append(length: nil))
        bench.clock.set(ttl + 1)
        #expect(bench.service.dueForExpiry() == [id])
        #expect(bench.status(id) == .pending)
        #expect(bench.service.countActive(for: .alice) == 1)
    }

    @Test("a session stays due until it is ended")
    func untilEnded() throws {
        var bench = Bench()
        let id = bench.begin(.append(length: nil))
        for now in ttl + 1...ttl + 20 {
            bench.clock.set(now)
            #expect(bench.service.dueForExpiry() == [id])
        }
        let end = bench.clock.now()
        try bench.service.update(id) { session in session.expire(at: end) }
        bench.clock.set(ttl + 21)
        #expect(bench.service.dueForExpiry() == [])
        #expect(bench.service.countActive(for: .alice) == 0)
    }

    @Test("a session that was due and is used after all is not due any more")
    func usedAfterAll() throws {
        var bench = Bench()
        let id = bench.begin(.append(length: nil))
        bench.clock.set(ttl + 1)
        #expect(bench.service.dueForExpiry() == [id])
        let use = bench.clock.now()
        try bench.service.update(id) { session in session.touch(at: use) }
        bench.clock.set(2 * ttl + 1)
        #expect(bench.service.dueForExpiry() == [])
        bench.clock.set(2 * ttl + 2)
        #expect(bench.service.dueForExpiry() == [id])
    }

    @Test("of 100,000 sessions only those that are due are named, and none is queued twice")
    func onlyDue() throws {
        var bench = Bench()
        let count: Int64 = 100_000
        for number in 0..<count {
            bench.service.adopt(
                .recorded(.append(length: nil), id: .number(UInt64(number)), createdAt: 0, lastSeen: number))
        }
        bench.clock.set(ttl + 10)
        #expect(bench.service.dueForExpiry() == (0..<10).map { SessionId.number($0) })
        #expect(try bench.service.deadlineCount() == 100_000)
    }

    @Test("sessions are named in the order in which they became due")
    func order() {
        var bench = Bench()
        for (number, lastSeen) in [(1, 30), (2, 10), (3, 20)] as [(UInt64, Int64)] {
            bench.service.adopt(.recorded(.append(length: nil), id: .number(number), lastSeen: lastSeen))
        }
        bench.clock.set(ttl + 100)
        #expect(bench.service.dueForExpiry() == [.number(2), .number(3), .number(1)])
    }

    @Test("a session that was recorded long ago is due as soon as it is adopted")
    func adoptedLate() {
        var bench = Bench(now: 100 * ttl)
        bench.service.adopt(.recorded(.append(length: nil), id: .number(1), lastSeen: 5))
        #expect(bench.service.tickTTL() == [.number(1)])
    }

    @Test("a session that was let go is not due")
    func released() {
        var bench = Bench()
        let id = bench.begin(.append(length: nil))
        bench.service.release(id)
        bench.clock.set(ttl + 1)
        #expect(bench.service.dueForExpiry() == [])
    }
}
