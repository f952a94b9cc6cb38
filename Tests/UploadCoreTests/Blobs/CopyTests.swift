import SessionCore
import Testing
import UploadCore
import UploadTestKit

@Suite struct CopyTests {
    private func copy(
        _ fixture: Fixture, _ source: SessionId, name: String = "again.jpg", key: String? = nil,
        digest: Digest? = nil, to capsule: CapsuleId? = nil, by caller: Principal? = nil
    ) async throws(UploadError) -> Began {
        var request = fixture.request(key: key)
        request.capsule = capsule ?? fixture.capsule
        request.asset = AssetMetadata(name: name, modifiedAt: Timestamp(milliseconds: 5))
        request.expectedDigest = digest
        return try await fixture.service.copy(BlobId(source), request, by: caller ?? fixture.ben)
    }

    @Test(arguments: [Storage.file, .catalogue])
    func `a copy has the bytes of its source, which are stored once until both are deleted`(
        _ storage: Storage
    ) async throws {
        let fixture = try await Fixture(storage)
        let bytes = content(45)
        let source = try await fixture.commit(bytes)
        let stored = try await fixture.stored()
        let began = try await copy(fixture, source, digest: Digest(of: bytes))
        #expect(!began.isReplay)
        let blob = try await fixture.service.blob(BlobId(began.record.id), by: fixture.rita)
        #expect(blob.asset == AssetMetadata(name: "again.jpg", modifiedAt: Timestamp(milliseconds: 5)))
        #expect(blob.digest == .whole(Digest(of: bytes)))
        #expect(try await fixture.read(began.record.id) == bytes)
        #expect(try await fixture.read(began.record.id, 9..<31) == Array(bytes[9..<31]))
        #expect(try await fixture.stored() == stored)
        #expect(try await fixture.service.usage(of: fixture.anna).storedBytes == 45)
        try await fixture.service.deleteBlob(BlobId(source), by: fixture.ben)
        #expect(try await fixture.read(began.record.id) == bytes)
        #expect(try await fixture.stored() == stored)
        try await fixture.service.deleteBlob(BlobId(began.record.id), by: fixture.ben)
        #expect(try await fixture.stored() == (0, 0))
        #expect(try await fixture.service.usage(of: fixture.anna).storedBytes == 0)
    }

    @Test func `the same key returns the same copy, and another request under it is refused`() async throws {
        let fixture = try await Fixture()
        let source = try await fixture.commit(content(45))
        let other = try await fixture.commit(content(45))
        let first = try await copy(fixture, source, key: "k").record.id
        let again = try await copy(fixture, source, key: "k")
        #expect(again.isReplay && again.record.id == first)
        await expectRefusal(.idempotencyConflict) { try await copy(fixture, other, key: "k") }
        await expectRefusal(.idempotencyConflict) { try await copy(fixture, source, name: "b", key: "k") }
    }

    @Test func `a copy needs a source that the caller reads, and a capsule of the same owner`() async throws {
        let fixture = try await Fixture()
        let source = try await fixture.commit(content(45))
        let bens = try await fixture.service.createCapsule(title: "ben's", by: fixture.ben)
        let annas = try await fixture.service.createCapsule(title: "more", by: fixture.anna)
        await expectRefusal(with: .notFound(.blob)) { try await copy(fixture, source, to: bens.id) }
        await expectRefusal(with: .notFound(.blob)) { try await copy(fixture, source, by: fixture.mallory) }
        await expectRefusal(.forbidden) { try await copy(fixture, source, by: fixture.rita) }
        await expectRefusal(with: .notFound(.capsule)) { try await copy(fixture, source, to: annas.id) }
        _ = try await copy(fixture, source, to: annas.id, by: fixture.anna)
        await expectRefusal(.checksumMismatch) { try await copy(fixture, source, digest: Digest(of: [])) }
    }

    @Test func `digests find the caller's own blobs and those of the capsule`() async throws {
        let fixture = try await Fixture { $0.batchMax = 2 }
        let source = try await fixture.commit(content(45))
        let annas = try await fixture.service.createCapsule(title: "more", by: fixture.anna)
        let known = [Digest(of: content(45)), Digest(of: [1])]
        func find(_ capsule: CapsuleId, _ caller: Principal) async throws(UploadError) -> [SessionId] {
            try await fixture.service.blobs(withDigests: known, in: capsule, by: caller).map(\.id.value)
        }
        #expect(try await find(fixture.capsule, fixture.rita) == [source])
        #expect(try await find(annas.id, fixture.anna) == [source])
        let bens = try await fixture.service.createCapsule(title: "ben's", by: fixture.ben)
        #expect(try await find(bens.id, fixture.ben) == [], "he reads the capsule, but does not own it")
        await expectRefusal(with: .notFound(.capsule)) { try await find(fixture.capsule, fixture.mallory) }
        await expectLimit(.batch, 2) {
            try await fixture.service.blobs(
                withDigests: known + [Digest(of: [2])], in: fixture.capsule, by: fixture.ben)
        }
    }

    @Test func `with deduplication off digests find nothing, and nothing is copied`() async throws {
        let fixture = try await Fixture { $0.deduplication = false }
        let source = try await fixture.commit(content(45))
        await expectRefusal(.forbidden) { try await copy(fixture, source) }
        await expectRefusal(.forbidden) {
            try await fixture.service.blobs(withDigests: [], in: fixture.capsule, by: fixture.ben)
        }
    }

    @Test func `lists show the blobs of a capsule to its readers only`() async throws {
        let fixture = try await Fixture { $0.pageMax = 2 }
        var ids: [SessionId] = []
        for _ in 0..<3 {
            fixture.clock.advance(milliseconds: 1)
            ids.append(try await fixture.commit(content(5)))
        }
        let filter = BlobFilter(capsule: fixture.capsule)
        let page = try await fixture.service.blobs(filter, by: fixture.rita)
        #expect(page.blobs.map(\.id.value) == [ids[2], ids[1]])
        let rest = try await fixture.service.blobs(filter, after: page.next, by: fixture.rita)
        #expect(rest.blobs.map(\.id.value) == [ids[0]] && rest.next == nil)
        await expectRefusal(with: .notFound(.capsule)) {
            try await fixture.service.blobs(filter, by: fixture.mallory)
        }
    }
}
