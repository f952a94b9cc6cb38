import SessionCore
import Testing
import UploadCore
import UploadTestKit

@Suite struct ConcatenationTests {
    private func part(_ fixture: Fixture, _ bytes: [UInt8]) async throws -> SessionId {
        try await fixture.commit(bytes, isPartial: true)
    }

    @Test(arguments: [Storage.file, .catalogue])
    func `parts become one blob in the order given`(_ storage: Storage) async throws {
        let fixture = try await Fixture(storage)
        let (a, b, c) = (content(25), content(7, from: 100), content(12, from: 200))
        let parts = [try await part(fixture, a), try await part(fixture, b), try await part(fixture, c)]
        let order = [2, 0, 1]
        let record = try await fixture.service.concatenate(
            fixture.request(.append), parts: order.map { parts[$0] }, by: fixture.ben)
        #expect(record.blob == BlobId(record.id))
        #expect(record.session.spec.expectedBytes == 44)
        #expect(record.digest == BlobDigest(parts: [c, a, b].map { Digest(of: $0) }))
        #expect(try await fixture.read(record.id) == c + a + b)
    }

    @Test func `a part may be used again, in one concatenation and in another`() async throws {
        let fixture = try await Fixture()
        let (a, b) = (content(11), content(7, from: 100))
        let (first, second) = (try await part(fixture, a), try await part(fixture, b))
        let record = try await fixture.service.concatenate(
            fixture.request(.append), parts: [first, second, first], by: fixture.ben)
        let other = try await fixture.service.concatenate(fixture.request(.append), parts: [first], by: fixture.ben)
        #expect(try await fixture.read(record.id) == a + b + a)
        #expect(try await fixture.read(other.id) == a)
        #expect(other.digest == .whole(Digest(of: a)), "one part is the whole")
    }

    @Test func `a repeated finish whose blob is deleted while its bytes are read is gone`() async throws {
        let fixture = try await Fixture(.catalogue)
        let bytes = content(7)
        let part = try await part(fixture, bytes)
        let id = try await fixture.service.concatenate(
            fixture.request(.append), parts: [part, part], by: fixture.ben
        ).id
        let hold = fixture.hooks.holdNext(.catalogueBytes)
        async let finished = fixture.service.commit(id, digest: Digest(of: bytes + bytes), by: fixture.ben)
        await hold.untilHeld()
        try await fixture.service.deleteBlob(BlobId(id), by: fixture.ben)
        try await fixture.service.abort(part, by: fixture.ben)
        hold.release()
        do {
            _ = try await finished
            Issue.record("a deleted blob was confirmed")
        } catch let error as UploadError {
            #expect(error.code == .gone)
        }
    }

    @Test func `a whole request that continues a part commits the concatenation that waits for it`() async throws {
        let fixture = try await Fixture(.catalogue)
        var request = fixture.request(.append)
        request.isPartial = true
        request.idempotencyKey = IdempotencyKey(bytes: [1])
        let part = try await fixture.service.beginUpload(request, by: fixture.ben).record.id
        try await fixture.service.append(part, at: 0, content(3), by: fixture.ben)
        let whole = try await fixture.service.concatenate(fixture.request(.append), parts: [part], by: fixture.ben)
        #expect(whole.blob == nil)
        let began = try await fixture.service.putWhole(request, content(7), by: fixture.ben)
        #expect(began.record.id == part && began.record.digest == .whole(Digest(of: content(7))))
        #expect(try await fixture.read(whole.id) == content(7))
    }

    @Test func `a concatenation may be a part of another`() async throws {
        let fixture = try await Fixture()
        let (a, b, c) = (content(11), content(7, from: 100), content(5, from: 200))
        var inner = fixture.request(.append)
        inner.isPartial = true
        let ids = [try await part(fixture, a), try await part(fixture, b), try await part(fixture, c)]
        let nested = try await fixture.service.concatenate(inner, parts: [ids[0], ids[1]], by: fixture.ben)
        let outer = try await fixture.service.concatenate(
            fixture.request(.append), parts: [ids[2], nested.id, ids[0]], by: fixture.ben)
        #expect(try await fixture.read(outer.id) == c + a + b + a)
    }

    @Test func `it is pending until all parts are committed, and is then finished`() async throws {
        let fixture = try await Fixture()
        let done = try await part(fixture, content(11))
        let open = try await fixture.begin(length: 7, isPartial: true)
        let record = try await fixture.service.concatenate(
            fixture.request(.append), parts: [done, open], by: fixture.ben)
        #expect(record.session.meta.status == .pending)
        await expectRefusal(.incomplete) { try await fixture.service.commit(record.id, by: fixture.ben) }
        try await fixture.putAll(open, content(7, from: 100))
        _ = try await fixture.service.commit(open, by: fixture.ben)
        #expect(try await fixture.read(record.id) == content(11) + content(7, from: 100))
        _ = try await fixture.service.commit(record.id, by: fixture.ben)
    }

    @Test func `with the last part everything is finished that waits for it, also what is made of that`() async throws {
        let fixture = try await Fixture()
        let done = try await part(fixture, content(11))
        let opens = [
            try await fixture.begin(length: 7, isPartial: true), try await fixture.begin(length: 5, isPartial: true),
        ]
        var inner = fixture.request(.append)
        inner.isPartial = true
        let nested = try await fixture.service.concatenate(inner, parts: [done, opens[0]], by: fixture.ben)
        let outer = try await fixture.service.concatenate(
            fixture.request(.append), parts: [nested.id, opens[0]], by: fixture.ben)
        let other = try await fixture.service.concatenate(fixture.request(.append), parts: opens, by: fixture.ben)
        try await fixture.putAll(opens[0], content(7, from: 100))
        _ = try await fixture.service.commit(opens[0], by: fixture.ben)
        #expect(try await fixture.read(outer.id) == content(11) + content(7, from: 100) + content(7, from: 100))
        #expect(try await fixture.sessions.get(other.id).session.meta.status == .pending, "it lacks another part")
    }

    @Test func `a concatenation that cannot be finished does not keep its part from it`() async throws {
        let fixture = try await Fixture()
        let open = try await fixture.begin(length: 7, isPartial: true)
        var request = fixture.request(.append)
        request.expectedDigest = Digest(of: content(7))
        let record = try await fixture.service.concatenate(request, parts: [open], by: fixture.ben)
        try await fixture.putAll(open, content(7, from: 100))
        _ = try await fixture.service.commit(open, by: fixture.ben)
        await expectRefusal(.checksumMismatch) { try await fixture.service.commit(record.id, by: fixture.ben) }
    }

    @Test func `a part is no blob of its own`() async throws {
        let fixture = try await Fixture()
        let id = try await part(fixture, content(11))
        await expectRefusal(.notFound) { try await fixture.service.blob(BlobId(id), by: fixture.ben) }
        #expect(try await fixture.service.countBlobs() == 0)
    }

    @Test func `the bytes of parts that end afterwards stay for the concatenation, and go with it`() async throws {
        let fixture = try await Fixture()
        let (a, b) = (content(11), content(7, from: 100))
        let parts = [try await part(fixture, a), try await part(fixture, b)]
        let record = try await fixture.service.concatenate(fixture.request(.append), parts: parts, by: fixture.ben)
        try await fixture.service.abort(parts[0], by: fixture.ben)
        fixture.clock.advance(milliseconds: fixture.limits.timeToLiveMilliseconds + 1)
        #expect(try await fixture.sessions.cleanupExpiredSessions() == [parts[1]])
        #expect(try await fixture.read(record.id) == a + b)
        #expect(try await fixture.reopened().maintenance.check().isClean)
        try await fixture.service.deleteBlob(BlobId(record.id), by: fixture.ben)
        #expect(try await fixture.stored() == (0, 0))
    }

    @Test func `a part that a pending concatenation counts on is kept`() async throws {
        let fixture = try await Fixture()
        let done = try await part(fixture, content(11))
        let open = try await fixture.begin(length: 7, isPartial: true)
        let record = try await fixture.service.concatenate(
            fixture.request(.append), parts: [done, open], by: fixture.ben)
        await expectRefusal(.inUse) { try await fixture.service.abort(done, by: fixture.ben) }
        fixture.clock.advance(milliseconds: fixture.limits.timeToLiveMilliseconds)
        _ = try await fixture.service.status(of: record.id, by: fixture.ben)
        _ = try await fixture.service.status(of: open, by: fixture.ben)
        fixture.clock.advance(milliseconds: 1)
        #expect(try await fixture.sessions.cleanupExpiredSessions().isEmpty)
        try await fixture.service.abort(record.id, by: fixture.ben)
        try await fixture.service.abort(done, by: fixture.ben)
        #expect(try await fixture.stored() == (0, 0))
    }

    @Test func `the digest of the whole is verified where it is told`() async throws {
        let fixture = try await Fixture()
        let (a, b) = (content(11), content(7, from: 100))
        let parts = [try await part(fixture, a), try await part(fixture, b)]
        var request = fixture.request(.append)
        request.expectedDigest = Digest(of: a + b)
        let record = try await fixture.service.concatenate(request, parts: parts, by: fixture.ben)
        #expect(record.digest == .whole(Digest(of: a + b)))
        await expectRefusal(.checksumMismatch) {
            try await fixture.service.concatenate(request, parts: parts.reversed(), by: fixture.ben)
        }
    }

    @Test func `a finish that tells the digest of the whole is held to the bytes, whatever was recorded`() async throws
    {
        let fixture = try await Fixture()
        let (a, b) = (content(11), content(7, from: 100))
        let record = try await fixture.service.concatenate(
            fixture.request(.append), parts: [try await part(fixture, a), try await part(fixture, b)], by: fixture.ben)
        _ = try await fixture.service.commit(record.id, digest: Digest(of: a + b), length: 18, by: fixture.ben)
        await expectRefusal(.checksumMismatch) {
            try await fixture.service.commit(record.id, digest: Digest(of: b + a), by: fixture.ben)
        }
    }

    @Test func `the same request under the same key is the same concatenation, other parts are a conflict`()
        async throws
    {
        let fixture = try await Fixture()
        let parts = [try await part(fixture, content(11)), try await part(fixture, content(7))]
        let request = fixture.request(.append, key: "k")
        let first = try await fixture.service.concatenate(request, parts: parts, by: fixture.ben)
        #expect(try await fixture.service.concatenate(request, parts: parts, by: fixture.ben).id == first.id)
        await expectRefusal(.idempotencyConflict) {
            try await fixture.service.concatenate(request, parts: parts.reversed(), by: fixture.ben)
        }
        #expect(try await fixture.service.countBlobs() == 1)
    }

    @Test func `empty parts add nothing`() async throws {
        let fixture = try await Fixture()
        let empty = try await part(fixture, [])
        let full = try await part(fixture, content(11))
        let record = try await fixture.service.concatenate(
            fixture.request(.append), parts: [empty, full, empty], by: fixture.ben)
        #expect(try await fixture.read(record.id) == content(11))
    }
}
