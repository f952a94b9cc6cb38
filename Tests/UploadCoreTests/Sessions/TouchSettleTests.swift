import SessionCore
import Testing
import UploadCore
import UploadTestKit

@Suite struct TouchTests {
    @Test func `a status poll keeps an upload alive`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25)
        for _ in 0..<5 {
            fixture.clock.advance(milliseconds: fixture.limits.timeToLiveMilliseconds)
            _ = try await fixture.service.status(of: id, by: fixture.ben)
            #expect(try await fixture.sessions.cleanupExpiredSessions().isEmpty)
        }
    }

    @Test func `polls within an eighth of the time to live cost the catalogue nothing`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25)
        let slack = fixture.limits.timeToLiveMilliseconds / 8
        fixture.clock.advance(milliseconds: slack - 1)
        for _ in 0..<10 { _ = try await fixture.sessions.touch(id) }
        #expect(fixture.hooks.count(of: .touch) == 0)
        fixture.clock.advance(milliseconds: 1)
        for _ in 0..<10 { _ = try await fixture.sessions.touch(id) }
        #expect(fixture.hooks.count(of: .touch) == 1)
    }

    @Test func `a restart takes at most an eighth of the time to live of an upload that was polled`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25)
        let (life, slack) = (fixture.limits.timeToLiveMilliseconds, fixture.limits.timeToLiveMilliseconds / 8)
        for _ in 0..<20 {
            fixture.clock.advance(milliseconds: slack * 3 / 5)
            _ = try await fixture.sessions.touch(id)
        }
        let reopened = try fixture.reopened()
        fixture.clock.advance(milliseconds: life - slack)
        #expect(try await reopened.sessions.cleanupExpiredSessions().isEmpty)
        #expect(try await reopened.sessions.get(id).session.meta.status == .pending)
        fixture.clock.advance(milliseconds: slack + 1)
        #expect(try await reopened.sessions.cleanupExpiredSessions() == [id])
    }

    @Test func `a poll of an upload that has ended tells its end and revives nothing`() async throws {
        let fixture = try await Fixture()
        let blob = try await fixture.commit(content(25))
        let seen = try await fixture.sessions.get(blob).session.meta.lastSeen
        fixture.clock.advance(milliseconds: 10)
        let record = try await fixture.service.status(of: blob, by: fixture.ben)
        #expect(record.blob == BlobId(blob))
        #expect(record.session.meta.lastSeen == seen)
        let aborted = try await fixture.begin(length: 25)
        try await fixture.sessions.abort(aborted)
        #expect(try await fixture.service.status(of: aborted, by: fixture.ben).session.meta.status.isAborted)
    }

    @Test func `a poll of an upload that others commit meanwhile, and find committed, tells that it is`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(.append, length: 25)
        try await fixture.service.append(id, at: 0, content(25), by: fixture.ben)
        fixture.clock.advance(milliseconds: fixture.limits.timeToLiveMilliseconds / 8)
        let (poll, commit) = (fixture.hooks.holdNext(.touch), fixture.hooks.holdNext(.commit, .after))
        async let polled = fixture.service.status(of: id, by: fixture.ben)
        await poll.untilHeld()
        async let committed = fixture.service.commit(id, by: fixture.ben)
        await commit.untilHeld()
        await expectRefusal(.committed) { try await fixture.service.declareLength(of: id, 25, by: fixture.ben) }
        poll.release()
        commit.release()
        #expect(try await polled.blob == BlobId(id))
        #expect(try await committed.blob == BlobId(id))
    }

    @Test func `a poll keeps a committed part alive`() async throws {
        let fixture = try await Fixture()
        let part = try await fixture.commit(content(25), isPartial: true)
        fixture.clock.advance(milliseconds: fixture.limits.timeToLiveMilliseconds)
        _ = try await fixture.service.status(of: part, by: fixture.ben)
        fixture.clock.advance(milliseconds: fixture.limits.timeToLiveMilliseconds)
        #expect(try await fixture.sessions.cleanupExpiredSessions().isEmpty)
    }
}

@Suite struct SettleTests {
    @Test func `settling keeps what a stalled append wrote and tells the offset`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(.append, length: 25)
        let writer = try await fixture.service.openAppend(id, at: 0, by: fixture.ben)
        try await writer.write(content(7))
        #expect(try await fixture.service.status(of: id, by: fixture.ben).session.offset == 0)
        #expect(try await fixture.service.quiescedStatus(of: id, by: fixture.ben).session.offset == 7)
        await expectRefusal(.superseded) { try await writer.write(content(1)) }
        await writer.cancel()
        try await fixture.service.append(id, at: 7, content(18, from: 7), by: fixture.ben)
        _ = try await fixture.service.commit(id, by: fixture.ben)
        #expect(try await fixture.read(id) == content(25))
    }

    @Test func `settling leaves writers of chunks alone`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 10)
        let writer = try await fixture.service.openChunk(id, index: 0, by: fixture.ben)
        try await writer.write(content(5))
        _ = try await fixture.service.quiescedStatus(of: id, by: fixture.ben)
        try await writer.write(content(5, from: 5))
        try await writer.complete()
        #expect(try await fixture.sessions.get(id).session.isComplete)
    }

    @Test func `settling without writers, or after the end, only looks`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(.append, length: 5)
        try await fixture.service.append(id, at: 0, content(5), by: fixture.ben)
        #expect(try await fixture.service.quiescedStatus(of: id, by: fixture.ben).session.offset == 5)
        _ = try await fixture.service.commit(id, by: fixture.ben)
        #expect(try await fixture.service.quiescedStatus(of: id, by: fixture.ben).blob != nil)
    }

    @Test func `settling gives up what is all or nothing`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(.append, length: 25)
        let writer = try await fixture.service.openAppend(id, at: 0, isAllOrNothing: true, by: fixture.ben)
        try await writer.write(content(7))
        #expect(try await fixture.service.quiescedStatus(of: id, by: fixture.ben).session.offset == 0)
        await writer.cancel()
    }
}
