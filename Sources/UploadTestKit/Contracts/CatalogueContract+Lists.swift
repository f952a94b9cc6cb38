import SessionCore
import UploadCore

extension CatalogueContract {
    static let lists: [Check] = [
        Check("uploads are listed page by page in the order of their ids, each once") { fixture in
            let capsule = try await fixture.newCapsule()
            let ids = (0..<7).map { _ in fixture.nextId() }
            for id in ids.shuffled() { _ = try await fixture.begin(fixture.draft(capsule, id: id)) }
            var listed: [SessionId] = []
            var pages: [Int] = []
            repeat {
                let page = try await fixture.catalogue.uploads(UploadFilter(), after: listed.last, limit: 3)
                pages.append(page.count)
                listed += page.map(\.id)
            } while pages.last == 3
            try requireEqual(pages, [3, 3, 1], "the sizes of the pages")
            try requireEqual(listed, ids, "the ids")
            let beyond = try await fixture.catalogue.uploads(UploadFilter(), after: fixture.nextId(), limit: 3)
            try require(beyond.isEmpty, "uploads are listed after the last one")
        },
        Check("a listed upload equals the same upload read alone") { fixture in
            let capsule = try await fixture.newCapsule()
            let record = try await fixture.begin(fixture.draft(capsule, key: IdempotencyKey("key")))
            try await fixture.recordTogether(record.id, [2])
            let part = try await fixture.committedPart(capsule)
            let final = try await fixture.begin(fixture.concatenation(of: [part.id], in: capsule))
            let listed = try await fixture.catalogue.uploads(UploadFilter(), after: nil, limit: 10)
            try requireEqual(listed.map(\.id), [record.id, part.id, final.id], "the ids")
            for found in listed.map(\.record) {
                try requireSame(found, try await fixture.found(found.id), "the listed upload")
            }
        },
        Check("filters combine") { fixture in
            let here = try await fixture.newCapsule()
            let there = try await fixture.newCapsule()
            let uploads = try await fixture.oneOfEach(here, caller: fixture.ada)
            let bens = try await fixture.begin(fixture.draft(here, caller: fixture.ben))
            let elsewhere = try await fixture.begin(fixture.draft(there))
            func list(_ filter: UploadFilter) async throws -> [SessionId] {
                try await fixture.catalogue.uploads(filter, after: nil, limit: 100).map(\.id)
            }
            for (state, id) in uploads {
                let found = try await list(UploadFilter(state: state, capsule: here.id, caller: fixture.ada))
                try requireEqual(found, [id], "\(state) uploads of one caller in one capsule")
            }
            try requireEqual(try await list(UploadFilter(capsule: there.id)), [elsewhere.id], "one capsule's")
            try requireEqual(try await list(UploadFilter(caller: fixture.ben)), [bens.id], "one caller's")
            let pending = try await list(UploadFilter(state: .pending))
            try requireEqual(pending, [uploads[0].id, bens.id, elsewhere.id], "all pending ones")
            try requireEqual(try await list(UploadFilter(capsule: there.id, caller: fixture.ben)), [], "none")
        },
        Check("every upload is counted once, by its state") { fixture in
            try requireEqual(try await fixture.catalogue.countByStatus(), StatusCounts(), "counts of nothing")
            let capsule = try await fixture.newCapsule()
            _ = try await fixture.oneOfEach(capsule, caller: fixture.ada)
            _ = try await fixture.begin(fixture.draft(capsule, caller: fixture.ben))
            var counts = try await fixture.catalogue.countByStatus()
            var expected = StatusCounts()
            (expected.pending, expected.committed, expected.aborted, expected.expired) = (2, 1, 1, 1)
            try requireEqual(counts, expected, "counts")
            let part = try await fixture.committedPart(capsule)
            expected.committed = 2
            try requireEqual(try await fixture.catalogue.countByStatus(), expected, "counts with a committed part")
            try requireEqual(try await fixture.catalogue.countBlobs(), 1, "blobs, without the part")
            _ = try await fixture.abort(part.id)
            let blobs = try await fixture.catalogue.uploads(UploadFilter(state: .committed), after: nil, limit: 10)
            for blob in blobs {
                _ = try await fixture.catalogue.deleteBlob(BlobId(blob.id), at: fixture.time(30), checkAccess: admitAll)
            }
            counts = try await fixture.catalogue.countByStatus()
            (expected.committed, expected.aborted) = (0, 3)
            try requireEqual(counts, expected, "counts after a deletion and an end of a part")
        },
    ]

    static let names: [Check] = [
        Check("text is kept byte for byte: empty, with NULs, composed or not, emoji, quotes, very long") { fixture in
            let texts = [
                "", "\0", "a\0b", "é", "e\u{301}", "👩‍👩‍👧", "'; DROP TABLE uploads; --", "%_\\\"", "\u{FEFF}x",
                "\u{FFFD}", String(repeating: "ü", count: 8000),
            ]
            let capsule = try await fixture.newCapsule()
            for text in texts {
                let asset = AssetMetadata(name: text, contentType: text, opaque: text)
                let caller = Principal("caller" + text)
                let record = try await fixture.begin(
                    fixture.draft(capsule, caller: caller, asset: asset, provisionalMemoryId: text))
                let meta = try await fixture.found(record.id).meta
                let found = [meta.asset.name, meta.asset.contentType, meta.asset.opaque, meta.provisionalMemoryId]
                for one in found { try requireEqual(Array(one.utf8), Array(text.utf8), "the text") }
                try requireEqual(Array(meta.caller.name.utf8), Array(caller.name.utf8), "the caller")
                try requireEqual(meta.key, record.meta.key, "the key of the object")
                try await fixture.catalogue.amend(record.id, asset: asset, length: nil, seen: fixture.time(1))
                let amended = try await fixture.found(record.id).meta.asset.opaque
                try requireEqual(Array(amended.utf8), Array(text.utf8), "the amended text")
            }
        },
        Check("callers are compared byte by byte") { fixture in
            let capsule = try await fixture.newCapsule()
            let names = ["", "\0", "a", "a\0", "A", "a ", "é", "e\u{301}"]
            for name in names {
                let draft = fixture.draft(
                    capsule, caller: Principal(name), key: IdempotencyKey("key"), request: name, activeMax: 1)
                _ = try await fixture.begin(draft)
            }
            for name in names {
                let found = try requireValue(
                    try await fixture.catalogue.findPending(
                        capsule: capsule.id, caller: Principal(name), key: IdempotencyKey("key")),
                    "the upload of the caller “\(name)”")
                try requireEqual(Array(found.meta.caller.name.utf8), Array(name.utf8), "the caller")
            }
        },
    ]
}

extension CatalogueFixture {
    /// A pending, a committed, an aborted and an expired upload.
    func oneOfEach(
        _ capsule: Capsule, caller: Principal
    ) async throws -> [(state: UploadFilter.State, id: SessionId)] {
        let pending = try await begin(draft(capsule, caller: caller))
        let committed = try await committed(draft(capsule, caller: caller))
        let aborted = try await begin(draft(capsule, caller: caller))
        _ = try await abort(aborted.id)
        let expired = try await begin(draft(capsule, caller: caller))
        _ = try await catalogue.end(expired.id, as: .expired(at: time(11)), unlessSeenSince: nil)
        return [
            (.pending, pending.id), (.committed, committed.id), (.aborted, aborted.id), (.expired, expired.id),
        ]
    }
}
