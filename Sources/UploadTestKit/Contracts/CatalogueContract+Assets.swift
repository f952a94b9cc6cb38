import SessionCore
import UploadCore

extension CatalogueContract {
    static let assets: [Check] = [
        Check("an asset added comes last, and one removed is gone") { bench in
            let capsule = try await bench.newCapsule()
            let blob = try await bench.blob(in: capsule)
            let (first, second) = (bench.inline("first"), bench.asset(blob))
            let draft = bench.memory(capsule, assets: [first])
            _ = try await bench.catalogue.createMemory(draft, admit: admitAll)
            let added = try await bench.add(second, to: draft.id)
            try requireEqual(added.assets.map(\.id), [first.id, second.id], "the assets")
            try requireEqual(added.assets.last?.content, .blob(blob), "the content of the asset added")
            try requireEqual(try await bench.catalogue.memory(draft.id)?.memory, added, "the memory read back")
            let (removed, _) = try await bench.catalogue.removeAsset(
                first.id, from: draft.id, withBlob: false, at: bench.time(20), admit: admitAll)
            try requireEqual(removed.assets.map(\.id), [second.id], "the assets left")
            try requireEqual(try await bench.catalogue.memory(draft.id)?.memory, removed, "the memory read back")
            try await requireRefusal(.notFound(.asset), "the removal again") {
                try await bench.catalogue.removeAsset(
                    first.id, from: draft.id, withBlob: false, at: bench.time(20), admit: admitAll)
            }
        },
        Check("an asset added must be a committed blob of the capsule") { bench in
            let capsule = try await bench.newCapsule()
            let draft = bench.memory(capsule)
            let memory = try await bench.catalogue.createMemory(draft, admit: admitAll)
            let pending = try await bench.begin(bench.draft(capsule))
            let elsewhere = try await bench.blob(in: try await bench.newCapsule())
            for blob in [BlobId(pending.id), elsewhere, BlobId(bench.nextId())] {
                try await requireRefusal(.notFound(.blob), "a blob that is none of this capsule's") {
                    try await bench.add(bench.asset(blob), to: draft.id)
                }
            }
            try requireEqual(try await bench.catalogue.memory(draft.id)?.memory, memory, "the memory")
        },
        Check("an asset added past the limit is refused, the last one below it is not") { bench in
            let draft = bench.memory(try await bench.newCapsule(), assets: [bench.inline("1")])
            _ = try await bench.catalogue.createMemory(draft, admit: admitAll)
            let limits = MemoryLimits(inlineBudgetBytes: 1000, assetsMax: 2)
            _ = try await bench.add(bench.inline("2"), to: draft.id, limits)
            try await requireRefusal(.limitExceeded(.assets, maximum: 2, actual: 3), "a third asset") {
                try await bench.add(bench.inline("3"), to: draft.id, limits)
            }
        },
        Check("inline bytes are counted over all memories of a capsule, up to the budget exactly") { bench in
            let here = try await bench.newCapsule()
            let there = try await bench.newCapsule()
            let limits = MemoryLimits(inlineBudgetBytes: 10, assetsMax: 32)
            let first = bench.memory(here, assets: [bench.inline("123"), bench.inline("4")], limits: limits)
            _ = try await bench.catalogue.createMemory(first, admit: admitAll)
            let elsewhere = bench.memory(there, assets: [bench.inline("1234567890")], limits: limits)
            _ = try await bench.catalogue.createMemory(elsewhere, admit: admitAll)
            let tooMuch = bench.memory(here, assets: [bench.inline("1234567")], limits: limits)
            let refusal = UploadError.Reason.limitExceeded(.inlineBudgetBytes, maximum: 10, actual: 11)
            try await requireRefusal(refusal, "a memory past the budget") {
                try await bench.catalogue.createMemory(tooMuch, admit: admitAll)
            }
            try require(try await bench.catalogue.memory(tooMuch.id) == nil, "the refused memory was made")
            let second = bench.memory(here, assets: [bench.inline("123456")], limits: limits)
            _ = try await bench.catalogue.createMemory(second, admit: admitAll)
            try await requireRefusal(refusal, "an asset past the budget") {
                try await bench.add(bench.inline("1"), to: first.id, limits)
            }
        },
        Check("an asset removed and a memory deleted give their inline bytes back to the budget") { bench in
            let capsule = try await bench.newCapsule()
            let limits = MemoryLimits(inlineBudgetBytes: 10, assetsMax: 32)
            let asset = bench.inline("12345")
            let first = bench.memory(capsule, assets: [asset], limits: limits)
            let second = bench.memory(capsule, assets: [bench.inline("67890")], limits: limits)
            for draft in [first, second] { _ = try await bench.catalogue.createMemory(draft, admit: admitAll) }
            _ = try await bench.catalogue.removeAsset(
                asset.id, from: first.id, withBlob: false, at: bench.time(20), admit: admitAll)
            _ = try await bench.add(bench.inline("12345"), to: first.id, limits)
            _ = try await bench.catalogue.deleteMemory(
                second.id, withBlobs: false, at: bench.time(20), admit: admitAll)
            _ = try await bench.add(bench.inline("67890"), to: first.id, limits)
        },
        Check("blobs cost nothing of the inline budget") { bench in
            let capsule = try await bench.newCapsule()
            let limits = MemoryLimits(inlineBudgetBytes: 0, assetsMax: 32)
            let blob = try await bench.blob(in: capsule)
            let draft = bench.memory(capsule, assets: [bench.asset(blob)], limits: limits)
            _ = try await bench.catalogue.createMemory(draft, admit: admitAll)
            _ = try await bench.add(bench.asset(blob), to: draft.id, limits)
        },
    ]

    static let deletion: [Check] = [
        Check("an asset removed with its blob frees it, unless another asset uses it") { bench in
            let capsule = try await bench.newCapsule()
            let upload = try await bench.committed(bench.draft(capsule))
            let (first, second) = (bench.asset(BlobId(upload.id)), bench.asset(BlobId(upload.id)))
            let draft = bench.memory(capsule, assets: [first, second])
            _ = try await bench.catalogue.createMemory(draft, admit: admitAll)
            func remove(_ asset: NewAsset, withBlob: Bool) async throws -> [ObjectKey] {
                let (_, garbage) = try await bench.catalogue.removeAsset(
                    asset.id, from: draft.id, withBlob: withBlob, at: bench.time(20), admit: admitAll)
                return garbage
            }
            let held = try await remove(first, withBlob: true)
            try requireEqual(held, [], "garbage while another asset uses it")
            let freed = try await remove(second, withBlob: true)
            try requireEqual(freed, [upload.meta.key], "garbage at last")
            try require(try await bench.catalogue.blob(BlobId(upload.id)) == nil, "the blob is still there")
        },
        Check("a blob that a memory uses is not deleted; one that none uses any more is") { bench in
            let capsule = try await bench.newCapsule()
            let blob = try await bench.blob(in: capsule)
            let asset = bench.asset(blob)
            let draft = bench.memory(capsule, assets: [asset])
            _ = try await bench.catalogue.createMemory(draft, admit: admitAll)
            try await requireRefusal(.inUse, "the deletion of a blob in use") {
                try await bench.catalogue.deleteBlob(blob, at: bench.time(20), admit: admitAll)
            }
            try require(try await bench.catalogue.blob(blob) != nil, "the blob in use is gone")
            _ = try await bench.catalogue.removeAsset(
                asset.id, from: draft.id, withBlob: false, at: bench.time(20), admit: admitAll)
            let freed = try await bench.catalogue.deleteBlob(blob, at: bench.time(21), admit: admitAll)
            try requireEqual(freed.count, 1, "the freed files")
        },
        Check("a memory deleted without its blobs leaves them, and gives its key free") { bench in
            let capsule = try await bench.newCapsule()
            let blob = try await bench.blob(in: capsule)
            let key = IdempotencyKey("key")
            let draft = bench.memory(capsule, assets: [bench.asset(blob)], key: key)
            _ = try await bench.catalogue.createMemory(draft, admit: admitAll)
            let freed = try await bench.catalogue.deleteMemory(
                draft.id, withBlobs: false, at: bench.time(20), admit: admitAll)
            try requireEqual(freed, [], "the freed files")
            try require(try await bench.catalogue.memory(draft.id) == nil, "the deleted memory is found")
            try require(try await bench.catalogue.blob(blob) != nil, "its blob is gone")
            try await requireRefusal(.notFound(.memory), "the deletion again") {
                try await bench.catalogue.deleteMemory(draft.id, withBlobs: false, at: bench.time(21), admit: admitAll)
            }
            _ = try await bench.catalogue.createMemory(
                bench.memory(capsule, key: key, request: "another"), admit: admitAll)
        },
        Check("a memory deleted with its blobs deletes those that no other memory uses") { bench in
            let capsule = try await bench.newCapsule()
            let own = try await bench.blob(in: capsule)
            let shared = try await bench.blob(in: capsule)
            let draft = bench.memory(
                capsule, assets: [bench.asset(own), bench.asset(shared), bench.asset(own), bench.inline("tiny")])
            let other = bench.memory(capsule, assets: [bench.asset(shared)])
            for memory in [draft, other] { _ = try await bench.catalogue.createMemory(memory, admit: admitAll) }
            let freed = try await bench.catalogue.deleteMemory(
                draft.id, withBlobs: true, at: bench.time(20), admit: admitAll)
            let upload = try await bench.found(own.value)
            try requireEqual(freed, [upload.meta.key], "the freed files")
            try requireEqual(upload.session.meta.status, .aborted(at: bench.time(20)), "the status of its upload")
            try requireEqual(try await bench.catalogue.garbage(limit: 10), freed, "garbage")
            try require(try await bench.catalogue.blob(own) == nil, "the blob of the memory alone is left")
            try require(try await bench.catalogue.blob(shared) != nil, "the blob that both used is gone")
            let last = try await bench.catalogue.deleteMemory(
                other.id, withBlobs: true, at: bench.time(21), admit: admitAll)
            try requireEqual(last, [try await bench.found(shared.value).meta.key], "the freed files of the last user")
        },
    ]
}
