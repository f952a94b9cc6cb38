import SessionCore
import UploadCore

extension CatalogueContract {
    static let limits: [Check] = [
        Check("uploads begin up to the limit of active uploads, and the next is refused") { fixture in
            let capsule = try await fixture.newCapsule()
            for _ in 0..<3 { _ = try await fixture.begin(fixture.draft(capsule, activeMax: 3)) }
            let refused = fixture.draft(capsule, activeMax: 3)
            try await requireRefusal(
                .limitExceeded(.activeUploads, maximum: 3, actual: 4), "one upload too many"
            ) {
                try await fixture.catalogue.begin(refused, checkAccess: admitAll)
            }
            let found = try await fixture.catalogue.upload(refused.record.id)
            try require(found == nil, "the refused upload was recorded")
            let active = try await fixture.catalogue.countActive(capsule: capsule.id, caller: fixture.ada)
            try requireEqual(active, 3, "active uploads")
        },
        Check("a replay is answered at the limit") { fixture in
            let capsule = try await fixture.newCapsule()
            let first = try await fixture.begin(fixture.draft(capsule, key: IdempotencyKey("key"), activeMax: 1))
            let again = try await fixture.replayed(fixture.draft(capsule, key: IdempotencyKey("key"), activeMax: 1))
            try requireEqual(again.id, first.id, "the upload of the key")
        },
        Check("a limit of 0 refuses every pending upload") { fixture in
            let capsule = try await fixture.newCapsule()
            try await requireRefusal(.limitExceeded(.activeUploads, maximum: 0, actual: 1), "an upload") {
                try await fixture.catalogue.begin(fixture.draft(capsule, activeMax: 0), checkAccess: admitAll)
            }
        },
        Check("active uploads are counted per caller and capsule") { fixture in
            let here = try await fixture.newCapsule()
            let there = try await fixture.newCapsule()
            _ = try await fixture.begin(fixture.draft(here, caller: fixture.ada, activeMax: 1))
            _ = try await fixture.begin(fixture.draft(here, caller: fixture.ben, activeMax: 1))
            _ = try await fixture.begin(fixture.draft(there, caller: fixture.ada, activeMax: 1))
            _ = try await fixture.begin(fixture.draft(there, caller: fixture.ada, activeMax: 2))
            let counts = [
                try await fixture.catalogue.countActive(capsule: here.id, caller: fixture.ada),
                try await fixture.catalogue.countActive(capsule: here.id, caller: fixture.ben),
                try await fixture.catalogue.countActive(capsule: there.id, caller: fixture.ada),
                try await fixture.catalogue.countActive(capsule: there.id, caller: fixture.ben),
            ]
            try requireEqual(counts, [1, 1, 2, 0], "active uploads")
        },
        Check("parts do not count as active uploads") { fixture in
            let capsule = try await fixture.newCapsule()
            for _ in 0..<3 { _ = try await fixture.begin(fixture.draft(capsule, isPartial: true, activeMax: 0)) }
            let part = try await fixture.begin(fixture.draft(capsule, isPartial: true, activeMax: 1))
            _ = try await fixture.begin(fixture.draft(capsule, activeMax: 1))
            try await fixture.commit(part.id)
            let active = try await fixture.catalogue.countActive(capsule: capsule.id, caller: fixture.ada)
            try requireEqual(active, 1, "active uploads")
            try requireEqual(try await fixture.usage(of: fixture.ada).pendingUploads, 4, "pending uploads, with parts")
        },
        Check("a commit, an abort and an expiry each make room for one upload") { fixture in
            let capsule = try await fixture.newCapsule()
            let endings: [SessionStatus] = [.aborted(at: fixture.time(10)), .expired(at: fixture.time(10))]
            for ending in endings {
                let record = try await fixture.begin(fixture.draft(capsule, activeMax: 1))
                for _ in 0..<2 { _ = try await fixture.catalogue.end(record.id, as: ending, unlessSeenSince: nil) }
            }
            for isPartial in [false, true] {
                let record = try await fixture.begin(fixture.draft(capsule, isPartial: isPartial, activeMax: 1))
                for _ in 0..<2 { try await fixture.commit(record.id) }
            }
            let active = try await fixture.catalogue.countActive(capsule: capsule.id, caller: fixture.ada)
            try requireEqual(active, 0, "active uploads")
        },
    ]

    static let content: [Check] = [
        Check("an upload that begins with its content is committed at once") { fixture in
            let capsule = try await fixture.newCapsule()
            let record = try await fixture.begin(fixture.draft(capsule, storage: .catalogue, content: "hello, world"))
            try requireEqual(record.blob, BlobId(record.id), "the blob")
            try requireEqual(record.digest, fixture.digest("hello, world"), "digest")
            try require(record.session.isComplete, "the ledger is incomplete")
            try requireSame(try await fixture.found(record.id), record, "the record read back")
            let bytes = try await fixture.catalogue.catalogueBytes(record.id, 0..<12)
            try requireEqual(bytes, Array("hello, world".utf8), "the bytes")
            let (blob, _) = try requireValue(try await fixture.catalogue.blob(BlobId(record.id)), "the blob")
            try requireEqual(blob.size, 12, "size")
            try requireEqual(blob.extents.map(\.source), [record.id], "the sources")
        },
        Check("an upload that begins with its content does not count as active and is not limited") { fixture in
            let capsule = try await fixture.newCapsule()
            _ = try await fixture.begin(fixture.draft(capsule, storage: .catalogue, activeMax: 0, content: "hello"))
            let active = try await fixture.catalogue.countActive(capsule: capsule.id, caller: fixture.ada)
            try requireEqual(active, 0, "active uploads")
        },
        Check("an upload that begins with its content is replayed by its key") { fixture in
            let capsule = try await fixture.newCapsule()
            func draft(_ request: String) -> UploadDraft {
                fixture.draft(
                    capsule, key: IdempotencyKey("key"), request: request, storage: .catalogue, content: "hello")
            }
            let first = try await fixture.begin(draft("1"))
            try requireSame(try await fixture.replayed(draft("1")), first, "the replayed record")
            try await requireRefusal(.idempotencyConflict, "another request") {
                try await fixture.catalogue.begin(draft("2"), checkAccess: admitAll)
            }
        },
        Check("content may be empty") { fixture in
            let capsule = try await fixture.newCapsule()
            let record = try await fixture.begin(fixture.draft(capsule, storage: .catalogue, content: ""))
            let (blob, _) = try requireValue(try await fixture.catalogue.blob(BlobId(record.id)), "the blob")
            try requireEqual(blob.size, 0, "size")
            try requireEqual(blob.extents, [], "extents")
        },
        Check("content refused by checkAccess is not stored") { fixture in
            let draft = fixture.draft(try await fixture.newCapsule(), storage: .catalogue, content: "hello")
            try await requireRefusal(.notFound(.capsule), "a refusal by checkAccess") {
                try await fixture.catalogue.begin(draft, checkAccess: refuseAll)
            }
            try requireEqual(try await fixture.catalogue.catalogueBytes(draft.record.id, 0..<5), [], "bytes")
            try requireEqual(try await fixture.catalogue.countBlobs(), 0, "blobs")
        },
    ]
}
