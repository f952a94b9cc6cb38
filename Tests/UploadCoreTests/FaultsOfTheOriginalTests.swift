import SessionCore
import Testing
import UploadCore
import UploadMemories
import UploadTestKit

/// One test for each fault of the system that this one re-implements, in the order of the design's table.
@Suite struct FaultsOfTheOriginalTests {
    @Test func `the generic core imported the platform's principal and the application's error`() throws {
        // A session knows its owner as bytes, and refuses with an error of its own: nothing of uploads is needed.
        let spec = SessionSpec(layout: .append, expectedBytes: 1, owner: SessionOwner(bytes: [1, 2, 3]))
        var service = SessionService(clock: ManualClock(), timeToLiveMilliseconds: 10)
        var random = SeededRandom(seed: 1)
        let id = service.begin(spec, using: &random)
        #expect(service.countActive(for: SessionOwner(bytes: [1, 2, 3])) == 1)
        #expect(throws: SessionError.self) { try service.finish(id) }
    }

    @Test func `created-at in nanoseconds was compared with milliseconds, so sessions never expired, or all did`()
        async throws
    {
        let fixture = try await Fixture()
        let old = try await fixture.begin(length: 10)
        fixture.clock.advance(milliseconds: fixture.limits.timeToLiveMilliseconds)
        let young = try await fixture.begin(length: 10)
        fixture.clock.advance(milliseconds: 1)
        #expect(try await fixture.sessions.cleanupExpiredSessions() == [old])
        #expect(try await fixture.status(young) == .pending)
    }

    @Test func `the rolling hash took chunks in arrival order, before the write`() async throws {
        let fixture = try await Fixture()
        let bytes = content(45)
        let id = try await fixture.begin(length: 45)
        fixture.hooks.failNext(.write)
        await expectRefusal(.unavailable) {
            try await fixture.service.putChunk(id, index: 0, content(10).inverted, by: fixture.ben)
        }
        for index in [3, 0, 3, 4, 1, 0, 2] {
            try await fixture.service.putChunk(id, index: UInt64(index), bytes.chunks(of: 10)[index], by: fixture.ben)
        }
        let record = try await fixture.service.commit(id, digest: Digest(of: bytes), by: fixture.ben)
        #expect(record.digest == .whole(Digest(of: bytes)))
    }

    @Test func `finish dropped the hasher first, so the “safe” retry failed`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25)
        try await fixture.putAll(id, content(25))
        for call in [Hooks.Call.seal, .commit] {
            fixture.hooks.failNext(call)
            await expectRefusal(.unavailable) { try await fixture.service.commit(id, by: fixture.ben) }
        }
        let first = try await fixture.service.commit(id, by: fixture.ben)
        let again = try await fixture.service.commit(id, by: fixture.ben)
        #expect(first.digest == .whole(Digest(of: content(25))) && again.digest == first.digest)
    }

    @Test func `comment said duplicates overwrite, code refused them`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 10)
        try await fixture.service.putChunk(id, index: 0, content(10), by: fixture.ben)
        try await fixture.service.putChunk(id, index: 0, content(10), by: fixture.ben)
        await expectRefusal(.chunkConflict) {
            try await fixture.service.putChunk(id, index: 0, content(10).inverted, by: fixture.ben)
        }
        _ = try await fixture.service.commit(id, by: fixture.ben)
        #expect(try await fixture.read(id) == content(10))
    }

    @Test func `abort and expiry forgot the session but left its chunks on disk`() async throws {
        let fixture = try await Fixture()
        let (aborted, expired) = (try await fixture.begin(length: 25), try await fixture.begin(length: 25))
        for id in [aborted, expired] { try await fixture.putAll(id, content(25)) }
        try await fixture.service.abort(aborted, by: fixture.ben)
        #expect(try await fixture.stored() == (1, 25))
        fixture.clock.advance(milliseconds: fixture.limits.timeToLiveMilliseconds + 1)
        try await fixture.sessions.cleanupExpiredSessions()
        #expect(try await fixture.stored() == (0, 0))
        #expect(try await fixture.service.maintenance.check().isClean)
    }

    @Test func `idempotency key without a request fingerprint; no memory of it after commit`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25, key: "k")
        await expectRefusal(.idempotencyConflict) { try await fixture.begin(length: 26, key: "k") }
        try await fixture.putAll(id, content(25))
        _ = try await fixture.service.commit(id, by: fixture.ben)
        #expect(try await fixture.begin(length: 25, key: "k") == id)
        await expectRefusal(.idempotencyConflict) { try await fixture.begin(length: 26, key: "k") }
    }

    @Test func `ids restarted at 1 after an upgrade and the ledger was in memory`() async throws {
        let fixture = try await Fixture()
        var ids = [try await fixture.begin(length: 25)]
        try await fixture.service.putChunk(ids[0], index: 1, content(10), by: fixture.ben)
        for _ in 0..<20 {
            fixture.clock.advance(milliseconds: 1)
            ids.append(try await fixture.reopened().beginUpload(fixture.request(length: 25), by: fixture.ben).record.id)
        }
        #expect(Set(ids).count == 21 && ids == ids.sorted())
        #expect(Set(ids.map(\.low)).count == 21, "they are not counted up")
        #expect(try await fixture.reopened().sessions.get(ids[0]).session.pieces.contains(1))
    }

    @Test func `expected bytes stored as 0, or as chunk count × chunk size`() async throws {
        let fixture = try await Fixture()
        for length in [1, 9, 10, 11, 25] as [UInt64] {
            let id = try await fixture.begin(length: length)
            #expect(try await fixture.sessions.get(id).session.spec.expectedBytes == length)
            try await fixture.putAll(id, content(Int(length)))
            _ = try await fixture.service.commit(id, by: fixture.ben)
            #expect(try await fixture.service.blob(BlobId(id), by: fixture.ben).size == length)
        }
    }

    @Test func `a 64-bit blob id cut from a hash, a read loop with a “safety” limit of 1000 chunks`() async throws {
        let fixture = try await Fixture()
        let bytes = content(1500)
        let id = try await fixture.begin(.chunks(size: 1), length: 1500)
        for index in 0..<1500 {
            try await fixture.service.putChunk(id, index: UInt64(index), [bytes[index]], by: fixture.ben)
        }
        let record = try await fixture.service.commit(id, by: fixture.ben)
        #expect(record.blob?.value == id, "all 128 bits of the session's id")
        #expect(try await fixture.read(id) == bytes)
        #expect(try await fixture.read(id, 1400..<1500) == Array(bytes[1400...]))
        let same = try await fixture.commit(bytes)
        #expect(same != id, "equal bytes are no equal blobs")
    }

    @Test func `cleanup for a caller while others of the same caller were active evicted live sessions`() async throws {
        let fixture = try await Fixture()
        let (idle, active) = (try await fixture.begin(length: 25), try await fixture.begin(length: 25))
        fixture.clock.advance(milliseconds: fixture.limits.timeToLiveMilliseconds)
        try await fixture.service.putChunk(active, index: 0, content(10), by: fixture.ben)
        fixture.clock.advance(milliseconds: 1)
        #expect(try await fixture.sessions.cleanupExpiredSessions(for: fixture.ben) == [idle])
        try await fixture.service.putChunk(active, index: 1, content(10), by: fixture.ben)
    }

    @Test func `success was answered before the index was updated`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.commit(content(25), key: "k")
        #expect(try await fixture.model.blob(BlobId(id)) != nil, "the catalogue knew it when the answer came")
        #expect(try await fixture.read(id) == content(25))
        #expect(
            try await fixture.service.uploads(in: fixture.capsule, state: .committed, by: fixture.ben).map(\.id) == [id]
        )
        #expect(try await fixture.service.countBlobs() == 1)
    }

    @Test func `tests that asserted nothing, disabled because time could not be faked`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25)
        let start = fixture.clock.now()
        fixture.clock.advance(milliseconds: 365 * 24 * 60 * 60 * 1000)
        #expect(try await fixture.sessions.cleanupExpiredSessions() == [id])
        #expect(try await fixture.status(id) == .expired(at: fixture.clock.now()))
        #expect(try await fixture.sessions.get(id).session.meta.createdAt == start)
    }
}
