import SessionCore
import Testing
import UploadCore
import UploadTestKit

@Suite struct AbortTests {
    @Test func `an aborted upload is gone, and so are its bytes`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25)
        try await fixture.service.putChunk(id, index: 0, content(10), by: fixture.ben)
        #expect(try await fixture.stored() == (1, 10))
        try await fixture.service.abort(id, by: fixture.ben)
        #expect(try await fixture.stored() == (0, 0))
        #expect(try await fixture.status(id) == .aborted(at: fixture.clock.now()))
        await expectRefusal(.gone) { try await fixture.service.putChunk(id, index: 1, content(10), by: fixture.ben) }
        await expectRefusal(.gone) { try await fixture.service.commit(id, by: fixture.ben) }
        await expectRefusal(.gone) { _ = try await fixture.service.openAppend(id, at: 0, by: fixture.ben) }
        #expect(try await fixture.stored() == (0, 0))
    }

    @Test func `aborting again is fine and keeps the first time`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25)
        let first = fixture.clock.now()
        try await fixture.sessions.abort(id)
        fixture.clock.advance(milliseconds: 1000)
        try await fixture.sessions.abort(id)
        try await fixture.sessions.cleanup(id)
        #expect(try await fixture.status(id) == .aborted(at: first))
    }

    @Test func `a committed upload is not aborted`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.commit(content(25))
        await expectRefusal(.committed) { try await fixture.sessions.abort(id) }
        await expectRefusal(.committed) { try await fixture.sessions.cleanup(id) }
        #expect(try await fixture.read(id) == content(25))
    }

    @Test func `an expired upload stays expired`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25)
        fixture.clock.advance(milliseconds: fixture.limits.timeToLiveMilliseconds + 1)
        try await fixture.sessions.cleanupExpiredSessions()
        try await fixture.sessions.abort(id)
        #expect(try await fixture.status(id).isExpired)
    }

    @Test func `an abort stops a writer, whose bytes do not come back`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25)
        let writer = try await fixture.service.openChunk(id, index: 0, by: fixture.ben)
        try await writer.write(content(4))
        try await fixture.sessions.abort(id)
        await expectRefusal(.gone) { try await writer.write(content(6, from: 4)) }
        await expectRefusal(.gone, completing: writer)
        #expect(try await fixture.stored() == (0, 0))
        #expect(try await fixture.status(id).isAborted)
    }

    @Test func `an abort waits for a write that is under way, and then frees its bytes`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(.append)
        let writer = try await fixture.service.openAppend(id, at: 0, by: fixture.ben)
        let hold = fixture.hooks.holdNext(.write)
        let core = writer.core
        async let written = outcome { try await core.write(content(4), observe: nil) }
        await hold.untilHeld()
        async let aborted: Void = fixture.sessions.abort(id)
        await fixture.settleDown()
        #expect(try await fixture.model.upload(id)?.session.meta.status == .pending)
        hold.release()
        try await aborted
        _ = await written
        await writer.cancel()
        #expect(try await fixture.stored() == (0, 0))
        #expect(try await fixture.status(id).isAborted)
    }

    @Test func `bytes that the disk does not free at once are freed by the next sweep`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25)
        try await fixture.service.putChunk(id, index: 0, content(10), by: fixture.ben)
        fixture.hooks.failNext(.removeObjects)
        try await fixture.sessions.abort(id)
        #expect(try await fixture.status(id).isAborted)
        #expect(try await fixture.stored() == (1, 10))
        try await fixture.sessions.cleanupExpiredSessions()
        #expect(try await fixture.stored() == (0, 0))
        #expect(try await fixture.model.garbage(limit: 10).isEmpty)
    }

    @Test func `cleanup returns only when the bytes are gone`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25)
        try await fixture.service.putChunk(id, index: 0, content(10), by: fixture.ben)
        fixture.hooks.failNext(.removeObjects)
        await expectRefusal(.unavailable) { try await fixture.sessions.cleanup(id) }
        #expect(try await fixture.status(id).isAborted)
        try await fixture.sessions.cleanup(id)
        #expect(try await fixture.stored() == (0, 0))
    }

    @Test func `an abort that failed changed nothing and can be repeated`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25)
        fixture.hooks.failNext(.end)
        await expectRefusal(.unavailable) { try await fixture.sessions.abort(id) }
        try await fixture.service.putChunk(id, index: 0, content(10), by: fixture.ben)
        try await fixture.sessions.abort(id)
        #expect(try await fixture.status(id).isAborted)
    }

    @Test func `an abort whose end is unknown is the truth of the catalogue afterwards, and no bytes stay`()
        async throws
    {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25)
        fixture.hooks.failNext(.end, .after)
        await expectRefusal(.unavailable) { try await fixture.sessions.abort(id) }
        try await fixture.sessions.collectGarbage()
        await expectRefusal(.gone) { try await fixture.service.putChunk(id, index: 0, content(10), by: fixture.ben) }
        try await fixture.sessions.abort(id)
        try await fixture.sessions.collectGarbage()
        #expect(try await fixture.status(id).isAborted)
        #expect(try await fixture.stored() == (0, 0))
    }

    @Test func `a small upload in the catalogue is aborted likewise`() async throws {
        let fixture = try await Fixture(.catalogue)
        let id = try await fixture.begin(length: 25)
        try await fixture.service.putChunk(id, index: 0, content(10), by: fixture.ben)
        try await fixture.sessions.abort(id)
        #expect(try await fixture.model.catalogueBytes(id, 0..<10).isEmpty)
        #expect(try await fixture.status(id).isAborted)
    }
}
