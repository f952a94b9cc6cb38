import SessionCore
import UploadCore

extension CatalogueContract {
    static let ending: [Check] = [
        Check("an abort and an expiry are visible at once and free the upload's file") { fixture in
            let capsule = try await fixture.newCapsule()
            for ending in [SessionStatus.aborted(at: fixture.time(5)), .expired(at: fixture.time(6))] {
                let record = try await fixture.begin(fixture.draft(capsule))
                let freed = try await fixture.catalogue.end(record.id, as: ending, unlessSeenSince: nil)
                try requireEqual(freed, [record.meta.key], "the freed files")
                let found = try await fixture.found(record.id)
                try requireEqual(found.session.meta.status, ending, "status")
                try require(found.blob == nil, "an ended upload has a blob")
            }
        },
        Check("an upload ends once: the first end is kept") { fixture in
            let record = try await fixture.begin(fixture.draft(try await fixture.newCapsule()))
            _ = try await fixture.abort(record.id, at: 5)
            let freed = try await fixture.catalogue.end(
                record.id, as: .expired(at: fixture.time(6)), unlessSeenSince: nil)
            try requireEqual(freed, [], "the freed files")
            let status = try await fixture.found(record.id).session.meta.status
            try requireEqual(status, .aborted(at: fixture.time(5)), "status")
            try requireEqual(try await fixture.catalogue.garbage(limit: 10), [record.meta.key], "garbage")
        },
        Check("an upload seen at the given time or later is not ended") { fixture in
            let record = try await fixture.begin(fixture.draft(try await fixture.newCapsule(), seen: 50))
            for since in [40, 50] as [Int64] {
                try await requireRefusal(.superseded, "an upload seen since") {
                    try await fixture.catalogue.end(
                        record.id, as: .expired(at: fixture.time(99)), unlessSeenSince: fixture.time(since))
                }
                try requireSame(try await fixture.found(record.id), record, "the upload")
            }
            let freed = try await fixture.catalogue.end(
                record.id, as: .expired(at: fixture.time(99)), unlessSeenSince: fixture.time(51))
            try requireEqual(freed, [record.meta.key], "the freed files")
        },
        Check("blobs and unknown uploads cannot be aborted") { fixture in
            let record = try await fixture.committed(fixture.draft(try await fixture.newCapsule()))
            try await requireRefusal(.committed, "a committed upload") { try await fixture.abort(record.id) }
            try requireSame(try await fixture.found(record.id), record, "the committed upload")
            try await requireRefusal(.notFound(.upload), "an unknown upload") {
                try await fixture.abort(fixture.nextId())
            }
        },
        Check("a committed part ends like a pending upload") { fixture in
            let part = try await fixture.committedPart(try await fixture.newCapsule(), seen: 50)
            let ending = SessionStatus.expired(at: fixture.time(99))
            try await requireRefusal(.superseded, "a part seen since") {
                try await fixture.catalogue.end(part.id, as: ending, unlessSeenSince: fixture.time(50))
            }
            let freed = try await fixture.catalogue.end(part.id, as: ending, unlessSeenSince: fixture.time(51))
            try requireEqual(freed, [part.meta.key], "the freed files")
            try requireEqual(try await fixture.found(part.id).session.meta.status, ending, "status")
            try await requireRefusal(.gone(ending), "its commit") { try await fixture.commit(part.id) }
        },
        Check("a deleted blob is reported as aborted, and its file is freed") { fixture in
            let record = try await fixture.committed(fixture.draft(try await fixture.newCapsule()))
            let freed = try await fixture.catalogue.deleteBlob(
                BlobId(record.id), at: fixture.time(20), checkAccess: admitAll)
            try requireEqual(freed, [record.meta.key], "the freed files")
            let status = try await fixture.found(record.id).session.meta.status
            try requireEqual(status, .aborted(at: fixture.time(20)), "status")
            try require(try await fixture.catalogue.blob(BlobId(record.id)) == nil, "the deleted blob is found")
            try requireEqual(try await fixture.catalogue.countBlobs(), 0, "blobs")
            try await requireRefusal(.notFound(.blob), "its deletion again") {
                try await fixture.catalogue.deleteBlob(BlobId(record.id), at: fixture.time(21), checkAccess: admitAll)
            }
        },
        Check("a deletion refused by checkAccess deletes nothing") { fixture in
            let record = try await fixture.committed(fixture.draft(try await fixture.newCapsule()))
            try await requireRefusal(.notFound(.capsule), "a refusal by checkAccess") {
                try await fixture.catalogue.deleteBlob(BlobId(record.id), at: fixture.time(20), checkAccess: refuseAll)
            }
            try requireSame(try await fixture.found(record.id), record, "the upload")
            try requireEqual(try await fixture.catalogue.garbage(limit: 10), [], "garbage")
        },
    ]

    static let garbage: [Check] = [
        Check("garbage stays listed until it is forgotten, and forgetting is idempotent") { fixture in
            let capsule = try await fixture.newCapsule()
            var keys: Set<ObjectKey> = []
            for _ in 0..<5 {
                let record = try await fixture.begin(fixture.draft(capsule))
                keys.formUnion(try await fixture.abort(record.id))
            }
            try requireEqual(keys.count, 5, "the freed files")
            try requireEqual(Set(try await fixture.catalogue.garbage(limit: 100)), keys, "garbage")
            let some = try await fixture.catalogue.garbage(limit: 2)
            try requireEqual(Set(some).count, 2, "garbage, at most two")
            for _ in 0..<2 { try await fixture.catalogue.forgetGarbage(some) }
            try await fixture.catalogue.forgetGarbage([])
            let rest = try await fixture.catalogue.garbage(limit: 100)
            try requireEqual(rest.count, 3, "the remaining garbage")
            try requireEqual(Set(rest), keys.subtracting(some), "the remaining garbage")
            try await fixture.catalogue.forgetGarbage(rest)
            try requireEqual(try await fixture.catalogue.garbage(limit: 100), [], "garbage")
        },
        Check("pending and committed uploads are not garbage") { fixture in
            let capsule = try await fixture.newCapsule()
            _ = try await fixture.begin(fixture.draft(capsule))
            _ = try await fixture.committed(fixture.draft(capsule))
            _ = try await fixture.committedPart(capsule)
            try requireEqual(try await fixture.catalogue.garbage(limit: 100), [], "garbage")
        },
    ]
}
