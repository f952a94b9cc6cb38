import SessionCore
import Testing

@Suite struct EndingTests {
    private let bytes: [UInt8] = Array(0..<10)

    /// A fixture with one session of two chunks, of which so many are durable.
    private func fixture(durable: UInt64) -> (Fixture, SessionId) {
        var fixture = Fixture(now: 50)
        let session = Session.recorded(.chunks(of: 10, length: 20), durable: Array(0..<durable), lastSeen: 50)
        fixture.service.adopt(session)
        return (fixture, session.id)
    }

    @Test("finish commits at the clock's time, and asked again keeps it")
    func finishTwice() throws {
        var (fixture, id) = fixture(durable: 2)
        try fixture.service.finish(id)
        fixture.clock.set(60)
        try fixture.service.finish(id)
        #expect(fixture.status(id) == .committed(at: Timestamp(milliseconds: 50)))
        #expect(fixture.service.countActive(for: .alice) == 0)
    }

    @Test("an incomplete session is told how many chunks are missing, and goes on")
    func incomplete() throws {
        var (fixture, id) = fixture(durable: 1)
        #expect(throws: SessionError.incomplete(missing: 1)) { try fixture.service.finish(id) }
        #expect(fixture.status(id) == .pending)
        #expect(fixture.service.countActive(for: .alice) == 1)
        #expect(fixture.put(id, 1, bytes) == .durable)
        try fixture.service.finish(id)
        #expect(fixture.status(id) == .committed(at: Timestamp(milliseconds: 50)))
    }

    @Test("an empty upload is finished without a chunk")
    func empty() throws {
        var fixture = Fixture(now: 50)
        for spec in [SessionSpec.chunks(of: 10, length: 0), .append(length: 0), .append(length: nil)] {
            let id = fixture.begin(spec)
            try fixture.service.finish(id)
            #expect(fixture.status(id) == .committed(at: Timestamp(milliseconds: 50)))
        }
    }

    @Test("abort ends at the clock's time, and asked again keeps it")
    func abortTwice() throws {
        var (fixture, id) = fixture(durable: 1)
        try fixture.service.abort(id)
        fixture.clock.set(60)
        try fixture.service.abort(id)
        #expect(fixture.status(id) == .aborted(at: Timestamp(milliseconds: 50)))
        #expect(fixture.service.countActive(for: .alice) == 0)
        #expect(fixture.service.exists(id))
    }

    @Test("a committed session is not aborted, an aborted one is not committed")
    func crossed() throws {
        var (committed, id) = fixture(durable: 2)
        let end = Timestamp(milliseconds: 50)
        try committed.service.finish(id)
        #expect(throws: SessionError.ended(.committed(at: end))) { try committed.service.abort(id) }
        #expect(committed.status(id) == .committed(at: end))

        var (aborted, _) = fixture(durable: 2)
        try aborted.service.abort(id)
        #expect(throws: SessionError.ended(.aborted(at: end))) { try aborted.service.finish(id) }
        #expect(aborted.status(id) == .aborted(at: end))
    }

    @Test("after the end no chunk is taken, whichever end it was")
    func putAfterEnd() throws {
        let end = Timestamp(milliseconds: 50)
        var (committed, id) = fixture(durable: 2)
        try committed.service.finish(id)
        #expect(committed.put(id, 0, bytes) == .refused(.ended(.committed(at: end))))

        var (aborted, _) = fixture(durable: 1)
        try aborted.service.abort(id)
        #expect(aborted.put(id, 1, bytes) == .refused(.ended(.aborted(at: end))))

        var (expired, _) = fixture(durable: 1)
        expired.clock.set(50 + Fixture.timeToLive + 1)
        #expect(expired.service.tickTTL() == [id])
        let expiry = SessionStatus.expired(at: Timestamp(milliseconds: 50 + Fixture.timeToLive + 1))
        #expect(expired.put(id, 1, bytes) == .refused(.ended(expiry)))
        #expect(throws: SessionError.ended(expiry)) { try expired.service.finish(id) }
        try expired.service.abort(id)
        #expect(expired.status(id) == expiry)

        for fixture in [committed, aborted, expired] { #expect(fixture.sink.writes == []) }
    }
}
