import SessionCore
import Testing
import UploadCore
import UploadTestKit

@Suite struct MemoryTests {
    private let details = MemoryDetails(title: "cake", text: "at noon", tags: ["a", "b"], type: "photo")
    private let thumb = AssetDraft(
        kind: .thumb, content: .inline([1, 2, 3], contentType: "image/webp"), width: 16, height: 9)

    private func original(_ bench: Bench) async throws -> (draft: AssetDraft, blob: SessionId) {
        let id = try await bench.commit(content(25))
        return (AssetDraft(kind: .original, content: .blob(BlobId(id))), id)
    }

    private func create(
        _ bench: Bench, _ assets: [AssetDraft], key: String? = nil, by caller: Principal? = nil
    ) async throws -> Memory {
        try await bench.service.createMemory(
            in: bench.capsule, details, assets: assets, key: key.map { IdempotencyKey(bytes: Array($0.utf8)) },
            by: caller ?? bench.ben)
    }

    @Test func `a memory has all its assets, as what they are and not as they were called`() async throws {
        let bench = try await Bench()
        let memory = try await create(bench, [try await original(bench).draft, thumb])
        #expect(try await bench.service.memory(memory.id, by: bench.rita) == memory)
        #expect(memory.details == details && memory.creator == bench.ben)
        #expect(memory.assets.map(\.kind) == [.original, .thumb])
        #expect(memory.assets.map(\.size) == [25, 3])
        #expect(memory.assets.map(\.contentType) == ["image/jpeg", "image/webp"])
        #expect(memory.assets.map(\.digest) == [Digest(of: content(25)), Digest(of: [1, 2, 3])])
        #expect(memory.assets[1].width == 16 && memory.assets[1].height == 9)
    }

    @Test func `with one asset that is not there, no memory is made at all`() async throws {
        let bench = try await Bench()
        let (good, _) = try await original(bench)
        let pending = try await bench.begin(length: 25)
        let part = try await bench.commit(content(5), isPartial: true)
        for id in [pending, part, SessionId(high: 1, low: 1)] {
            let bad = AssetDraft(kind: .display, content: .blob(BlobId(id)))
            await expectRefusal(with: .notFound(.blob)) { try await create(bench, [good, bad]) }
        }
        #expect(try await bench.service.memories(in: bench.capsule, by: bench.ben).isEmpty)
    }

    @Test func `a blob of another capsule is not there`() async throws {
        let bench = try await Bench()
        var elsewhere = bench.request(length: 0)
        elsewhere.capsule = try await bench.service.createCapsule(title: "other", by: bench.ben).id
        let id = try await bench.service.beginUpload(elsewhere, by: bench.ben).record.id
        _ = try await bench.service.commit(id, by: bench.ben)
        await expectRefusal(with: .notFound(.blob)) {
            try await create(bench, [AssetDraft(kind: .original, content: .blob(BlobId(id)))])
        }
    }

    @Test func `the same request under the same key is the same memory, another one a conflict`() async throws {
        let bench = try await Bench()
        let first = try await create(bench, [thumb], key: "k")
        #expect(try await create(bench, [thumb], key: "k") == first)
        await expectRefusal(.idempotencyConflict) { try await create(bench, [thumb, thumb], key: "k") }
        #expect(try await create(bench, [thumb], key: "k", by: bench.anna).id != first.id)
        try await bench.service.deleteMemory(first.id, by: bench.ben)
        #expect(try await create(bench, [thumb, thumb], key: "k").id != first.id, "the key is free again")
    }

    @Test func `what people say can be changed by writers`() async throws {
        let bench = try await Bench()
        let memory = try await create(bench, [thumb])
        let changed = MemoryDetails(title: "pie", takenAt: Timestamp(milliseconds: -5))
        #expect(try await bench.service.updateMemory(memory.id, by: bench.anna) { $0 = changed }.details == changed)
        #expect(try await bench.service.memory(memory.id, by: bench.rita).details == changed)
    }

    @Test func `assets are added and removed`() async throws {
        let bench = try await Bench()
        let memory = try await create(bench, [thumb])
        let added = try await bench.service.addAsset(try await original(bench).draft, to: memory.id, by: bench.ben)
        #expect(added.assets.map(\.kind) == [.thumb, .original])
        let removed = try await bench.service.removeAsset(memory.assets[0].id, from: memory.id, by: bench.ben)
        #expect(removed.assets.map(\.kind) == [.original])
        await expectRefusal(with: .notFound(.asset)) {
            try await bench.service.removeAsset(memory.assets[0].id, from: memory.id, by: bench.ben)
        }
    }

    @Test func `deleting a memory keeps its blobs unless they are to go too`() async throws {
        let bench = try await Bench()
        let (draft, blob) = try await original(bench)
        let first = try await create(bench, [draft])
        let second = try await create(bench, [draft])
        try await bench.service.deleteMemory(first.id, withBlobs: true, by: bench.ben)
        #expect(try await bench.read(blob) == content(25), "another memory uses it")
        try await bench.service.deleteMemory(second.id, by: bench.ben)
        #expect(try await bench.read(blob) == content(25))
        let third = try await create(bench, [draft, draft])
        try await bench.service.deleteMemory(third.id, withBlobs: true, by: bench.ben)
        await expectRefusal(.notFound) { try await bench.read(blob) }
        #expect(try await bench.stored() == (0, 0))
        await expectRefusal(with: .notFound(.memory)) { try await bench.service.deleteMemory(third.id, by: bench.ben) }
        await expectRefusal(.gone) { try await bench.service.commit(blob, by: bench.ben) }
    }

    @Test func `a capsule's memories are listed oldest first, a page at a time`() async throws {
        let bench = try await Bench()
        var ids: [MemoryId] = []
        for _ in 0..<5 {
            bench.clock.advance(milliseconds: 1)
            ids.append(try await create(bench, [thumb]).id)
        }
        var listed: [MemoryId] = []
        while true {
            let page = try await bench.service.memories(
                in: bench.capsule, after: listed.last, limit: 2, by: bench.rita)
            if page.isEmpty { break }
            listed += page.map(\.id)
        }
        #expect(listed == ids)
    }
}

@Suite struct MemoryAccessTests {
    @Test func `readers read, writers change, strangers find nothing`() async throws {
        let bench = try await Bench()
        let asset = AssetDraft(kind: .thumb, content: .inline([1], contentType: "a"))
        let service = bench.service
        let memory = try await service.createMemory(
            in: bench.capsule, MemoryDetails(), assets: [asset], by: bench.ben)
        for (caller, reason) in [
            (bench.rita, UploadError.Reason.forbidden(needs: .writer)), (bench.mallory, .notFound(.memory)),
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
            try await service.createMemory(in: bench.capsule, MemoryDetails(), assets: [asset], by: bench.rita)
        }
        await expectRefusal(with: .notFound(.capsule)) {
            try await service.createMemory(in: bench.capsule, MemoryDetails(), assets: [asset], by: bench.mallory)
        }
        await expectRefusal(with: .notFound(.memory)) { try await service.memory(memory.id, by: bench.mallory) }
        await expectRefusal(with: .notFound(.capsule)) {
            try await service.memories(in: bench.capsule, by: bench.mallory)
        }
        #expect(try await service.memory(memory.id, by: bench.rita) == memory)
    }
}
