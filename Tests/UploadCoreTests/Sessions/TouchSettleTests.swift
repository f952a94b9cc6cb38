import SessionCore
import Testing
import UploadCore
import UploadTestKit

@Suite struct TouchTests {
    @Test func `a status poll keeps an upload alive`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(length: 25)
        for _ in 0..<5 {
            bench.clock.advance(milliseconds: bench.limits.timeToLiveMilliseconds)
            _ = try await bench.service.status(of: id, by: bench.ben)
            #expect(try await bench.sessions.cleanupExpiredSessions().isEmpty)
        }
    }

    @Test func `polls within an eighth of the time to live cost the catalogue nothing`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(length: 25)
        let slack = bench.limits.timeToLiveMilliseconds / 8
        bench.clock.advance(milliseconds: slack - 1)
        for _ in 0..<10 { _ = try await bench.sessions.touch(id) }
        #expect(bench.hooks.count(of: .touch) == 0)
        bench.clock.advance(milliseconds: 1)
        for _ in 0..<10 { _ = try await bench.sessions.touch(id) }
        #expect(bench.hooks.count(of: .touch) == 1)
    }

    @Test func `a restart takes at most an eighth of the time to live of an upload that was polled`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(length: 25)
        let (life, slack) = (bench.limits.timeToLiveMilliseconds, bench.limits.timeToLiveMilliseconds / 8)
        for _ in 0..<20 {
            bench.clock.advance(milliseconds: slack * 3 / 5)
            _ = try await bench.sessions.touch(id)
        }
        let reopened = try bench.reopened()
        bench.clock.advance(milliseconds: life - slack)
        #expect(try await reopened.sessions.cleanupExpiredSessions().isEmpty)
        #expect(try await reopened.sessions.get(id).session.meta.status == .pending)
        bench.clock.advance(milliseconds: slack + 1)
        #expect(try await reopened.sessions.cleanupExpiredSessions() == [id])
    }

    @Test func `a poll of an upload that has ended tells its end and revives nothing`() async throws {
        let bench = try await Bench()
        let blob = try await bench.commit(content(25))
        let seen = try await bench.sessions.get(blob).session.meta.lastSeen
        bench.clock.advance(milliseconds: 10)
        let record = try await bench.service.status(of: blob, by: bench.ben)
        #expect(record.blob == BlobId(blob))
        #expect(record.session.meta.lastSeen == seen)
        let aborted = try await bench.begin(length: 25)
        try await bench.sessions.abort(aborted)
        #expect(try await bench.service.status(of: aborted, by: bench.ben).session.meta.status.isAborted)
    }

    @Test func `a poll keeps a committed part alive`() async throws {
        let bench = try await Bench()
        let part = try await bench.commit(content(25), isPartial: true)
        bench.clock.advance(milliseconds: bench.limits.timeToLiveMilliseconds)
        _ = try await bench.service.status(of: part, by: bench.ben)
        bench.clock.advance(milliseconds: bench.limits.timeToLiveMilliseconds)
        #expect(try await bench.sessions.cleanupExpiredSessions().isEmpty)
    }
}

@Suite struct SettleTests {
    @Test func `settling keeps what a stalled append wrote and tells the offset`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(.append, length: 25)
        let writer = try await bench.service.openAppend(id, at: 0, by: bench.ben)
        try await writer.write(content(7))
        #expect(try await bench.service.status(of: id, by: bench.ben).session.offset == 0)
        #expect(try await bench.service.settledStatus(of: id, by: bench.ben).session.offset == 7)
        await expectRefusal(.superseded) { try await writer.write(content(1)) }
        try await bench.service.append(id, at: 7, content(18, from: 7), by: bench.ben)
        _ = try await bench.service.commit(id, by: bench.ben)
        #expect(try await bench.read(id) == content(25))
    }

    @Test func `settling leaves writers of chunks alone`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(length: 10)
        let writer = try await bench.service.openChunk(id, index: 0, by: bench.ben)
        try await writer.write(content(5))
        _ = try await bench.service.settledStatus(of: id, by: bench.ben)
        try await writer.write(content(5, from: 5))
        try await writer.complete()
        #expect(try await bench.sessions.get(id).session.isComplete)
    }

    @Test func `settling without writers, or after the end, only looks`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(.append, length: 5)
        try await bench.service.append(id, at: 0, content(5), by: bench.ben)
        #expect(try await bench.service.settledStatus(of: id, by: bench.ben).session.offset == 5)
        _ = try await bench.service.commit(id, by: bench.ben)
        #expect(try await bench.service.settledStatus(of: id, by: bench.ben).blob != nil)
    }

    @Test func `settling gives up what is all or nothing`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(.append, length: 25)
        let writer = try await bench.service.openAppend(id, at: 0, isAllOrNothing: true, by: bench.ben)
        try await writer.write(content(7))
        #expect(try await bench.service.settledStatus(of: id, by: bench.ben).session.offset == 0)
    }
}
