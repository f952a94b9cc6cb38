import SessionCore
import UploadCore
import UploadMemories

extension CatalogueContract {
    static let assets: [Check] = [
        Check("an added asset comes last, and a removed one is gone") { fixture in
            let capsule = try await fixture.newCapsule()
            let blob = try await fixture.blob(in: capsule)
            let (first, second) = (fixture.inline("first"), fixture.asset(blob))
            let draft = fixture.memory(capsule, assets: [first])
            _ = try await fixture.catalogue.createMemory(draft, checkAccess: admitAll)
            let added = try await fixture.add(second, to: draft.id)
            try requireEqual(added.assets.map(\.id), [first.id, second.id], "the assets")
            try requireEqual(added.assets.last?.content, .blob(blob), "the content of the added asset")
            try requireEqual(try await fixture.catalogue.memory(draft.id)?.memory, added, "the memory read back")
            let (removed, _) = try await fixture.catalogue.removeAsset(
                first.id, from: draft.id, withBlob: false, at: fixture.time(20), checkAccess: admitAll)
            try requireEqual(removed.assets.map(\.id), [second.id], "the remaining assets")
            try requireEqual(try await fixture.catalogue.memory(draft.id)?.memory, removed, "the memory read back")
            try await requireRefusal(.notFound(.asset), "the removal again") {
                try await fixture.catalogue.removeAsset(
                    first.id, from: draft.id, withBlob: false, at: fixture.time(20), checkAccess: admitAll)
            }
        },
        Check("an added blob must be committed in the capsule") { fixture in
            let capsule = try await fixture.newCapsule()
            let draft = fixture.memory(capsule)
            let memory = try await fixture.catalogue.createMemory(draft, checkAccess: admitAll)
            let pending = try await fixture.begin(fixture.draft(capsule))
            let elsewhere = try await fixture.blob(in: try await fixture.newCapsule())
            for blob in [BlobId(pending.id), elsewhere, BlobId(fixture.nextId())] {
                try await requireRefusal(.notFound(.blob), "a blob that is not committed in this capsule") {
                    try await fixture.add(fixture.asset(blob), to: draft.id)
                }
            }
            try requireEqual(try await fixture.catalogue.memory(draft.id)?.memory, memory, "the memory")
        },
        Check("assets are added up to the limit, and the next is refused") { fixture in
            let draft = fixture.memory(try await fixture.newCapsule(), assets: [fixture.inline("1")])
            _ = try await fixture.catalogue.createMemory(draft, checkAccess: admitAll)
            let limits = MemoryLimits(inlineBudgetBytes: 1000, assetsMax: 2)
            _ = try await fixture.add(fixture.inline("2"), to: draft.id, limits)
            try await requireRefusal(.limitExceeded(.assets, maximum: 2, actual: 3), "a third asset") {
                try await fixture.add(fixture.inline("3"), to: draft.id, limits)
            }
        },
        Check("adding an asset again changes nothing, also at the limits; its id with other content is refused") {
            fixture in
            let capsule = try await fixture.newCapsule()
            let draft = fixture.memory(capsule, assets: [fixture.inline("1")])
            _ = try await fixture.catalogue.createMemory(draft, checkAccess: admitAll)
            let limits = MemoryLimits(inlineBudgetBytes: 3, assetsMax: 3)
            let assets = [fixture.inline("23"), fixture.asset(try await fixture.blob(in: capsule))]
            func add(_ asset: NewAsset) async throws -> (memory: Memory, isNew: Bool) {
                try await fixture.catalogue.addAsset(asset, to: draft.id, limits: limits, checkAccess: admitAll)
            }
            var whole: Memory?
            for asset in assets {
                let (memory, isNew) = try await add(asset)
                try require(isNew, "a new asset is taken for a known one")
                whole = memory
            }
            for asset in assets {
                let (memory, isNew) = try await add(asset)
                try require(!isNew, "a known asset is taken for a new one")
                try requireEqual(memory, try requireValue(whole, "the memory"), "the memory")
            }
            let other = fixture.inline("other")
            try await requireRefusal(.alreadyExists, "other content under a known id") {
                try await add(NewAsset(id: assets[0].id, draft: other.draft, digest: other.digest))
            }
            try requireEqual(try await fixture.catalogue.memory(draft.id)?.memory, whole, "the memory read back")
        },
        Check("the inline bytes of all memories of a capsule are limited to the budget exactly") { fixture in
            let here = try await fixture.newCapsule()
            let there = try await fixture.newCapsule()
            let limits = MemoryLimits(inlineBudgetBytes: 10, assetsMax: 32)
            let first = fixture.memory(here, assets: [fixture.inline("123"), fixture.inline("4")], limits: limits)
            _ = try await fixture.catalogue.createMemory(first, checkAccess: admitAll)
            let elsewhere = fixture.memory(there, assets: [fixture.inline("1234567890")], limits: limits)
            _ = try await fixture.catalogue.createMemory(elsewhere, checkAccess: admitAll)
            let tooMuch = fixture.memory(here, assets: [fixture.inline("1234567")], limits: limits)
            let refusal = UploadError.Reason.limitExceeded(.inlineBudgetBytes, maximum: 10, actual: 11)
            try await requireRefusal(refusal, "a memory past the budget") {
                try await fixture.catalogue.createMemory(tooMuch, checkAccess: admitAll)
            }
            try require(try await fixture.catalogue.memory(tooMuch.id) == nil, "the refused memory was created")
            let second = fixture.memory(here, assets: [fixture.inline("123456")], limits: limits)
            _ = try await fixture.catalogue.createMemory(second, checkAccess: admitAll)
            try await requireRefusal(refusal, "an asset past the budget") {
                try await fixture.add(fixture.inline("1"), to: first.id, limits)
            }
        },
        Check("removed assets and deleted memories return their inline bytes to the budget") { fixture in
            let capsule = try await fixture.newCapsule()
            let limits = MemoryLimits(inlineBudgetBytes: 10, assetsMax: 32)
            let asset = fixture.inline("12345")
            let first = fixture.memory(capsule, assets: [asset], limits: limits)
            let second = fixture.memory(capsule, assets: [fixture.inline("67890")], limits: limits)
            for draft in [first, second] { _ = try await fixture.catalogue.createMemory(draft, checkAccess: admitAll) }
            _ = try await fixture.catalogue.removeAsset(
                asset.id, from: first.id, withBlob: false, at: fixture.time(20), checkAccess: admitAll)
            _ = try await fixture.add(fixture.inline("12345"), to: first.id, limits)
            _ = try await fixture.catalogue.deleteMemory(
                second.id, withBlobs: false, at: fixture.time(20), checkAccess: admitAll)
            _ = try await fixture.add(fixture.inline("67890"), to: first.id, limits)
        },
        Check("blobs do not count against the inline budget") { fixture in
            let capsule = try await fixture.newCapsule()
            let limits = MemoryLimits(inlineBudgetBytes: 0, assetsMax: 32)
            let blob = try await fixture.blob(in: capsule)
            let draft = fixture.memory(capsule, assets: [fixture.asset(blob)], limits: limits)
            _ = try await fixture.catalogue.createMemory(draft, checkAccess: admitAll)
            _ = try await fixture.add(fixture.asset(blob), to: draft.id, limits)
        },
    ]

    static let deletion: [Check] = [
        Check("removing an asset with its blob frees the blob, unless another asset uses it") { fixture in
            let capsule = try await fixture.newCapsule()
            let upload = try await fixture.committed(fixture.draft(capsule))
            let (first, second) = (fixture.asset(BlobId(upload.id)), fixture.asset(BlobId(upload.id)))
            let draft = fixture.memory(capsule, assets: [first, second])
            _ = try await fixture.catalogue.createMemory(draft, checkAccess: admitAll)
            func remove(_ asset: NewAsset, withBlob: Bool) async throws -> [ObjectKey] {
                let (_, garbage) = try await fixture.catalogue.removeAsset(
                    asset.id, from: draft.id, withBlob: withBlob, at: fixture.time(20), checkAccess: admitAll)
                return garbage
            }
            let held = try await remove(first, withBlob: true)
            try requireEqual(held, [], "garbage while another asset uses it")
            let freed = try await remove(second, withBlob: true)
            try requireEqual(freed, [upload.meta.key], "garbage after the last removal")
            try require(try await fixture.catalogue.blob(BlobId(upload.id)) == nil, "the freed blob is found")
        },
        Check("a blob in use by a memory cannot be deleted, an unused one can") { fixture in
            let capsule = try await fixture.newCapsule()
            let blob = try await fixture.blob(in: capsule)
            let asset = fixture.asset(blob)
            let draft = fixture.memory(capsule, assets: [asset])
            _ = try await fixture.catalogue.createMemory(draft, checkAccess: admitAll)
            try await requireRefusal(.inUse(by: .memory), "the deletion of a blob in use") {
                try await fixture.catalogue.deleteBlob(blob, at: fixture.time(20), checkAccess: admitAll)
            }
            try require(try await fixture.catalogue.blob(blob) != nil, "the blob in use is gone")
            _ = try await fixture.catalogue.removeAsset(
                asset.id, from: draft.id, withBlob: false, at: fixture.time(20), checkAccess: admitAll)
            let freed = try await fixture.catalogue.deleteBlob(blob, at: fixture.time(21), checkAccess: admitAll)
            try requireEqual(freed.count, 1, "the freed files")
        },
        Check("deleting a memory without its blobs keeps the blobs and releases its key") { fixture in
            let capsule = try await fixture.newCapsule()
            let blob = try await fixture.blob(in: capsule)
            let key = IdempotencyKey("key")
            let draft = fixture.memory(capsule, assets: [fixture.asset(blob)], key: key)
            _ = try await fixture.catalogue.createMemory(draft, checkAccess: admitAll)
            let freed = try await fixture.catalogue.deleteMemory(
                draft.id, withBlobs: false, at: fixture.time(20), checkAccess: admitAll)
            try requireEqual(freed, [], "the freed files")
            try require(try await fixture.catalogue.memory(draft.id) == nil, "the deleted memory is found")
            try require(try await fixture.catalogue.blob(blob) != nil, "its blob is gone")
            try await requireRefusal(.notFound(.memory), "the deletion again") {
                try await fixture.catalogue.deleteMemory(
                    draft.id, withBlobs: false, at: fixture.time(21), checkAccess: admitAll)
            }
            _ = try await fixture.catalogue.createMemory(
                fixture.memory(capsule, key: key, request: "another"), checkAccess: admitAll)
        },
        Check("deleting a memory with its blobs keeps those that other memories use") { fixture in
            let capsule = try await fixture.newCapsule()
            let own = try await fixture.blob(in: capsule)
            let shared = try await fixture.blob(in: capsule)
            let draft = fixture.memory(
                capsule,
                assets: [fixture.asset(own), fixture.asset(shared), fixture.asset(own), fixture.inline("tiny")])
            let other = fixture.memory(capsule, assets: [fixture.asset(shared)])
            for memory in [draft, other] { _ = try await fixture.catalogue.createMemory(memory, checkAccess: admitAll) }
            let ownKey = try await fixture.found(own.value).meta.key
            let sharedKey = try await fixture.found(shared.value).meta.key
            let freed = try await fixture.catalogue.deleteMemory(
                draft.id, withBlobs: true, at: fixture.time(20), checkAccess: admitAll)
            try requireEqual(freed, [ownKey], "the freed files")
            let status = try await fixture.found(own.value).session.meta.status
            try requireEqual(status, .aborted(at: fixture.time(20)), "the status of its upload")
            try requireEqual(try await fixture.catalogue.garbage(limit: 10), freed, "garbage")
            try require(try await fixture.catalogue.blob(own) == nil, "the blob of this memory only is left")
            try require(try await fixture.catalogue.blob(shared) != nil, "the shared blob is gone")
            let last = try await fixture.catalogue.deleteMemory(
                other.id, withBlobs: true, at: fixture.time(21), checkAccess: admitAll)
            try requireEqual(last, [sharedKey], "the freed files of the last user")
        },
    ]
}
