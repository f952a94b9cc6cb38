import SessionCore
import Testing
import UploadCore
import UploadMemories
import UploadTestKit

@Suite struct MemoryTests {
    private let details = MemoryDetails(title: "cake", text: "at noon", tags: ["a", "b"], type: "photo")
    private let thumb = AssetDraft(
        kind: .thumb, content: .inline([1, 2, 3], contentType: "image/webp"), width: 16, height: 9)

    private func original(_ fixture: Fixture) async throws -> (draft: AssetDraft, blob: SessionId) {
        let id = try await fixture.commit(content(25))
        return (AssetDraft(kind: .original, content: .blob(BlobId(id))), id)
    }

    private func create(
        _ fixture: Fixture, _ assets: [AssetDraft], key: String? = nil, by caller: Principal? = nil
    ) async throws -> Memory {
        try await fixture.service.createMemory(
            in: fixture.capsule, details, assets: assets, key: key.map { IdempotencyKey(bytes: Array($0.utf8)) },
            by: caller ?? fixture.ben)
    }

    @Test func `a memory has all its assets, as what they are and not as they were called`() async throws {
        let fixture = try await Fixture()
        let memory = try await create(fixture, [try await original(fixture).draft, thumb])
        #expect(try await fixture.service.memory(memory.id, by: fixture.rita) == memory)
        #expect(memory.details == details && memory.creator == fixture.ben)
        #expect(memory.assets.map(\.kind) == [.original, .thumb])
        #expect(memory.assets.map(\.size) == [25, 3])
        #expect(memory.assets.map(\.contentType) == ["image/jpeg", "image/webp"])
        #expect(memory.assets.map(\.digest) == [Digest(of: content(25)), Digest(of: [1, 2, 3])])
        #expect(memory.assets[1].width == 16 && memory.assets[1].height == 9)
    }

    @Test func `with one asset that is not there, no memory is made at all`() async throws {
        let fixture = try await Fixture()
        let (good, _) = try await original(fixture)
        let pending = try await fixture.begin(length: 25)
        let part = try await fixture.commit(content(5), isPartial: true)
        for id in [pending, part, SessionId(high: 1, low: 1)] {
            let bad = AssetDraft(kind: .display, content: .blob(BlobId(id)))
            await expectRefusal(with: .notFound(.blob)) { try await create(fixture, [good, bad]) }
        }
        #expect(try await fixture.service.memories(in: fixture.capsule, by: fixture.ben).isEmpty)
    }

    @Test func `a blob of another capsule is not there`() async throws {
        let fixture = try await Fixture()
        var elsewhere = fixture.request(length: 0)
        elsewhere.capsule = try await fixture.service.createCapsule(title: "other", by: fixture.ben).id
        let id = try await fixture.service.beginUpload(elsewhere, by: fixture.ben).record.id
        _ = try await fixture.service.commit(id, by: fixture.ben)
        await expectRefusal(with: .notFound(.blob)) {
            try await create(fixture, [AssetDraft(kind: .original, content: .blob(BlobId(id)))])
        }
    }

    @Test func `the same request under the same key is the same memory, another one a conflict`() async throws {
        let fixture = try await Fixture()
        let first = try await create(fixture, [thumb], key: "k")
        #expect(try await create(fixture, [thumb], key: "k") == first)
        await expectRefusal(.idempotencyConflict) { try await create(fixture, [thumb, thumb], key: "k") }
        #expect(try await create(fixture, [thumb], key: "k", by: fixture.anna).id != first.id)
        try await fixture.service.deleteMemory(first.id, by: fixture.ben)
        #expect(try await create(fixture, [thumb, thumb], key: "k").id != first.id, "the key is free again")
    }

    @Test func `what people say can be changed by writers`() async throws {
        let fixture = try await Fixture()
        let memory = try await create(fixture, [thumb])
        let changed = MemoryDetails(title: "pie", takenAt: CaptureTime(Timestamp(milliseconds: -5)))
        #expect(try await fixture.service.updateMemory(memory.id, by: fixture.anna) { $0 = changed }.details == changed)
        #expect(try await fixture.service.memory(memory.id, by: fixture.rita).details == changed)
    }

    @Test func `assets are added and removed`() async throws {
        let fixture = try await Fixture()
        let memory = try await create(fixture, [thumb])
        let added = try await fixture.service.addAsset(
            try await original(fixture).draft, to: memory.id, by: fixture.ben)
        #expect(added.assets.map(\.kind) == [.thumb, .original])
        let removed = try await fixture.service.removeAsset(memory.assets[0].id, from: memory.id, by: fixture.ben)
        #expect(removed.assets.map(\.kind) == [.original])
        await expectRefusal(with: .notFound(.asset)) {
            try await fixture.service.removeAsset(memory.assets[0].id, from: memory.id, by: fixture.ben)
        }
    }

    @Test func `an asset that is added again under its key is added once, until it is removed`() async throws {
        let fixture = try await Fixture()
        let memory = try await create(fixture, [thumb])
        let (draft, _) = try await original(fixture)
        let key = IdempotencyKey(bytes: Array("key".utf8))
        let added = try await fixture.service.addAsset(draft, to: memory.id, key: key, by: fixture.ben)
        #expect(try await fixture.service.addAsset(draft, to: memory.id, key: key, by: fixture.ben) == added)
        await expectRefusal(.idempotencyConflict) {
            try await fixture.service.addAsset(thumb, to: memory.id, key: key, by: fixture.ben)
        }
        // The key is the caller's, and the memory's.
        let another = try await fixture.service.addAsset(draft, to: memory.id, key: key, by: fixture.anna)
        #expect(another.assets.count == 3)
        let other = try await create(fixture, [thumb])
        #expect(try await fixture.service.addAsset(draft, to: other.id, key: key, by: fixture.ben).assets.count == 2)

        _ = try await fixture.service.removeAsset(added.assets[1].id, from: memory.id, by: fixture.ben)
        #expect(
            try await fixture.service.addAsset(draft, to: memory.id, key: key, by: fixture.ben).assets.count == 3)
    }

    @Test func `deleting a memory keeps its blobs unless they are to go too`() async throws {
        let fixture = try await Fixture()
        let (draft, blob) = try await original(fixture)
        let first = try await create(fixture, [draft])
        let second = try await create(fixture, [draft])
        try await fixture.service.deleteMemory(first.id, withBlobs: true, by: fixture.ben)
        #expect(try await fixture.read(blob) == content(25), "another memory uses it")
        try await fixture.service.deleteMemory(second.id, by: fixture.ben)
        #expect(try await fixture.read(blob) == content(25))
        let third = try await create(fixture, [draft, draft])
        try await fixture.service.deleteMemory(third.id, withBlobs: true, by: fixture.ben)
        await expectRefusal(.notFound) { try await fixture.read(blob) }
        #expect(try await fixture.stored() == (0, 0))
        await expectRefusal(with: .notFound(.memory)) {
            try await fixture.service.deleteMemory(third.id, by: fixture.ben)
        }
        await expectRefusal(.gone) { try await fixture.service.commit(blob, by: fixture.ben) }
    }

    @Test func `a capsule's memories are listed oldest first, a page at a time`() async throws {
        let fixture = try await Fixture()
        var ids: [MemoryId] = []
        for _ in 0..<5 {
            fixture.clock.advance(milliseconds: 1)
            ids.append(try await create(fixture, [thumb]).id)
        }
        var listed: [Memory] = []
        while true {
            let page = try await fixture.service.memories(
                in: fixture.capsule, after: listed.last?.position, limit: 2, by: fixture.rita)
            if page.isEmpty { break }
            listed += page
        }
        #expect(listed.map(\.id) == ids)
    }
}

@Suite struct MemoryAccessTests {
    @Test func `readers read, writers change, strangers find nothing`() async throws {
        let fixture = try await Fixture()
        let asset = AssetDraft(kind: .thumb, content: .inline([1], contentType: "a"))
        let service = fixture.service
        let memory = try await service.createMemory(
            in: fixture.capsule, MemoryDetails(), assets: [asset], by: fixture.ben)
        for (caller, reason) in [
            (fixture.rita, UploadError.Reason.forbidden(needs: .writer)), (fixture.mallory, .notFound(.memory)),
        ] {
            await expectRefusal(with: reason) {
                try await service.updateMemory(memory.id, by: caller) { $0 = MemoryDetails() }
            }
            await expectRefusal(with: reason) { try await service.addAsset(asset, to: memory.id, by: caller) }
            await expectRefusal(with: reason) {
                try await service.removeAsset(memory.assets[0].id, from: memory.id, by: caller)
            }
            await expectRefusal(with: reason) { try await service.deleteMemory(memory.id, by: caller) }
            await expectRefusal(with: reason) {
                try await service.deleteMemory(memory.id, withBlobs: true, by: caller)
            }
        }
        await expectRefusal(.forbidden) {
            try await service.createMemory(in: fixture.capsule, MemoryDetails(), assets: [asset], by: fixture.rita)
        }
        await expectRefusal(with: .notFound(.capsule)) {
            try await service.createMemory(in: fixture.capsule, MemoryDetails(), assets: [asset], by: fixture.mallory)
        }
        await expectRefusal(with: .notFound(.memory)) { try await service.memory(memory.id, by: fixture.mallory) }
        await expectRefusal(with: .notFound(.capsule)) {
            try await service.memories(in: fixture.capsule, by: fixture.mallory)
        }
        #expect(try await service.memory(memory.id, by: fixture.rita) == memory)
    }
}
