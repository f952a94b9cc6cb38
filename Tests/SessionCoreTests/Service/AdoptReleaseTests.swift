import Testing

@testable import SessionCore

@Suite struct AdoptReleaseTests {
    private let ttl = Bench.timeToLive

    @Test("an adopted session is held as it was recorded")
    func adopt() throws {
        var bench = Bench(now: 900)
        let recorded = Session.recorded(.chunks(of: 10, length: 25), durable: [0, 2], createdAt: 3, lastSeen: 400)
        bench.service.adopt(recorded)
        #expect(try bench.session(recorded.id).snapshot == recorded.snapshot)
        #expect(bench.service.countActive(for: .alice) == 1)
        #expect(bench.service.receivedCount(recorded.id) == 2)
    }

    @Test("a session that is held already stays as it is")
    func adoptTwice() throws {
        var bench = Bench()
        bench.service.adopt(.recorded(.append(length: 25), offset: 9))
        bench.service.adopt(.recorded(.append(length: 25, owner: .bob), offset: 3))
        #expect(try bench.session(.number(1)).offset == 9)
        #expect(bench.service.countActive(for: .alice) == 1)
        #expect(bench.service.countActive(for: .bob) == 0)
        #expect(bench.service.total == 1)
    }

    @Test("a session that has ended is held but not active", arguments: SessionStatus.endings)
    func adoptEnded(status: SessionStatus) throws {
        var bench = Bench(now: 100 * ttl)
        bench.service.adopt(.recorded(.append(length: 25), status: status))
        #expect(bench.status(.number(1)) == status)
        #expect(bench.service.countActive(for: .alice) == 0)
        #expect(bench.service.tickTTL() == [])
        #expect(bench.service.release(.number(1))?.meta.status == status)
        #expect(bench.service.countActive(for: .alice) == 0)
    }

    @Test("a released session is handed back, is active no more, and may come again")
    func release() throws {
        var bench = Bench()
        let id = bench.begin(.append(length: nil))
        try bench.service.update(id) { session in session.touch(at: Timestamp(milliseconds: 77)) }
        let handedBack = bench.service.release(id)
        let released = try #require(handedBack)
        #expect(released.meta.lastSeen == Timestamp(milliseconds: 77))
        #expect(!bench.service.exists(id))
        #expect(bench.service.total == 0)
        #expect(bench.service.countActive(for: .alice) == 0)
        bench.service.adopt(released)
        #expect(bench.service.countActive(for: .alice) == 1)
        #expect(try bench.session(id).snapshot == released.snapshot)
    }

    @Test("a session that comes again keeps its own deadline")
    func deadlineAfterReturn() throws {
        var bench = Bench()
        let id = bench.begin(.append(length: nil))
        let handedBack = bench.service.release(id)
        var released = try #require(handedBack)
        released.touch(at: Timestamp(milliseconds: 500))
        bench.service.adopt(released)
        bench.clock.set(500 + ttl)
        #expect(bench.service.tickTTL() == [])
        bench.clock.set(500 + ttl + 1)
        #expect(bench.service.tickTTL() == [id])
        #expect(bench.status(id) == .expired(at: Timestamp(milliseconds: 500 + ttl + 1)))
    }

    @Test("10,000 rounds of adopting and releasing one session leave no queue behind")
    func memoryOfOne() throws {
        var bench = Bench()
        for round in 0..<Int64(10_000) {
            bench.service.adopt(.recorded(.append(length: nil), lastSeen: round))
            bench.service.release(.number(1))
        }
        #expect(try bench.service.deadlineCount() <= 66)
        #expect(bench.service.countActive(for: .alice) == 0)
    }

    @Test("rounds of adopting and releasing beside held sessions leave a queue of their size")
    func memoryBesideOthers() throws {
        var bench = Bench()
        for number in 0..<UInt64(100) { bench.service.adopt(.recorded(.append(length: nil), id: .number(number))) }
        for number in 1000..<UInt64(11_000) {
            bench.service.adopt(.recorded(.append(length: nil), id: .number(number)))
            bench.service.release(.number(number))
        }
        #expect(bench.service.total == 100)
        #expect(try bench.service.deadlineCount() <= 64 + 2 * 101)
        bench.clock.set(ttl + 1)
        #expect(Set(bench.service.tickTTL()) == Set((0..<100).map { SessionId.number($0) }))
    }
}
