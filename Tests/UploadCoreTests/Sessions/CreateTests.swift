import SessionCore
import Testing
import UploadCore
import UploadTestKit

@Suite struct CreateTests {
    @Test func `a new upload is pending, the caller's, and has nothing yet`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(length: 25)
        let record = try await bench.sessions.get(id)
        #expect(record.session.meta.status == .pending)
        #expect(record.meta.caller == bench.ben)
        #expect(record.meta.capsule == bench.capsule)
        #expect(record.meta.asset.name == "photo.jpg")
        #expect(record.session.spec.expectedBytes == 25)
        #expect(record.session.spec.chunkCount == 3)
        #expect(record.session.receivedBytes == 0)
        #expect(record.session.meta.createdAt == bench.clock.now())
        #expect(record.session.meta.lastSeen == bench.clock.now())
        #expect(record.blob == nil && record.digest == nil)
    }

    @Test func `what was never begun is not found`() async throws {
        let bench = try await Bench()
        let id = SessionId(high: 1, low: 2)
        await expectRefusal(with: .notFound(.upload)) { try await bench.sessions.get(id) }
        await expectRefusal(with: .notFound(.upload)) { try await bench.sessions.touch(id) }
        await expectRefusal(with: .notFound(.upload)) { try await bench.sessions.abort(id) }
        await expectRefusal(with: .notFound(.upload)) { try await bench.sessions.settle(id) }
        await expectRefusal(with: .notFound(.upload)) { try await bench.sessions.verifyChunksComplete(id) }
        await expectRefusal(with: .notFound(.upload)) { try await bench.sessions.update(id, length: 1) }
        await expectRefusal(with: .notFound(.upload)) { try await bench.sessions.putChunk(id, index: 0, [1]) }
        await expectRefusal(with: .notFound(.upload)) { try await bench.sessions.openAppend(id, at: 0) }
        await expectRefusal(with: .notFound(.upload)) { try await bench.sessions.finish(id) { _ in } }
    }

    @Test func `looking at an upload is no use of it`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(length: 25)
        bench.clock.advance(milliseconds: 1000)
        let record = try await bench.sessions.get(id)
        #expect(record.session.meta.lastSeen == record.session.meta.createdAt)
    }

    @Test func `an upload that was recorded but not acknowledged is there after a repetition with its key`()
        async throws
    {
        let bench = try await Bench()
        bench.hooks.failNext(.begin, .after)
        let request = bench.request(length: 25, key: "k")
        await expectRefusal(.unavailable) { try await bench.service.beginUpload(request, by: bench.ben) }
        let began = try await bench.service.beginUpload(request, by: bench.ben)
        #expect(began.isReplay)
        #expect(began.record.session.meta.status == .pending)
        #expect(try await bench.sessions.totalSessionCount() == 1)
    }

    @Test func `nothing is there of an upload that was refused`() async throws {
        let bench = try await Bench()
        bench.hooks.failNext(.begin, .before, .storeFull)
        await expectRefusal(.storeFull) { try await bench.begin(length: 25) }
        #expect(try await bench.sessions.totalSessionCount() == 0)
        #expect(try await bench.sessions.countActive(capsule: bench.capsule, caller: bench.ben) == 0)
    }
}

@Suite struct FindPendingTests {
    private let key = IdempotencyKey(bytes: Array("k".utf8))

    @Test func `a pending upload is found by its key`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(length: 25, key: "k")
        try await bench.service.putChunk(id, index: 1, content(10), by: bench.ben)
        let found = try await bench.sessions.findPending(capsule: bench.capsule, caller: bench.ben, key: key)
        #expect(found?.id == id)
        #expect(found?.session.pieces.contains(1) == true)
    }

    @Test func `another key, another caller and another capsule find nothing`() async throws {
        let bench = try await Bench()
        _ = try await bench.begin(length: 25, key: "k")
        let other = try await bench.service.createCapsule(title: "other", by: bench.ben)
        let sessions = bench.sessions
        let otherKey = IdempotencyKey(bytes: Array("K".utf8))
        #expect(try await sessions.findPending(capsule: bench.capsule, caller: bench.ben, key: otherKey) == nil)
        #expect(try await sessions.findPending(capsule: bench.capsule, caller: bench.anna, key: key) == nil)
        #expect(try await sessions.findPending(capsule: other.id, caller: bench.ben, key: key) == nil)
    }

    @Test func `a committed upload is pending no longer, and neither is an aborted one`() async throws {
        let bench = try await Bench()
        try await bench.commit(content(25), key: "k")
        #expect(try await bench.sessions.findPending(capsule: bench.capsule, caller: bench.ben, key: key) == nil)
        let id = try await bench.begin(length: 25, key: "l")
        try await bench.sessions.abort(id)
        let other = IdempotencyKey(bytes: Array("l".utf8))
        #expect(try await bench.sessions.findPending(capsule: bench.capsule, caller: bench.ben, key: other) == nil)
    }
}
