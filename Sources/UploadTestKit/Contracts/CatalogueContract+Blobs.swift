import SessionCore
import UploadCore
import UploadDerivation
import UploadMemories

extension CatalogueContract {
    static let blobLists: [Check] = [
        Check("blobs are listed page by page in either order, without parts, pending and ended uploads") { fixture in
            let capsule = try await fixture.newCapsule()
            var ids: [SessionId] = []
            for _ in 0..<5 { ids.append(try await fixture.committed(fixture.draft(capsule)).id) }
            _ = try await fixture.begin(fixture.draft(capsule))
            _ = try await fixture.committedPart(capsule)
            _ = try await fixture.abort(try await fixture.begin(fixture.draft(capsule)).id)
            _ = try await fixture.committed(fixture.draft(try await fixture.newCapsule()))
            for (order, expected) in [(CreationOrder.oldestFirst, ids), (.newestFirst, ids.reversed())] {
                let filter = BlobFilter(capsule: capsule.id, order: order)
                var found: [SessionId] = []
                var page: BlobPage
                var cursor: SessionId?
                repeat {
                    page = try await fixture.catalogue.blobs(filter, after: cursor, limit: 2)
                    try require(page.blobs.count <= 2, "a page is longer than its limit")
                    found += page.blobs.map(\.id.value)
                    cursor = page.next
                } while cursor != nil
                try requireEqual(found, expected, "the blobs, \(order)")
            }
        },
        Check("a listed blob has everything that the blob itself has") { fixture in
            let capsule = try await fixture.newCapsule()
            let asset = AssetMetadata(name: "a.txt", opaque: "kept", modifiedAt: fixture.time(-5))
            let id = BlobId(try await fixture.committed(fixture.draft(capsule, asset: asset)).id)
            let (blob, _) = try requireValue(try await fixture.catalogue.blob(id), "the blob")
            try requireEqual(blob.asset, asset, "the metadata")
            let page = try await fixture.catalogue.blobs(BlobFilter(capsule: capsule.id), after: nil, limit: 5)
            try requireEqual(page.blobs, [blob.summary], "the listed blob")
        },
        Check("the summary of a blob has everything but its extents, and exists where the blob does") { fixture in
            let capsule = try await fixture.newCapsule()
            let record = try await fixture.committed(fixture.draft(capsule))
            let (blob, _) = try requireValue(try await fixture.catalogue.blob(BlobId(record.id)), "the blob")
            let found = try requireValue(try await fixture.catalogue.summary(of: blob.id), "its summary")
            try requireEqual(found.summary, blob.summary, "the summary")
            try requireEqual(found.capsule, capsule, "its capsule")
            for other in [
                try await fixture.begin(fixture.draft(capsule)).id, try await fixture.committedPart(capsule).id,
            ] {
                try require(try await fixture.catalogue.summary(of: BlobId(other)) == nil, "no blob has a summary")
            }
        },
        Check("blobs are selected by what their name contains and starts with") { fixture in
            let capsule = try await fixture.newCapsule()
            var names: [SessionId: String] = [:]
            for name in ["Beach.JPG", "beach.png", "a/Beach%_1", "", "É.jpg", "é.jpg"] {
                let draft = fixture.draft(capsule, asset: AssetMetadata(name: name))
                names[try await fixture.committed(draft).id] = name
            }
            func list(_ contains: String?, _ prefix: String?) async throws -> Set<String> {
                let filter = BlobFilter(capsule: capsule.id, nameContains: contains, namePrefix: prefix)
                let page = try await fixture.catalogue.blobs(filter, after: nil, limit: 100)
                return Set(page.blobs.compactMap { names[$0.id.value] })
            }
            let beaches: Set = ["Beach.JPG", "beach.png", "a/Beach%_1"]
            try requireEqual(try await list("BEACH", nil), beaches, "without regard to case")
            try requireEqual(try await list("%_", nil), ["a/Beach%_1"], "wildcards are characters")
            try requireEqual(try await list(nil, "Beach"), ["Beach.JPG"], "a prefix has regard to case")
            try requireEqual(try await list("jpg", "B"), ["Beach.JPG"], "both")
            try requireEqual(try await list("é", nil), ["é.jpg"], "other letters have regard to case")
            let all = try await list("", "")
            try requireEqual(all.count, 6, "empty ones select all")
        },
        Check("blobs that no memory uses, and of which none is derived, are selected") { fixture in
            let capsule = try await fixture.newCapsule()
            let used = try await fixture.blob(in: capsule)
            let free = try await fixture.blob(in: capsule)
            let asset = fixture.asset(used)
            let memory = fixture.memory(capsule, assets: [asset])
            _ = try await fixture.catalogue.createMemory(memory, checkAccess: admitAll)
            func list(_ isInNoMemory: Bool) async throws -> Set<BlobId> {
                let filter = BlobFilter(capsule: capsule.id, isInNoMemory: isInNoMemory)
                return Set(try await fixture.catalogue.blobs(filter, after: nil, limit: 100).blobs.map(\.id))
            }
            try requireEqual(try await list(true), [free], "those in no memory")
            try requireEqual(try await list(false), [used, free], "all")
            _ = try await fixture.catalogue.removeAsset(
                asset.id, from: memory.id, withBlob: false, at: fixture.time(20), checkAccess: admitAll)
            try requireEqual(try await list(true), [used, free], "after the asset was removed")
            let original = BlobId(try await fixture.committed(fixture.draft(capsule, recipe: .photo)).id)
            try requireEqual(try await list(true), [used, free], "while a memory is derived")
            try requireEqual(try await list(false), [used, free, original], "all, while a memory is derived")
            let derived = fixture.memory(capsule)
            _ = try await fixture.catalogue.finishDerivation(of: original.value, attempt: 0, with: derived)
            try requireEqual(try await list(true), [used, free, original], "after a derivation without its original")
        },
        Check("blobs are found by digest: in the capsule first, then in those of its owner, and nowhere else") {
            fixture in
            let here = try await fixture.newCapsule()
            let there = try await fixture.newCapsule()
            let foreign = try await fixture.newCapsule(owner: fixture.ben)
            func store(_ capsule: Capsule, _ bytes: String) async throws -> SessionId {
                let record = try await fixture.committed(fixture.draft(capsule), bytes: bytes)
                return record.id
            }
            let other = try await store(there, "both")
            let own = try await store(here, "both")
            _ = try await store(here, "both")
            let far = try await store(there, "far")
            _ = try await store(foreign, "foreign")
            _ = try await fixture.committedPart(here, bytes: "part")
            let gone = try await store(here, "gone")
            _ = try await fixture.catalogue.deleteBlob(BlobId(gone), at: fixture.time(9), checkAccess: admitAll)
            let digests = ["far", "foreign", "part", "gone", "none", "both"].map { Digest(of: Array($0.utf8)) }
            func found(_ capsule: Capsule, _ owner: Principal?) async throws -> [SessionId] {
                try await fixture.catalogue.blobs(
                    withDigests: digests, in: capsule.id, andThoseOf: owner
                ).map(\.id.value)
            }
            try requireEqual(try await found(here, nil), [own], "in the capsule alone")
            try requireEqual(try await found(here, fixture.ada), [far, own], "in all capsules of its owner")
            try requireEqual(try await found(there, fixture.ada), [far, other], "in the other capsule first")
        },
    ]

    static let copies: [Check] = [
        Check("a copy is committed at once, with the bytes of its source and metadata of its own") { fixture in
            let capsule = try await fixture.newCapsule()
            let source = try await fixture.committed(fixture.draft(capsule))
            let other = try await fixture.newCapsule()
            let draft = fixture.copy(of: source.id, in: other, key: IdempotencyKey("key"), activeMax: 0)
            let copy = try await fixture.begin(draft)
            try requireSame(try await fixture.found(copy.id), copy, "the record read back")
            let (blob, _) = try requireValue(try await fixture.catalogue.blob(BlobId(copy.id)), "the copy")
            try requireEqual(blob.asset.name, "copy.txt", "its name")
            try requireEqual(blob.size, 25, "its size")
            try requireEqual(blob.digest, fixture.digest("bytes"), "its digest")
            try requireEqual(blob.extents.map(\.source), [source.id], "where its bytes are")
            try requireSame(try await fixture.replayed(draft), copy, "the replayed record")
            let usage = try await fixture.usage(of: fixture.ada)
            try requireEqual(usage.storedBytes, 25, "the bytes that count")
            let active = try await fixture.catalogue.countActive(capsule: other.id, caller: fixture.ada)
            try requireEqual(active, 0, "active uploads")
        },
        Check("the bytes of a copy are kept until neither source nor copies are left") { fixture in
            let capsule = try await fixture.newCapsule()
            let source = try await fixture.committed(fixture.draft(capsule))
            let copy = try await fixture.begin(fixture.copy(of: source.id, in: capsule))
            let second = try await fixture.begin(fixture.copy(of: copy.id, in: capsule))
            func delete(_ id: SessionId) async throws -> [ObjectKey] {
                try await fixture.catalogue.deleteBlob(BlobId(id), at: fixture.time(20), checkAccess: admitAll)
            }
            try requireEqual(try await delete(source.id), [], "garbage after the end of the source")
            try requireEqual(try await delete(copy.id), [], "garbage after the end of the first copy")
            let (blob, _) = try requireValue(try await fixture.catalogue.blob(BlobId(second.id)), "the second copy")
            try requireEqual(blob.extents.map(\.key), [source.meta.key], "where its bytes are")
            try requireEqual(try await fixture.catalogue.problems(), [], "problems")
            try requireEqual(try await delete(second.id), [source.meta.key], "garbage after the last end")
        },
        Check("there is no copy of what is no blob of the same owner") { fixture in
            let capsule = try await fixture.newCapsule()
            let foreign = try await fixture.newCapsule(owner: fixture.ben)
            let sources = [
                try await fixture.committed(fixture.draft(foreign)).id, try await fixture.committedPart(capsule).id,
                try await fixture.begin(fixture.draft(capsule)).id, fixture.nextId(),
            ]
            for source in sources {
                try await requireRefusal(.notFound(.blob), "a copy") {
                    try await fixture.catalogue.begin(
                        fixture.copy(of: source, in: capsule), checkAccess: admitAll)
                }
            }
        },
        Check("a copy of a concatenation has its extents and digests") { fixture in
            let capsule = try await fixture.newCapsule()
            let parts = [try await fixture.committedPart(capsule).id, try await fixture.committedPart(capsule).id]
            let whole = try await fixture.begin(fixture.concatenation(of: parts, in: capsule))
            let digest = BlobDigest.composite(Digest(of: [1]), parts: 2)
            _ = try await fixture.catalogue.commit(
                whole.id, length: 50, digest: digest, at: fixture.time(10), checkAccess: admitAll)
            try await fixture.catalogue.keepWholeDigest(Digest(of: [2]), of: whole.id)
            let copy = try await fixture.begin(fixture.copy(of: whole.id, in: capsule))
            let (blob, _) = try requireValue(try await fixture.catalogue.blob(BlobId(copy.id)), "the copy")
            try requireEqual(blob.extents.map(\.source), parts, "where its bytes are")
            try requireEqual(blob.digest, digest, "its digest")
            let wholeDigest = try await fixture.catalogue.wholeDigest(of: copy.id)
            try requireEqual(wholeDigest, Digest(of: [2]), "the digest of all bytes")
        },
    ]
}

extension CatalogueFixture {
    /// A draft of a copy named `copy.txt`.
    func copy(
        of source: SessionId, in capsule: Capsule, key: IdempotencyKey? = nil, activeMax: UInt64 = 1000
    ) -> UploadDraft {
        let draft = draft(
            capsule, key: key, layout: .append, length: nil, asset: AssetMetadata(name: "copy.txt"), parts: [source])
        return UploadDraft(record: draft.record, activeMax: activeMax, source: BlobId(source))
    }
}
