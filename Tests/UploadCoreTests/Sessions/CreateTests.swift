import SessionCore
import Testing
import UploadCore
import UploadTestKit

@Suite struct CreateTests {
    @Test func `a new upload is pending, the caller's, and has nothing yet`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25)
        let record = try await fixture.sessions.get(id)
        #expect(record.session.meta.status == .pending)
        #expect(record.meta.caller == fixture.ben)
        #expect(record.meta.capsule == fixture.capsule)
        #expect(record.meta.asset.name == "photo.jpg")
        #expect(record.session.spec.expectedBytes == 25)
        #expect(record.session.spec.chunkCount == 3)
        #expect(record.session.receivedBytes == 0)
        #expect(record.session.meta.createdAt == fixture.clock.now())
        #expect(record.session.meta.lastSeen == fixture.clock.now())
        #expect(record.blob == nil && record.digest == nil)
    }

    @Test func `what was never begun is not found`() async throws {
        let fixture = try await Fixture()
        let id = SessionId(high: 1, low: 2)
        await expectRefusal(with: .notFound(.upload)) { try await fixture.sessions.get(id) }
        await expectRefusal(with: .notFound(.upload)) { try await fixture.sessions.touch(id) }
        await expectRefusal(with: .notFound(.upload)) { try await fixture.sessions.abort(id) }
        await expectRefusal(with: .notFound(.upload)) { try await fixture.sessions.quiesce(id) }
        await expectRefusal(with: .notFound(.upload)) { try await fixture.sessions.verifyChunksComplete(id) }
        await expectRefusal(with: .notFound(.upload)) { try await fixture.sessions.update(id, length: 1) }
        await expectRefusal(with: .notFound(.upload)) { try await fixture.sessions.putChunk(id, index: 0, [1]) }
        await expectRefusal(with: .notFound(.upload)) { _ = try await fixture.sessions.openAppend(id, at: 0) }
        await expectRefusal(with: .notFound(.upload)) { try await fixture.sessions.finish(id) { _ in } }
    }

    @Test func `looking at an upload is no use of it`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25)
        fixture.clock.advance(milliseconds: 1000)
        let record = try await fixture.sessions.get(id)
        #expect(record.session.meta.lastSeen == record.session.meta.createdAt)
    }

    @Test func `an upload that was recorded but not acknowledged is there after a repetition with its key`()
        async throws
    {
        let fixture = try await Fixture()
        fixture.hooks.failNext(.begin, .after)
        let request = fixture.request(length: 25, key: "k")
        await expectRefusal(.unavailable) { try await fixture.service.beginUpload(request, by: fixture.ben) }
        let began = try await fixture.service.beginUpload(request, by: fixture.ben)
        #expect(began.isReplay)
        #expect(began.record.session.meta.status == .pending)
        #expect(try await fixture.sessions.totalSessionCount() == 1)
    }

    @Test func `nothing is there of an upload that was refused`() async throws {
        let fixture = try await Fixture()
        fixture.hooks.failNext(.begin, .before, .storeFull)
        await expectRefusal(.storeFull) { try await fixture.begin(length: 25) }
        #expect(try await fixture.sessions.totalSessionCount() == 0)
        #expect(try await fixture.sessions.countActive(capsule: fixture.capsule, caller: fixture.ben) == 0)
    }
}

@Suite struct FindPendingTests {
    private let key = IdempotencyKey(bytes: Array("k".utf8))

    @Test func `a pending upload is found by its key`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25, key: "k")
        try await fixture.service.putChunk(id, index: 1, content(10), by: fixture.ben)
        let found = try await fixture.sessions.findPending(capsule: fixture.capsule, caller: fixture.ben, key: key)
        #expect(found?.id == id)
        #expect(found?.session.pieces.contains(1) == true)
    }

    @Test func `another key, another caller and another capsule find nothing`() async throws {
        let fixture = try await Fixture()
        _ = try await fixture.begin(length: 25, key: "k")
        let other = try await fixture.service.createCapsule(title: "other", by: fixture.ben)
        let sessions = fixture.sessions
        let otherKey = IdempotencyKey(bytes: Array("K".utf8))
        #expect(try await sessions.findPending(capsule: fixture.capsule, caller: fixture.ben, key: otherKey) == nil)
        #expect(try await sessions.findPending(capsule: fixture.capsule, caller: fixture.anna, key: key) == nil)
        #expect(try await sessions.findPending(capsule: other.id, caller: fixture.ben, key: key) == nil)
    }

    @Test func `a committed upload is pending no longer, and neither is an aborted one`() async throws {
        let fixture = try await Fixture()
        try await fixture.commit(content(25), key: "k")
        #expect(try await fixture.sessions.findPending(capsule: fixture.capsule, caller: fixture.ben, key: key) == nil)
        let id = try await fixture.begin(length: 25, key: "l")
        try await fixture.sessions.abort(id)
        let other = IdempotencyKey(bytes: Array("l".utf8))
        #expect(
            try await fixture.sessions.findPending(capsule: fixture.capsule, caller: fixture.ben, key: other) == nil)
    }
}
