import SessionCore
import Testing

@Suite struct CountingTests {
    @Test("active sessions are counted for their owner, until they end")
    func countActive() throws {
        var fixture = Fixture()
        let spec = SessionSpec.append(length: 0, owner: .alice)
        let ids = (0..<4).map { _ in fixture.begin(spec) }
        _ = fixture.begin(.append(length: 0, owner: .bob))
        #expect(fixture.service.countActive(for: .alice) == 4)
        #expect(fixture.service.countActive(for: .bob) == 1)
        #expect(fixture.service.countActive(for: SessionOwner(bytes: [])) == 0)
        try fixture.service.finish(ids[0])
        try fixture.service.abort(ids[1])
        try fixture.service.update(ids[2]) { session in session.expire(at: Timestamp(milliseconds: 1)) }
        #expect(fixture.service.countActive(for: .alice) == 1)
        fixture.service.release(ids[3])
        #expect(fixture.service.countActive(for: .alice) == 0)
        #expect(fixture.service.countActive(for: .bob) == 1)
    }

    @Test("an end that is repeated is counted once")
    func endedTwice() throws {
        var fixture = Fixture()
        let id = fixture.begin(.append(length: 0))
        _ = fixture.begin(.append(length: 0))
        try fixture.service.finish(id)
        try fixture.service.finish(id)
        #expect(throws: SessionError.self) { try fixture.service.abort(id) }
        fixture.service.release(id)
        #expect(fixture.service.countActive(for: .alice) == 1)
    }

    @Test("a change that ends the session and then throws is counted")
    func endThenThrow() {
        var fixture = Fixture()
        let id = fixture.begin(.append(length: 0))
        #expect(throws: SessionError.wrongLayout) {
            try fixture.service.update(id) { session throws(SessionError) in
                try session.abort(at: Timestamp(milliseconds: 1))
                throw .wrongLayout
            }
        }
        #expect(fixture.service.countActive(for: .alice) == 0)
    }

    @Test("a change answers with its own result")
    func updateResult() throws {
        var fixture = Fixture()
        let id = fixture.begin(.chunks(of: 10, length: 25))
        let count = try fixture.service.update(id) { session in session.spec.chunkCount }
        #expect(count == 3)
    }

    @Test("sessions are listed in the order of their ids")
    func list() {
        var fixture = Fixture()
        for number: UInt64 in [5, 1, 4, 2, 3] {
            fixture.service.adopt(.recorded(.append(length: nil), id: .number(number)))
        }
        #expect(fixture.service.list().map(\.id) == (1...5).map { SessionId.number($0) })
    }

    @Test("sessions begun at different times are listed in the order of their creation")
    func listByCreation() {
        var fixture = Fixture()
        let ids = (0..<20).map { number in
            fixture.clock.set(Int64(number))
            return fixture.begin(.append(length: nil))
        }
        #expect(fixture.service.list().map(\.id) == ids)
    }

    @Test("each status is counted, and the total is all of them")
    func countByStatus() {
        var fixture = Fixture()
        #expect(fixture.service.countByStatus() == StatusCounts())
        let statuses = [.pending, .pending, .pending] + SessionStatus.endings + SessionStatus.endings.dropFirst()
        for (number, status) in statuses.enumerated() {
            fixture.service.adopt(.recorded(.append(length: nil), status: status, id: .number(UInt64(number))))
        }
        var counts = StatusCounts()
        counts.pending = 3
        counts.committed = 1
        counts.aborted = 2
        counts.expired = 2
        #expect(fixture.service.countByStatus() == counts)
        #expect(fixture.service.total == 8)
    }

    @Test("random operations keep every count what a recount gives", arguments: UInt64(0)..<20)
    func recount(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var fixture = Fixture()
        let owners = [SessionOwner.alice, .bob]
        for step in 0..<Int64(400) {
            fixture.clock.set(step * 20)
            let id = fixture.service.list().randomElement(using: &random)?.id ?? .number(0)
            switch UInt64.random(in: 0..<8, using: &random) {
            case 0...2: _ = fixture.begin(.append(length: nil, owner: owners.randomElement(using: &random) ?? .alice))
            case 3: try? fixture.service.finish(id)
            case 4: try? fixture.service.abort(id)
            case 5: if let session = fixture.service.release(id), random.oneIn(2) { fixture.service.adopt(session) }
            case 6: _ = fixture.service.tickTTL()
            default:
                try? fixture.service.update(id) { session in session.touch(at: Timestamp(milliseconds: step * 20)) }
            }
            let held = fixture.service.list()
            for owner in owners {
                let active = held.count { $0.meta.status.isPending && $0.spec.owner == owner }
                #expect(fixture.service.countActive(for: owner) == UInt64(active), "seed \(seed), step \(step)")
            }
            #expect(fixture.service.total == held.count, "seed \(seed), step \(step)")
            let counts = held.reduce(into: StatusCounts()) { $0.add($1.meta.status) }
            #expect(fixture.service.countByStatus() == counts, "seed \(seed), step \(step)")
        }
    }
}
