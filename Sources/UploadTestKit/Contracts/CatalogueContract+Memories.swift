import SessionCore
import UploadCore
import UploadMemories

extension CatalogueContract {
    static let memories: [Check] = [
        Check("a memory is read back as it was created, with its assets in order") { fixture in
            let capsule = try await fixture.newCapsule()
            let blob = try await fixture.blob(in: capsule)
            let details = MemoryDetails(
                title: "Fête 🎉\0", text: "e\u{301}", tags: ["b", "a", "", "b"], type: "photo",
                takenAt: CaptureTime(fixture.time(-5), zoneMinutes: -210),
                thumbHash: [1, 0, 255])
            let draft = fixture.memory(
                capsule, details: details, assets: [fixture.asset(blob), fixture.inline("tiny"), fixture.inline("")])
            let memory = try await fixture.catalogue.createMemory(draft, checkAccess: admitAll)
            try requireEqual(memory.id, draft.id, "id")
            try requireEqual(memory.capsule, capsule.id, "capsule")
            try requireEqual(memory.creator, fixture.ada, "creator")
            try requireEqual(memory.createdAt, draft.createdAt, "created at")
            try requireEqual(memory.details, details, "details")
            try requireEqual(memory.assets, try fixture.expectedAssets(draft, blobSize: 25), "assets")
            let (found, home) = try requireValue(try await fixture.catalogue.memory(draft.id), "the memory")
            try requireEqual(found, memory, "the memory read back")
            try requireEqual(home, capsule, "its capsule")
        },
        Check("the same key with the same request finds the first memory") { fixture in
            let capsule = try await fixture.newCapsule()
            let key = IdempotencyKey("key")
            let first = try await fixture.catalogue.createMemory(
                fixture.memory(capsule, key: key), checkAccess: admitAll)
            let again = fixture.memory(capsule, key: key)
            try requireEqual(
                try await fixture.catalogue.createMemory(again, checkAccess: admitAll), first, "the answer")
            try require(try await fixture.catalogue.memory(again.id) == nil, "the replay was recorded too")
        },
        Check("the same key with another request is a conflict") { fixture in
            let capsule = try await fixture.newCapsule()
            let key = IdempotencyKey("key")
            _ = try await fixture.catalogue.createMemory(fixture.memory(capsule, key: key), checkAccess: admitAll)
            try await requireRefusal(.idempotencyConflict, "another request") {
                let other = fixture.memory(capsule, key: key, request: "another")
                return try await fixture.catalogue.createMemory(other, checkAccess: admitAll)
            }
        },
        Check("keys are scoped to their creator and capsule, and apart from those of uploads") { fixture in
            let here = try await fixture.newCapsule()
            let there = try await fixture.newCapsule()
            let key = IdempotencyKey("key")
            _ = try await fixture.begin(fixture.draft(here, key: key))
            let drafts = [
                fixture.memory(here, key: key, request: "1"),
                fixture.memory(here, creator: fixture.ben, key: key, request: "2"),
                fixture.memory(there, key: key, request: "3"), fixture.memory(here), fixture.memory(here),
            ]
            for draft in drafts {
                let memory = try await fixture.catalogue.createMemory(draft, checkAccess: admitAll)
                try requireEqual(memory.id, draft.id, "the created memory")
            }
        },
        Check("the memories of a capsule are listed page by page in the order of their ids") { fixture in
            let capsule = try await fixture.newCapsule()
            let other = try await fixture.newCapsule()
            let ids = (0..<5).map { _ in MemoryId(fixture.nextId()) }
            for id in ids.shuffled() {
                _ = try await fixture.catalogue.createMemory(
                    fixture.memory(capsule, id: id, assets: [fixture.inline("tiny")]), checkAccess: admitAll)
            }
            _ = try await fixture.catalogue.createMemory(fixture.memory(other), checkAccess: admitAll)
            let first = try await fixture.catalogue.memories(
                in: capsule.id, after: nil, order: .oldestFirst, limit: 3)
            let second = try await fixture.catalogue.memories(
                in: capsule.id, after: first.last?.position, order: .oldestFirst, limit: 3)
            try requireEqual((first + second).map(\.id), ids, "the ids")
            try requireEqual(first.count, 3, "the size of the first page")
            for memory in first + second { try requireEqual(memory.assets.count, 1, "assets of a listed memory") }
            let newest = try await fixture.catalogue.memories(
                in: capsule.id, after: nil, order: .newestFirst, limit: 3)
            let older = try await fixture.catalogue.memories(
                in: capsule.id, after: newest.last?.position, order: .newestFirst, limit: 3)
            try requireEqual((newest + older).map(\.id), ids.reversed(), "the ids, the newest first")
            let none = try await fixture.catalogue.memories(
                in: CapsuleId(fixture.nextId()), after: nil, order: .oldestFirst, limit: 3)
            try requireEqual(none, [], "memories of an unknown capsule")
        },
        Check("lists by capture are in the order of what the clocks showed, then of ids") { fixture in
            let capsule = try await fixture.newCapsule()
            let ids = (0..<6).map { _ in MemoryId(fixture.nextId()) }
            // At 10:30 in UTC a clock in Berlin shows 12:30; a clock without a zone shows what it shows.
            let base: Int64 = 1_714_559_445_000
            let times: [CaptureTime?] = [
                CaptureTime(Timestamp(milliseconds: base), zoneMinutes: 120),
                CaptureTime(localMilliseconds: base + 3_600_000), CaptureTime(Timestamp(milliseconds: base)), nil,
                CaptureTime(localMilliseconds: base + 3_600_000), CaptureTime(localMilliseconds: -1),
            ]
            for (id, time) in zip(ids, times) {
                _ = try await fixture.catalogue.createMemory(
                    fixture.memory(
                        capsule, id: id, details: MemoryDetails(takenAt: time), assets: [fixture.inline("tiny")]),
                    checkAccess: admitAll)
            }
            let all = try await fixture.catalogue.memories(in: capsule.id, after: nil, order: .oldestFirst, limit: 9)
            let expected = all.map(\.position).sorted {
                $0.shownAt == $1.shownAt ? $0.id < $1.id : $0.shownAt < $1.shownAt
            }
            for (order, expected) in [
                (MemoryOrder.oldestTakenFirst, expected), (.newestTakenFirst, expected.reversed()),
            ] {
                var listed: [MemoryPosition] = []
                while true {
                    let page = try await fixture.catalogue.memories(
                        in: capsule.id, after: listed.last, order: order, limit: 2)
                    if page.isEmpty { break }
                    listed += page.map(\.position)
                }
                try requireEqual(listed, expected, "the positions in order \(order)")
            }
            try requireEqual(all.map(\.details.takenAt), times, "the times read back")
            // A page continues from a position whose memory is gone.
            _ = try await fixture.catalogue.deleteMemory(
                expected[1].id, withBlobs: false, at: fixture.time(20), checkAccess: admitAll)
            let rest = try await fixture.catalogue.memories(
                in: capsule.id, after: expected[1], order: .oldestTakenFirst, limit: 9)
            try requireEqual(rest.map(\.position), Array(expected[2...]), "the rest after a deleted memory")
        },
        Check("an update replaces the details and nothing else") { fixture in
            let capsule = try await fixture.newCapsule()
            let draft = fixture.memory(capsule, details: MemoryDetails(title: "Old"), assets: [fixture.inline("tiny")])
            var memory = try await fixture.catalogue.createMemory(draft, checkAccess: admitAll)
            memory.details = MemoryDetails(
                title: "New", text: "Text", tags: ["tag"], type: "", takenAt: CaptureTime(localMilliseconds: 1))
            let answer = try await fixture.catalogue.updateMemory(draft.id, checkAccess: admitAll) {
                [details = memory.details] in
                $0 = details
            }
            try requireEqual(answer, memory, "the answer")
            try requireEqual(try await fixture.catalogue.memory(draft.id)?.memory, memory, "the memory read back")
            memory.details = MemoryDetails()
            _ = try await fixture.catalogue.updateMemory(draft.id, checkAccess: admitAll) { $0 = MemoryDetails() }
            try requireEqual(try await fixture.catalogue.memory(draft.id)?.memory, memory, "the memory read back")
        },
    ]

    static let memoryRefusals: [Check] = [
        Check("concurrent changes of a memory are all kept, and a refused one changes nothing") { fixture in
            let capsule = try await fixture.newCapsule()
            let draft = fixture.memory(capsule)
            _ = try await fixture.catalogue.createMemory(draft, checkAccess: admitAll)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        _ = try await fixture.catalogue.updateMemory(draft.id, checkAccess: admitAll) {
                            $0.tags.append("\(number)")
                        }
                    }
                }
                try await group.waitForAll()
            }
            let tags = try await fixture.catalogue.memory(draft.id)?.memory.details.tags ?? []
            try requireEqual(Set(tags), Set((0..<20).map { "\($0)" }), "the tags")
            try await requireRefusal(.storeFull, "a refused change") {
                try await fixture.catalogue.updateMemory(draft.id, checkAccess: admitAll) {
                    details throws(UploadError) in
                    details.title = "No"
                    throw UploadError(.storeFull)
                }
            }
            let title = try await fixture.catalogue.memory(draft.id)?.memory.details.title
            try requireEqual(title, "", "the title after a refusal")
        },
        Check("a memory is created with all its assets or not at all") { fixture in
            let here = try await fixture.newCapsule()
            let there = try await fixture.newCapsule()
            let aborted = try await fixture.committed(fixture.draft(here))
            _ = try await fixture.catalogue.deleteBlob(BlobId(aborted.id), at: fixture.time(20), checkAccess: admitAll)
            let unusable = [
                fixture.nextId(), aborted.id, try await fixture.begin(fixture.draft(here)).id,
                try await fixture.committedPart(here).id, try await fixture.blob(in: there).value,
            ]
            let good = try await fixture.blob(in: here)
            for id in unusable {
                let draft = fixture.memory(
                    here, assets: [fixture.asset(good), fixture.inline("tiny"), fixture.asset(BlobId(id))],
                    key: IdempotencyKey("key"))
                try await requireRefusal(.notFound(.blob), "a blob that is not committed in this capsule") {
                    try await fixture.catalogue.createMemory(draft, checkAccess: admitAll)
                }
                try require(try await fixture.catalogue.memory(draft.id) == nil, "the refused memory was created")
            }
            // The refused drafts have claimed neither the key nor the good blob.
            let memory = fixture.memory(here, key: IdempotencyKey("key"), request: "another")
            _ = try await fixture.catalogue.createMemory(memory, checkAccess: admitAll)
            _ = try await fixture.catalogue.deleteBlob(good, at: fixture.time(20), checkAccess: admitAll)
        },
        Check("a memory needs a known capsule and access to it") { fixture in
            let capsule = try await fixture.newCapsule()
            let nowhere = Capsule(
                id: CapsuleId(fixture.nextId()), title: "", owner: fixture.ada, createdAt: fixture.time(0))
            try await requireRefusal(.notFound(.capsule), "an unknown capsule") {
                try await fixture.catalogue.createMemory(fixture.memory(nowhere), checkAccess: admitAll)
            }
            let draft = fixture.memory(capsule)
            try await requireRefusal(.notFound(.capsule), "a refusal by checkAccess") {
                try await fixture.catalogue.createMemory(draft, checkAccess: refuseAll)
            }
            try require(try await fixture.catalogue.memory(draft.id) == nil, "the refused memory was created")
        },
        Check("changes of unknown memories, and those refused by checkAccess, have no effect") { fixture in
            let capsule = try await fixture.newCapsule()
            let asset = fixture.inline("tiny")
            let memory = try await fixture.catalogue.createMemory(
                fixture.memory(capsule, assets: [asset]), checkAccess: admitAll)
            typealias AccessCheck = @Sendable (Capsule) throws(UploadError) -> Void
            func tryAll(_ id: MemoryId, _ checkAccess: @escaping AccessCheck, _ reason: UploadError.Reason) async throws
            {
                try await requireRefusal(reason, "an update") {
                    try await fixture.catalogue.updateMemory(id, checkAccess: checkAccess) { $0.title = "New" }
                }
                try await requireRefusal(reason, "another asset") {
                    try await fixture.catalogue.addAsset(
                        fixture.inline("more"), to: id, limits: CatalogueFixture.memoryLimits, checkAccess: checkAccess)
                }
                try await requireRefusal(reason, "the removal of an asset") {
                    try await fixture.catalogue.removeAsset(
                        asset.id, from: id, withBlob: true, at: fixture.time(20), checkAccess: checkAccess)
                }
                try await requireRefusal(reason, "the deletion") {
                    try await fixture.catalogue.deleteMemory(
                        id, withBlobs: true, at: fixture.time(20), checkAccess: checkAccess)
                }
            }
            try await tryAll(MemoryId(fixture.nextId()), admitAll, .notFound(.memory))
            try await tryAll(memory.id, refuseAll, .notFound(.capsule))
            try requireEqual(try await fixture.catalogue.memory(memory.id)?.memory, memory, "the memory")
        },
    ]
}
