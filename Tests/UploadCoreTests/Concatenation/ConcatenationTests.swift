import SessionCore
import Testing
import UploadCore
import UploadTestKit

@Suite struct ConcatenationTests {
    private func part(_ bench: Bench, _ bytes: [UInt8]) async throws -> SessionId {
        try await bench.commit(bytes, isPartial: true)
    }

    @Test(arguments: [Storage.file, .catalogue])
    func `parts become one blob in the order given`(_ storage: Storage) async throws {
        let bench = try await Bench(storage)
        let (a, b, c) = (content(25), content(7, from: 100), content(12, from: 200))
        let parts = [try await part(bench, a), try await part(bench, b), try await part(bench, c)]
        let order = [2, 0, 1]
        let record = try await bench.service.concatenate(
            bench.request(.append), parts: order.map { parts[$0] }, by: bench.ben)
        #expect(record.blob == BlobId(record.id))
        #expect(record.session.spec.expectedBytes == 44)
        #expect(record.digest == BlobDigest(parts: [c, a, b].map { Digest(of: $0) }))
        #expect(try await bench.read(record.id) == c + a + b)
    }

    @Test func `a part may be used again, in one concatenation and in another`() async throws {
        let bench = try await Bench()
        let (a, b) = (content(11), content(7, from: 100))
        let (first, second) = (try await part(bench, a), try await part(bench, b))
        let record = try await bench.service.concatenate(
            bench.request(.append), parts: [first, second, first], by: bench.ben)
        let other = try await bench.service.concatenate(bench.request(.append), parts: [first], by: bench.ben)
        #expect(try await bench.read(record.id) == a + b + a)
        #expect(try await bench.read(other.id) == a)
        #expect(other.digest == .whole(Digest(of: a)), "one part is the whole")
    }

    @Test func `a concatenation may be a part of another`() async throws {
        let bench = try await Bench()
        let (a, b, c) = (content(11), content(7, from: 100), content(5, from: 200))
        var inner = bench.request(.append)
        inner.isPartial = true
        let ids = [try await part(bench, a), try await part(bench, b), try await part(bench, c)]
        let nested = try await bench.service.concatenate(inner, parts: [ids[0], ids[1]], by: bench.ben)
        let outer = try await bench.service.concatenate(
            bench.request(.append), parts: [ids[2], nested.id, ids[0]], by: bench.ben)
        #expect(try await bench.read(outer.id) == c + a + b + a)
    }

    @Test func `it is pending until all parts are committed, and is then finished`() async throws {
        let bench = try await Bench()
        let done = try await part(bench, content(11))
        let open = try await bench.begin(length: 7, isPartial: true)
        let record = try await bench.service.concatenate(bench.request(.append), parts: [done, open], by: bench.ben)
        #expect(record.session.meta.status == .pending)
        await expectRefusal(.incomplete) { try await bench.service.commit(record.id, by: bench.ben) }
        try await bench.putAll(open, content(7, from: 100))
        _ = try await bench.service.commit(open, by: bench.ben)
        #expect(try await bench.read(record.id) == content(11) + content(7, from: 100))
        _ = try await bench.service.commit(record.id, by: bench.ben)
    }

    @Test func `with the last part everything is finished that waits for it, also what is made of that`() async throws {
        let bench = try await Bench()
        let done = try await part(bench, content(11))
        let opens = [
            try await bench.begin(length: 7, isPartial: true), try await bench.begin(length: 5, isPartial: true),
        ]
        var inner = bench.request(.append)
        inner.isPartial = true
        let nested = try await bench.service.concatenate(inner, parts: [done, opens[0]], by: bench.ben)
        let outer = try await bench.service.concatenate(
            bench.request(.append), parts: [nested.id, opens[0]], by: bench.ben)
        let other = try await bench.service.concatenate(bench.request(.append), parts: opens, by: bench.ben)
        try await bench.putAll(opens[0], content(7, from: 100))
        _ = try await bench.service.commit(opens[0], by: bench.ben)
        #expect(try await bench.read(outer.id) == content(11) + content(7, from: 100) + content(7, from: 100))
        #expect(try await bench.sessions.get(other.id).session.meta.status == .pending, "it lacks another part")
    }

    @Test func `a concatenation that cannot be finished does not keep its part from it`() async throws {
        let bench = try await Bench()
        let open = try await bench.begin(length: 7, isPartial: true)
        var request = bench.request(.append)
        request.expectedDigest = Digest(of: content(7))
        let record = try await bench.service.concatenate(request, parts: [open], by: bench.ben)
        try await bench.putAll(open, content(7, from: 100))
        _ = try await bench.service.commit(open, by: bench.ben)
        await expectRefusal(.checksumMismatch) { try await bench.service.commit(record.id, by: bench.ben) }
    }

    @Test func `a part is no blob of its own`() async throws {
        let bench = try await Bench()
        let id = try await part(bench, content(11))
        await expectRefusal(.notFound) { try await bench.service.blob(BlobId(id), by: bench.ben) }
        #expect(try await bench.service.countBlobs() == 0)
    }

    @Test func `the bytes of parts that end afterwards stay for the concatenation, and go with it`() async throws {
        let bench = try await Bench()
        let (a, b) = (content(11), content(7, from: 100))
        let parts = [try await part(bench, a), try await part(bench, b)]
        let record = try await bench.service.concatenate(bench.request(.append), parts: parts, by: bench.ben)
        try await bench.service.abort(parts[0], by: bench.ben)
        bench.clock.advance(milliseconds: bench.limits.timeToLiveMilliseconds + 1)
        #expect(try await bench.sessions.cleanupExpiredSessions() == [parts[1]])
        #expect(try await bench.read(record.id) == a + b)
        #expect(try await bench.reopened().sessions.check().isClean)
        try await bench.service.deleteBlob(BlobId(record.id), by: bench.ben)
        #expect(try await bench.stored() == (0, 0))
    }

    @Test func `a part that a pending concatenation counts on is kept`() async throws {
        let bench = try await Bench()
        let done = try await part(bench, content(11))
        let open = try await bench.begin(length: 7, isPartial: true)
        let record = try await bench.service.concatenate(bench.request(.append), parts: [done, open], by: bench.ben)
        await expectRefusal(.inUse) { try await bench.service.abort(done, by: bench.ben) }
        bench.clock.advance(milliseconds: bench.limits.timeToLiveMilliseconds)
        _ = try await bench.service.status(of: record.id, by: bench.ben)
        _ = try await bench.service.status(of: open, by: bench.ben)
        bench.clock.advance(milliseconds: 1)
        #expect(try await bench.sessions.cleanupExpiredSessions().isEmpty)
        try await bench.service.abort(record.id, by: bench.ben)
        try await bench.service.abort(done, by: bench.ben)
        #expect(try await bench.stored() == (0, 0))
    }

    @Test func `the digest of the whole is verified where it is told`() async throws {
        let bench = try await Bench()
        let (a, b) = (content(11), content(7, from: 100))
        let parts = [try await part(bench, a), try await part(bench, b)]
        var request = bench.request(.append)
        request.expectedDigest = Digest(of: a + b)
        let record = try await bench.service.concatenate(request, parts: parts, by: bench.ben)
        #expect(record.digest == .whole(Digest(of: a + b)))
        await expectRefusal(.checksumMismatch) {
            try await bench.service.concatenate(request, parts: parts.reversed(), by: bench.ben)
        }
    }

    @Test func `a finish that tells the digest of the whole is held to the bytes, whatever was recorded`() async throws
    {
        let bench = try await Bench()
        let (a, b) = (content(11), content(7, from: 100))
        let record = try await bench.service.concatenate(
            bench.request(.append), parts: [try await part(bench, a), try await part(bench, b)], by: bench.ben)
        _ = try await bench.service.commit(record.id, digest: Digest(of: a + b), length: 18, by: bench.ben)
        await expectRefusal(.checksumMismatch) {
            try await bench.service.commit(record.id, digest: Digest(of: b + a), by: bench.ben)
        }
    }

    @Test func `the same request under the same key is the same concatenation, other parts are a conflict`()
        async throws
    {
        let bench = try await Bench()
        let parts = [try await part(bench, content(11)), try await part(bench, content(7))]
        let request = bench.request(.append, key: "k")
        let first = try await bench.service.concatenate(request, parts: parts, by: bench.ben)
        #expect(try await bench.service.concatenate(request, parts: parts, by: bench.ben).id == first.id)
        await expectRefusal(.idempotencyConflict) {
            try await bench.service.concatenate(request, parts: parts.reversed(), by: bench.ben)
        }
        #expect(try await bench.service.countBlobs() == 1)
    }

    @Test func `empty parts add nothing`() async throws {
        let bench = try await Bench()
        let empty = try await part(bench, [])
        let full = try await part(bench, content(11))
        let record = try await bench.service.concatenate(
            bench.request(.append), parts: [empty, full, empty], by: bench.ben)
        #expect(try await bench.read(record.id) == content(11))
    }
}
