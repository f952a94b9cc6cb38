import SessionCore
import Testing
import UploadCore
import UploadTestKit

@Suite struct AbortTests {
    @Test func `an aborted upload is gone, and so are its bytes`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(length: 25)
        try await bench.service.putChunk(id, index: 0, content(10), by: bench.ben)
        #expect(try await bench.stored() == (1, 10))
        try await bench.service.abort(id, by: bench.ben)
        #expect(try await bench.stored() == (0, 0))
        #expect(try await bench.status(id) == .aborted(at: bench.clock.now()))
        await expectRefusal(.gone) { try await bench.service.putChunk(id, index: 1, content(10), by: bench.ben) }
        await expectRefusal(.gone) { try await bench.service.commit(id, by: bench.ben) }
        await expectRefusal(.gone) { try await bench.service.openAppend(id, at: 0, by: bench.ben) }
        #expect(try await bench.stored() == (0, 0))
    }

    @Test func `aborting again is fine and keeps the first time`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(length: 25)
        let first = bench.clock.now()
        try await bench.sessions.abort(id)
        bench.clock.advance(milliseconds: 1000)
        try await bench.sessions.abort(id)
        try await bench.sessions.cleanup(id)
        #expect(try await bench.status(id) == .aborted(at: first))
    }

    @Test func `a committed upload is not aborted`() async throws {
        let bench = try await Bench()
        let id = try await bench.commit(content(25))
        await expectRefusal(.committed) { try await bench.sessions.abort(id) }
        await expectRefusal(.committed) { try await bench.sessions.cleanup(id) }
        #expect(try await bench.read(id) == content(25))
    }

    @Test func `an expired upload stays expired`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(length: 25)
        bench.clock.advance(milliseconds: bench.limits.timeToLiveMilliseconds + 1)
        try await bench.sessions.cleanupExpiredSessions()
        try await bench.sessions.abort(id)
        #expect(try await bench.status(id).isExpired)
    }

    @Test func `an abort stops a writer, whose bytes do not come back`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(length: 25)
        let writer = try await bench.service.openChunk(id, index: 0, by: bench.ben)
        try await writer.write(content(4))
        try await bench.sessions.abort(id)
        await expectRefusal(.superseded) { try await writer.write(content(6, from: 4)) }
        await expectRefusal(.superseded) { try await writer.complete() }
        await writer.cancel()
        #expect(try await bench.stored() == (0, 0))
        #expect(try await bench.status(id).isAborted)
    }

    @Test func `an abort waits for a write that is under way, and then frees its bytes`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(.append)
        let writer = try await bench.service.openAppend(id, at: 0, by: bench.ben)
        let hold = bench.hooks.holdNext(.write)
        async let written = outcome { try await writer.write(content(4)) }
        await hold.untilHeld()
        async let aborted: Void = bench.sessions.abort(id)
        await bench.settleDown()
        #expect(try await bench.model.upload(id)?.session.meta.status == .pending)
        hold.release()
        try await aborted
        _ = await written
        #expect(try await bench.stored() == (0, 0))
        #expect(try await bench.status(id).isAborted)
    }

    @Test func `bytes that the disk does not free at once are freed by the next sweep`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(length: 25)
        try await bench.service.putChunk(id, index: 0, content(10), by: bench.ben)
        bench.hooks.failNext(.removeObjects)
        try await bench.sessions.abort(id)
        #expect(try await bench.status(id).isAborted)
        #expect(try await bench.stored() == (1, 10))
        try await bench.sessions.cleanupExpiredSessions()
        #expect(try await bench.stored() == (0, 0))
        #expect(try await bench.model.garbage(limit: 10).isEmpty)
    }

    @Test func `cleanup returns only when the bytes are gone`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(length: 25)
        try await bench.service.putChunk(id, index: 0, content(10), by: bench.ben)
        bench.hooks.failNext(.removeObjects)
        await expectRefusal(.unavailable) { try await bench.sessions.cleanup(id) }
        #expect(try await bench.status(id).isAborted)
        try await bench.sessions.cleanup(id)
        #expect(try await bench.stored() == (0, 0))
    }

    @Test func `an abort that failed changed nothing and can be repeated`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(length: 25)
        bench.hooks.failNext(.end)
        await expectRefusal(.unavailable) { try await bench.sessions.abort(id) }
        try await bench.service.putChunk(id, index: 0, content(10), by: bench.ben)
        try await bench.sessions.abort(id)
        #expect(try await bench.status(id).isAborted)
    }

    @Test func `an abort whose end is unknown is the truth of the catalogue afterwards, and no bytes stay`()
        async throws
    {
        let bench = try await Bench()
        let id = try await bench.begin(length: 25)
        bench.hooks.failNext(.end, .after)
        await expectRefusal(.unavailable) { try await bench.sessions.abort(id) }
        try await bench.sessions.collectGarbage()
        await expectRefusal(.gone) { try await bench.service.putChunk(id, index: 0, content(10), by: bench.ben) }
        try await bench.sessions.abort(id)
        try await bench.sessions.collectGarbage()
        #expect(try await bench.status(id).isAborted)
        #expect(try await bench.stored() == (0, 0))
    }

    @Test func `a small upload in the catalogue is aborted likewise`() async throws {
        let bench = try await Bench(.catalogue)
        let id = try await bench.begin(length: 25)
        try await bench.service.putChunk(id, index: 0, content(10), by: bench.ben)
        try await bench.sessions.abort(id)
        #expect(try await bench.model.catalogueBytes(id, 0..<10).isEmpty)
        #expect(try await bench.status(id).isAborted)
    }
}
