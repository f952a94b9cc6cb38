import SessionCore
import UploadCore

extension CatalogueContract {
    static let limits: [Check] = [
        Check("the last upload below the limit of active ones begins, the next is refused") { bench in
            let capsule = try await bench.newCapsule()
            for _ in 0..<3 { _ = try await bench.begin(bench.draft(capsule, activeMax: 3)) }
            let refused = bench.draft(capsule, activeMax: 3)
            try await requireRefusal(
                .limitExceeded(.activeUploads, maximum: 3, actual: 4), "one upload too many"
            ) {
                try await bench.catalogue.begin(refused, admit: admitAll)
            }
            let found = try await bench.catalogue.upload(refused.record.id)
            try require(found == nil, "the refused upload was recorded")
            let active = try await bench.catalogue.countActive(capsule: capsule.id, caller: bench.ada)
            try requireEqual(active, 3, "active uploads")
        },
        Check("a repetition is answered at the limit") { bench in
            let capsule = try await bench.newCapsule()
            let first = try await bench.begin(bench.draft(capsule, key: IdempotencyKey("key"), activeMax: 1))
            let again = try await bench.replayed(bench.draft(capsule, key: IdempotencyKey("key"), activeMax: 1))
            try requireEqual(again.id, first.id, "the upload that the key began")
        },
        Check("a limit of none refuses every pending upload") { bench in
            let capsule = try await bench.newCapsule()
            try await requireRefusal(.limitExceeded(.activeUploads, maximum: 0, actual: 1), "an upload") {
                try await bench.catalogue.begin(bench.draft(capsule, activeMax: 0), admit: admitAll)
            }
        },
        Check("active uploads are counted per caller and capsule") { bench in
            let here = try await bench.newCapsule()
            let there = try await bench.newCapsule()
            _ = try await bench.begin(bench.draft(here, caller: bench.ada, activeMax: 1))
            _ = try await bench.begin(bench.draft(here, caller: bench.ben, activeMax: 1))
            _ = try await bench.begin(bench.draft(there, caller: bench.ada, activeMax: 1))
            _ = try await bench.begin(bench.draft(there, caller: bench.ada, activeMax: 2))
            let counts = [
                try await bench.catalogue.countActive(capsule: here.id, caller: bench.ada),
                try await bench.catalogue.countActive(capsule: here.id, caller: bench.ben),
                try await bench.catalogue.countActive(capsule: there.id, caller: bench.ada),
                try await bench.catalogue.countActive(capsule: there.id, caller: bench.ben),
            ]
            try requireEqual(counts, [1, 1, 2, 0], "active uploads")
        },
        Check("a commit and either ending make room for another upload, once") { bench in
            let capsule = try await bench.newCapsule()
            let endings: [SessionStatus] = [.aborted(at: bench.time(10)), .expired(at: bench.time(10))]
            for ending in endings {
                let record = try await bench.begin(bench.draft(capsule, activeMax: 1))
                for _ in 0..<2 { _ = try await bench.catalogue.end(record.id, as: ending, unlessSeenSince: nil) }
            }
            for isPartial in [false, true] {
                let record = try await bench.begin(bench.draft(capsule, isPartial: isPartial, activeMax: 1))
                for _ in 0..<2 { try await bench.commit(record.id) }
            }
            let active = try await bench.catalogue.countActive(capsule: capsule.id, caller: bench.ada)
            try requireEqual(active, 0, "active uploads")
        },
    ]

    static let content: [Check] = [
        Check("an upload that begins with its content is committed at once") { bench in
            let capsule = try await bench.newCapsule()
            let record = try await bench.begin(bench.draft(capsule, storage: .catalogue, content: "hello, world"))
            try requireEqual(record.blob, BlobId(record.id), "the blob")
            try requireEqual(record.digest, bench.digest("hello, world"), "digest")
            try require(record.session.isComplete, "the ledger says that bytes are missing")
            try requireSame(try await bench.found(record.id), record, "the record read back")
            let bytes = try await bench.catalogue.catalogueBytes(record.id, 0..<12)
            try requireEqual(bytes, Array("hello, world".utf8), "the bytes")
            let (blob, _) = try requireValue(try await bench.catalogue.blob(BlobId(record.id)), "the blob")
            try requireEqual(blob.size, 12, "size")
            try requireEqual(blob.extents.map(\.source), [record.id], "the sources")
        },
        Check("an upload that begins with its content does not count as active and is not limited") { bench in
            let capsule = try await bench.newCapsule()
            _ = try await bench.begin(bench.draft(capsule, storage: .catalogue, activeMax: 0, content: "hello"))
            let active = try await bench.catalogue.countActive(capsule: capsule.id, caller: bench.ada)
            try requireEqual(active, 0, "active uploads")
        },
        Check("an upload that begins with its content is replayed by its key") { bench in
            let capsule = try await bench.newCapsule()
            func draft(_ request: String) -> UploadDraft {
                bench.draft(
                    capsule, key: IdempotencyKey("key"), request: request, storage: .catalogue, content: "hello")
            }
            let first = try await bench.begin(draft("1"))
            try requireSame(try await bench.replayed(draft("1")), first, "the replayed record")
            try await requireRefusal(.idempotencyConflict, "another request") {
                try await bench.catalogue.begin(draft("2"), admit: admitAll)
            }
        },
        Check("content may be empty") { bench in
            let capsule = try await bench.newCapsule()
            let record = try await bench.begin(bench.draft(capsule, storage: .catalogue, content: ""))
            let (blob, _) = try requireValue(try await bench.catalogue.blob(BlobId(record.id)), "the blob")
            try requireEqual(blob.size, 0, "size")
            try requireEqual(blob.extents, [], "extents")
        },
        Check("content that admit refuses leaves nothing behind") { bench in
            let draft = bench.draft(try await bench.newCapsule(), storage: .catalogue, content: "hello")
            try await requireRefusal(.notFound(.capsule), "a refusal of admit") {
                try await bench.catalogue.begin(draft, admit: refuseAll)
            }
            try requireEqual(try await bench.catalogue.catalogueBytes(draft.record.id, 0..<5), [], "bytes")
            try requireEqual(try await bench.catalogue.countBlobs(), 0, "blobs")
        },
    ]
}
