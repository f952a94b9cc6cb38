import SessionCore
import Testing
import UploadCore
import UploadTestKit

@Suite struct ExpiryTests {
    private func expiring(_ fixture: Fixture) -> Int64 { fixture.limits.timeToLiveMilliseconds }

    @Test(arguments: [(-1, false), (0, false), (1, true)])
    func `an upload lives through the millisecond of its time to live and no longer`(
        _ offset: Int64, _ expires: Bool
    ) async throws {
        for isInMemory in [true, false] {
            let fixture = try await Fixture()
            let id = try await fixture.begin(length: 25)
            fixture.clock.advance(milliseconds: expiring(fixture) + offset)
            let sessions = isInMemory ? fixture.sessions : try fixture.reopened().sessions
            #expect(try await sessions.cleanupExpiredSessions() == (expires ? [id] : []))
            #expect(try await sessions.get(id).session.meta.status.isExpired == expires)
        }
    }

    @Test(arguments: [(-1, false), (0, false), (1, true)])
    func `the sweep for one caller counts the same way`(_ offset: Int64, _ expires: Bool) async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25)
        fixture.clock.advance(milliseconds: expiring(fixture) + offset)
        #expect(try await fixture.sessions.cleanupExpiredSessions(for: fixture.ben) == (expires ? [id] : []))
    }

    @Test func `an expired upload is gone with its bytes, and its id stays unusable`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25, key: "k")
        try await fixture.service.putChunk(id, index: 0, content(10), by: fixture.ben)
        fixture.clock.advance(milliseconds: expiring(fixture) + 1)
        try await fixture.sessions.cleanupExpiredSessions()
        #expect(try await fixture.stored() == (0, 0))
        await expectRefusal(with: .gone(.expired(at: fixture.clock.now()))) {
            try await fixture.service.putChunk(id, index: 0, content(10), by: fixture.ben)
        }
        #expect(try await fixture.begin(length: 25, key: "k") != id, "the key is free again")
    }

    @Test func `a sweep for one caller leaves others alone, and what the caller used lately`() async throws {
        let fixture = try await Fixture { $0.pageMax = 2 }
        var old: [SessionId] = []
        for _ in 0..<5 {
            fixture.clock.advance(milliseconds: 1)
            old.append(try await fixture.begin(length: 25))
        }
        let others = try await fixture.service.beginUpload(fixture.request(length: 25), by: fixture.anna).record.id
        fixture.clock.advance(milliseconds: expiring(fixture))
        let used = old.remove(at: 2)
        _ = try await fixture.service.status(of: used, by: fixture.ben)
        fixture.clock.advance(milliseconds: 1)
        let fresh = try await fixture.begin(length: 25)
        #expect(try await fixture.sessions.cleanupExpiredSessions(for: fixture.ben) == old)
        for id in [others, used, fresh] { #expect(try await fixture.status(id) == .pending) }
    }

    @Test func `nothing expires in the grace after opening`() async throws {
        let fixture = try await Fixture { $0.expiryGraceMilliseconds = 1000 }
        let id = try await fixture.begin(length: 25)
        fixture.clock.advance(milliseconds: 100 * expiring(fixture))
        let reopened = try fixture.reopened()
        #expect(try await reopened.sessions.cleanupExpiredSessions().isEmpty)
        fixture.clock.advance(milliseconds: 999)
        #expect(try await reopened.sessions.cleanupExpiredSessions().isEmpty)
        #expect(try await reopened.sessions.cleanupExpiredSessions(for: fixture.ben).isEmpty)
        #expect(try await reopened.sessions.get(id).session.meta.status == .pending)
        fixture.clock.advance(milliseconds: 1)
        #expect(try await reopened.sessions.cleanupExpiredSessions() == [id])
    }

    @Test func `a writer that receives bytes keeps its upload alive, one that is stalled does not`() async throws {
        let fixture = try await Fixture()
        let active = try await fixture.begin(.append)
        let stalled = try await fixture.begin(.append)
        let writer = try await fixture.service.openAppend(active, at: 0, by: fixture.ben)
        let other = try await fixture.service.openAppend(stalled, at: 0, by: fixture.ben)
        try await other.write(content(1))
        for index in 0..<4 {
            fixture.clock.advance(milliseconds: expiring(fixture) / 2 + 1)
            try await writer.write(content(1, from: index))
            let expired = try await fixture.sessions.cleanupExpiredSessions()
            #expect(expired == (index == 1 ? [stalled] : []))
        }
        await expectRefusal(.gone) { try await other.write(content(1)) }
        await other.cancel()
        #expect(try await writer.complete() == 4)
        #expect(try await fixture.stored() == (1, 4))
    }

    @Test func `committed uploads never expire, parts do`() async throws {
        let fixture = try await Fixture()
        let blob = try await fixture.commit(content(25))
        let part = try await fixture.commit(content(25), isPartial: true)
        fixture.clock.advance(milliseconds: expiring(fixture) + 1)
        #expect(try await fixture.sessions.cleanupExpiredSessions() == [part])
        #expect(try await fixture.read(blob) == content(25))
        #expect(try await fixture.stored() == (1, 25))
    }

    @Test func `a sweep for one caller expires that caller's parts too`() async throws {
        let fixture = try await Fixture()
        let part = try await fixture.commit(content(25), isPartial: true)
        fixture.clock.advance(milliseconds: expiring(fixture) + 1)
        #expect(try await fixture.sessions.cleanupExpiredSessions(for: fixture.ben) == [part])
    }

    @Test func `a sweep for one caller leaves the parts of a pending concatenation`() async throws {
        let fixture = try await Fixture()
        let committed = try await fixture.commit(content(25), isPartial: true)
        let pending = try await fixture.begin(length: 25, isPartial: true)
        fixture.clock.advance(milliseconds: expiring(fixture) + 1)
        let whole = try await fixture.service.concatenate(
            fixture.request(.append), parts: [committed, pending], by: fixture.ben)
        #expect(try await fixture.sessions.cleanupExpiredSessions(for: fixture.ben) == [])
        #expect(try await fixture.sessions.cleanupExpiredSessions() == [])
        try await fixture.putAll(pending, content(25))
        _ = try await fixture.service.commit(pending, by: fixture.ben)
        #expect(try await fixture.read(whole.id) == content(25) + content(25))
    }

    @Test func `a sweep for one caller reports a store that cannot be read`() async throws {
        let fixture = try await Fixture()
        _ = try await fixture.begin(length: 25)
        fixture.clock.advance(milliseconds: expiring(fixture) + 1)
        // Another engine has nothing in memory, so that it reads the upload.
        let sessions = try fixture.reopened().sessions
        fixture.hooks.failNext(.upload)
        await expectRefusal(.unavailable) { try await sessions.cleanupExpiredSessions(for: fixture.ben) }
        #expect(try await sessions.cleanupExpiredSessions(for: fixture.ben).count == 1)
    }

    @Test func `many uploads expire in one sweep`() async throws {
        let fixture = try await Fixture { limits in
            limits.activeUploadsMax = 1000
            limits.idleUploadsMax = 10
        }
        var ids: Set<SessionId> = []
        for _ in 0..<600 { ids.insert(try await fixture.begin(length: 25)) }
        fixture.clock.advance(milliseconds: expiring(fixture) + 1)
        let expired = try await fixture.sessions.cleanupExpiredSessions()
        #expect(expired.count == 600 && Set(expired) == ids)
    }

    @Test func `a sweep that fails midway has done what it did, and the next one does the rest`() async throws {
        let fixture = try await Fixture()
        for _ in 0..<3 { _ = try await fixture.begin(length: 25) }
        fixture.clock.advance(milliseconds: expiring(fixture) + 1)
        fixture.hooks.failNext(.end)
        await expectRefusal(.unavailable) { try await fixture.sessions.cleanupExpiredSessions() }
        #expect(try await fixture.service.maintenance.expire().count == 3)
    }

    @Test func `a clock that steps back expires nothing`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25)
        fixture.clock.advance(milliseconds: -10 * expiring(fixture))
        _ = try await fixture.service.status(of: id, by: fixture.ben)
        #expect(try await fixture.sessions.cleanupExpiredSessions().isEmpty)
        fixture.clock.advance(milliseconds: 11 * expiring(fixture))
        #expect(try await fixture.sessions.cleanupExpiredSessions().isEmpty)
        #expect(try await fixture.status(id) == .pending)
    }

    // MARK: - Clocks that are set

    @Test func `a clock that steps forward by more than the time to live expires nothing`() async throws {
        let fixture = try await Fixture()
        let inMemory = try await fixture.begin(length: 25)
        let ttl = expiring(fixture)
        fixture.clock.advance(milliseconds: ttl / 2)
        fixture.clock.step(milliseconds: 3 * ttl)
        #expect(try await fixture.sessions.cleanupExpiredSessions() == [])
        #expect(try await fixture.sessions.cleanupExpiredSessions(for: fixture.ben) == [])
        // It lives on for what it had left, by time that passes.
        fixture.clock.advance(milliseconds: ttl / 2)
        #expect(try await fixture.sessions.cleanupExpiredSessions() == [])
        let after = try await fixture.begin(length: 25)
        fixture.clock.advance(milliseconds: 1)
        #expect(try await fixture.sessions.cleanupExpiredSessions() == [inMemory])
        fixture.clock.advance(milliseconds: ttl)
        #expect(try await fixture.sessions.cleanupExpiredSessions() == [after])
    }

    @Test func `a step forward restarts the grace, one backward expires nothing`() async throws {
        let fixture = try await Fixture { $0.expiryGraceMilliseconds = 500 }
        let ttl = expiring(fixture)
        fixture.clock.advance(milliseconds: 600)
        let id = try await fixture.begin(length: 25)
        fixture.clock.advance(milliseconds: ttl)
        #expect(try await fixture.sessions.cleanupExpiredSessions() == [])
        fixture.clock.step(milliseconds: 10 * ttl)
        fixture.clock.advance(milliseconds: 1)
        #expect(try await fixture.sessions.cleanupExpiredSessions() == [])
        fixture.clock.advance(milliseconds: 499)
        #expect(try await fixture.sessions.cleanupExpiredSessions() == [])
        fixture.clock.step(milliseconds: -5 * ttl)
        #expect(try await fixture.sessions.cleanupExpiredSessions() == [])
        #expect(try await fixture.status(id) == .pending)
        fixture.clock.step(milliseconds: 5 * ttl)
        #expect(try await fixture.sessions.cleanupExpiredSessions() == [])
        fixture.clock.advance(milliseconds: 501)
        #expect(try await fixture.sessions.cleanupExpiredSessions() == [id])
    }

    @Test func `an upload that begins after the clock was set back during a sweep does not expire`() async throws {
        let fixture = try await Fixture()
        let ttl = expiring(fixture)
        let old = try await fixture.begin(length: 25)
        fixture.clock.advance(milliseconds: ttl + 1)
        // The sweep has its cutoff, and ends the old upload.
        let hold = fixture.hooks.holdNext(.end)
        async let expired = fixture.sessions.cleanupExpiredSessions()
        await hold.untilHeld()
        fixture.clock.step(milliseconds: -5 * ttl)
        let new = try await fixture.begin(length: 25)
        hold.release()
        #expect(try await expired == [old])
        #expect(try await fixture.status(new) == .pending)
    }
}
