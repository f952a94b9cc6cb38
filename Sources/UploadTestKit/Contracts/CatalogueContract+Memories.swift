import SessionCore
import UploadCore

extension CatalogueContract {
    static let memories: [Check] = [
        Check("a memory is found again as it was made, with its assets in their order") { bench in
            let capsule = try await bench.newCapsule()
            let blob = try await bench.blob(in: capsule)
            let details = MemoryDetails(
                title: "Fête 🎉\0", text: "e\u{301}", tags: ["b", "a", "", "b"], type: "photo", takenAt: bench.time(-5),
                thumbHash: [1, 0, 255])
            let draft = bench.memory(
                capsule, details: details, assets: [bench.asset(blob), bench.inline("tiny"), bench.inline("")])
            let memory = try await bench.catalogue.createMemory(draft, admit: admitAll)
            try requireEqual(memory.id, draft.id, "id")
            try requireEqual(memory.capsule, capsule.id, "capsule")
            try requireEqual(memory.creator, bench.ada, "creator")
            try requireEqual(memory.createdAt, draft.createdAt, "created at")
            try requireEqual(memory.details, details, "details")
            try requireEqual(memory.assets, try bench.expectedAssets(draft, blobSize: 25), "assets")
            let (found, home) = try requireValue(try await bench.catalogue.memory(draft.id), "the memory")
            try requireEqual(found, memory, "the memory read back")
            try requireEqual(home, capsule, "its capsule")
        },
        Check("the same key with the same request finds the first memory") { bench in
            let capsule = try await bench.newCapsule()
            let key = IdempotencyKey("key")
            let first = try await bench.catalogue.createMemory(bench.memory(capsule, key: key), admit: admitAll)
            let again = bench.memory(capsule, key: key)
            try requireEqual(try await bench.catalogue.createMemory(again, admit: admitAll), first, "the answer")
            try require(try await bench.catalogue.memory(again.id) == nil, "the repetition was recorded too")
        },
        Check("the same key with another request is a conflict") { bench in
            let capsule = try await bench.newCapsule()
            let key = IdempotencyKey("key")
            _ = try await bench.catalogue.createMemory(bench.memory(capsule, key: key), admit: admitAll)
            try await requireRefusal(.idempotencyConflict, "another request") {
                let other = bench.memory(capsule, key: key, request: "another")
                return try await bench.catalogue.createMemory(other, admit: admitAll)
            }
        },
        Check("keys of other creators, in other capsules, and of uploads are other keys") { bench in
            let here = try await bench.newCapsule()
            let there = try await bench.newCapsule()
            let key = IdempotencyKey("key")
            _ = try await bench.begin(bench.draft(here, key: key))
            let drafts = [
                bench.memory(here, key: key, request: "1"),
                bench.memory(here, creator: bench.ben, key: key, request: "2"),
                bench.memory(there, key: key, request: "3"), bench.memory(here), bench.memory(here),
            ]
            for draft in drafts {
                let memory = try await bench.catalogue.createMemory(draft, admit: admitAll)
                try requireEqual(memory.id, draft.id, "the memory that was made")
            }
        },
        Check("memories are listed page by page in the order of their ids, each capsule's its own") { bench in
            let capsule = try await bench.newCapsule()
            let other = try await bench.newCapsule()
            let ids = (0..<5).map { _ in MemoryId(bench.nextId()) }
            for id in ids.shuffled() {
                _ = try await bench.catalogue.createMemory(
                    bench.memory(capsule, id: id, assets: [bench.inline("tiny")]), admit: admitAll)
            }
            _ = try await bench.catalogue.createMemory(bench.memory(other), admit: admitAll)
            let first = try await bench.catalogue.memories(
                in: capsule.id, after: nil, order: .oldestFirst, limit: 3)
            let second = try await bench.catalogue.memories(
                in: capsule.id, after: first.last?.id, order: .oldestFirst, limit: 3)
            try requireEqual((first + second).map(\.id), ids, "the ids")
            try requireEqual(first.count, 3, "the size of the first page")
            for memory in first + second { try requireEqual(memory.assets.count, 1, "assets of a listed memory") }
            let newest = try await bench.catalogue.memories(
                in: capsule.id, after: nil, order: .newestFirst, limit: 3)
            let older = try await bench.catalogue.memories(
                in: capsule.id, after: newest.last?.id, order: .newestFirst, limit: 3)
            try requireEqual((newest + older).map(\.id), ids.reversed(), "the ids, the newest first")
            let none = try await bench.catalogue.memories(
                in: CapsuleId(bench.nextId()), after: nil, order: .oldestFirst, limit: 3)
            try requireEqual(none, [], "memories of an unknown capsule")
        },
        Check("an update replaces the details and nothing else") { bench in
            let capsule = try await bench.newCapsule()
            let draft = bench.memory(capsule, details: MemoryDetails(title: "Old"), assets: [bench.inline("tiny")])
            var memory = try await bench.catalogue.createMemory(draft, admit: admitAll)
            memory.details = MemoryDetails(title: "New", text: "Text", tags: ["tag"], type: "", takenAt: bench.time(1))
            let answer = try await bench.catalogue.updateMemory(draft.id, admit: admitAll) {
                [details = memory.details] in
                $0 = details
            }
            try requireEqual(answer, memory, "the answer")
            try requireEqual(try await bench.catalogue.memory(draft.id)?.memory, memory, "the memory read back")
            memory.details = MemoryDetails()
            _ = try await bench.catalogue.updateMemory(draft.id, admit: admitAll) { $0 = MemoryDetails() }
            try requireEqual(try await bench.catalogue.memory(draft.id)?.memory, memory, "the memory read back")
        },
    ]

    static let memoryRefusals: [Check] = [
        Check("changes of a memory at the same time are all kept, and one that is refused changes nothing") { bench in
            let capsule = try await bench.newCapsule()
            let draft = bench.memory(capsule)
            _ = try await bench.catalogue.createMemory(draft, admit: admitAll)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        _ = try await bench.catalogue.updateMemory(draft.id, admit: admitAll) {
                            $0.tags.append("\(number)")
                        }
                    }
                }
                try await group.waitForAll()
            }
            let tags = try await bench.catalogue.memory(draft.id)?.memory.details.tags ?? []
            try requireEqual(Set(tags), Set((0..<20).map { "\($0)" }), "the tags")
            try await requireRefusal(.storeFull, "a change that refuses") {
                try await bench.catalogue.updateMemory(draft.id, admit: admitAll) { details throws(UploadError) in
                    details.title = "No"
                    throw UploadError(.storeFull)
                }
            }
            let title = try await bench.catalogue.memory(draft.id)?.memory.details.title
            try requireEqual(title, "", "the title after a refusal")
        },
        Check("a memory is made with all its assets or not at all") { bench in
            let here = try await bench.newCapsule()
            let there = try await bench.newCapsule()
            let aborted = try await bench.committed(bench.draft(here))
            _ = try await bench.catalogue.deleteBlob(BlobId(aborted.id), at: bench.time(20), admit: admitAll)
            let strangers = [
                bench.nextId(), aborted.id, try await bench.begin(bench.draft(here)).id,
                try await bench.committedPart(here).id, try await bench.blob(in: there).value,
            ]
            let good = try await bench.blob(in: here)
            for id in strangers {
                let draft = bench.memory(
                    here, assets: [bench.asset(good), bench.inline("tiny"), bench.asset(BlobId(id))],
                    key: IdempotencyKey("key"))
                try await requireRefusal(.notFound(.blob), "a blob that is none of this capsule's") {
                    try await bench.catalogue.createMemory(draft, admit: admitAll)
                }
                try require(try await bench.catalogue.memory(draft.id) == nil, "the memory was made all the same")
            }
            // Neither the key nor the good blob is taken.
            let memory = bench.memory(here, key: IdempotencyKey("key"), request: "another")
            _ = try await bench.catalogue.createMemory(memory, admit: admitAll)
            _ = try await bench.catalogue.deleteBlob(good, at: bench.time(20), admit: admitAll)
        },
        Check("a memory needs a capsule that exists and admits it") { bench in
            let capsule = try await bench.newCapsule()
            let nowhere = Capsule(id: CapsuleId(bench.nextId()), title: "", owner: bench.ada, createdAt: bench.time(0))
            try await requireRefusal(.notFound(.capsule), "an unknown capsule") {
                try await bench.catalogue.createMemory(bench.memory(nowhere), admit: admitAll)
            }
            let draft = bench.memory(capsule)
            try await requireRefusal(.notFound(.capsule), "a refusal of admit") {
                try await bench.catalogue.createMemory(draft, admit: refuseAll)
            }
            try require(try await bench.catalogue.memory(draft.id) == nil, "the refused memory was made")
        },
        Check("nothing is changed about a memory that does not exist, or that admit refuses") { bench in
            let capsule = try await bench.newCapsule()
            let asset = bench.inline("tiny")
            let memory = try await bench.catalogue.createMemory(bench.memory(capsule, assets: [asset]), admit: admitAll)
            typealias Admit = @Sendable (Capsule) throws(UploadError) -> Void
            func tryAll(_ id: MemoryId, _ admit: @escaping Admit, _ reason: UploadError.Reason) async throws {
                try await requireRefusal(reason, "an update") {
                    try await bench.catalogue.updateMemory(id, admit: admit) { $0.title = "New" }
                }
                try await requireRefusal(reason, "another asset") {
                    try await bench.catalogue.addAsset(
                        bench.inline("more"), to: id, limits: CatalogueBench.memoryLimits, admit: admit)
                }
                try await requireRefusal(reason, "the removal of an asset") {
                    try await bench.catalogue.removeAsset(
                        asset.id, from: id, withBlob: true, at: bench.time(20), admit: admit)
                }
                try await requireRefusal(reason, "the deletion") {
                    try await bench.catalogue.deleteMemory(id, withBlobs: true, at: bench.time(20), admit: admit)
                }
            }
            try await tryAll(MemoryId(bench.nextId()), admitAll, .notFound(.memory))
            try await tryAll(memory.id, refuseAll, .notFound(.capsule))
            try requireEqual(try await bench.catalogue.memory(memory.id)?.memory, memory, "the memory")
        },
    ]
}
