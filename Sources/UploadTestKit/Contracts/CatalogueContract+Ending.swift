import SessionCore
import UploadCore

extension CatalogueContract {
    static let ending: [Check] = [
        Check("an ending is seen at once, and frees the upload's file") { bench in
            let capsule = try await bench.newCapsule()
            for ending in [SessionStatus.aborted(at: bench.time(5)), .expired(at: bench.time(6))] {
                let record = try await bench.begin(bench.draft(capsule))
                let freed = try await bench.catalogue.end(record.id, as: ending, unlessSeenSince: nil)
                try requireEqual(freed, [record.meta.key], "the freed files")
                let found = try await bench.found(record.id)
                try requireEqual(found.session.meta.status, ending, "status")
                try requireEqual(found.meta, record.meta, "metadata")
                try require(found.blob == nil, "an ended upload has a blob")
            }
        },
        Check("an upload ends once: the first ending stays") { bench in
            let record = try await bench.begin(bench.draft(try await bench.newCapsule()))
            _ = try await bench.abort(record.id, at: 5)
            let freed = try await bench.catalogue.end(record.id, as: .expired(at: bench.time(6)), unlessSeenSince: nil)
            try requireEqual(freed, [], "the freed files")
            let status = try await bench.found(record.id).session.meta.status
            try requireEqual(status, .aborted(at: bench.time(5)), "status")
            try requireEqual(try await bench.catalogue.garbage(limit: 10), [record.meta.key], "garbage")
        },
        Check("an upload that was seen at the given time or later is left alone") { bench in
            let record = try await bench.begin(bench.draft(try await bench.newCapsule(), seen: 50))
            for since in [40, 50] as [Int64] {
                try await requireRefusal(.superseded, "an upload that was seen") {
                    try await bench.catalogue.end(
                        record.id, as: .expired(at: bench.time(99)), unlessSeenSince: bench.time(since))
                }
                try requireSame(try await bench.found(record.id), record, "the upload")
            }
            let freed = try await bench.catalogue.end(
                record.id, as: .expired(at: bench.time(99)), unlessSeenSince: bench.time(51))
            try requireEqual(freed, [record.meta.key], "the freed files")
        },
        Check("what is committed and no part does not end, and neither does what does not exist") { bench in
            let record = try await bench.committed(bench.draft(try await bench.newCapsule()))
            try await requireRefusal(.committed, "a committed upload") { try await bench.abort(record.id) }
            try requireSame(try await bench.found(record.id), record, "the committed upload")
            try await requireRefusal(.notFound(.upload), "an unknown upload") { try await bench.abort(bench.nextId()) }
        },
        Check("a committed part ends like a pending upload") { bench in
            let part = try await bench.committedPart(try await bench.newCapsule(), seen: 50)
            let ending = SessionStatus.expired(at: bench.time(99))
            try await requireRefusal(.superseded, "a part that was seen") {
                try await bench.catalogue.end(part.id, as: ending, unlessSeenSince: bench.time(50))
            }
            let freed = try await bench.catalogue.end(part.id, as: ending, unlessSeenSince: bench.time(51))
            try requireEqual(freed, [part.meta.key], "the freed files")
            try requireEqual(try await bench.found(part.id).session.meta.status, ending, "status")
            try await requireRefusal(.gone(ending), "its commit") { try await bench.commit(part.id) }
        },
        Check("a deleted blob is seen as aborted, and its file is freed") { bench in
            let record = try await bench.committed(bench.draft(try await bench.newCapsule()))
            let freed = try await bench.catalogue.deleteBlob(BlobId(record.id), at: bench.time(20), admit: admitAll)
            try requireEqual(freed, [record.meta.key], "the freed files")
            let status = try await bench.found(record.id).session.meta.status
            try requireEqual(status, .aborted(at: bench.time(20)), "status")
            try require(try await bench.catalogue.blob(BlobId(record.id)) == nil, "the deleted blob is found")
            try requireEqual(try await bench.catalogue.countBlobs(), 0, "blobs")
            try await requireRefusal(.notFound(.blob), "its deletion again") {
                try await bench.catalogue.deleteBlob(BlobId(record.id), at: bench.time(21), admit: admitAll)
            }
        },
        Check("a deletion that admit refuses deletes nothing") { bench in
            let record = try await bench.committed(bench.draft(try await bench.newCapsule()))
            try await requireRefusal(.notFound(.capsule), "a refusal of admit") {
                try await bench.catalogue.deleteBlob(BlobId(record.id), at: bench.time(20), admit: refuseAll)
            }
            try requireSame(try await bench.found(record.id), record, "the upload")
            try requireEqual(try await bench.catalogue.garbage(limit: 10), [], "garbage")
        },
    ]

    static let garbage: [Check] = [
        Check("garbage stays listed until it is forgotten, and forgetting it twice is fine") { bench in
            let capsule = try await bench.newCapsule()
            var keys: Set<ObjectKey> = []
            for _ in 0..<5 {
                let record = try await bench.begin(bench.draft(capsule))
                keys.formUnion(try await bench.abort(record.id))
            }
            try requireEqual(keys.count, 5, "the freed files")
            try requireEqual(Set(try await bench.catalogue.garbage(limit: 100)), keys, "garbage")
            let some = try await bench.catalogue.garbage(limit: 2)
            try requireEqual(Set(some).count, 2, "garbage, at most two")
            for _ in 0..<2 { try await bench.catalogue.forgetGarbage(some) }
            try await bench.catalogue.forgetGarbage([])
            let rest = try await bench.catalogue.garbage(limit: 100)
            try requireEqual(rest.count, 3, "the garbage left")
            try requireEqual(Set(rest), keys.subtracting(some), "the garbage left")
            try await bench.catalogue.forgetGarbage(rest)
            try requireEqual(try await bench.catalogue.garbage(limit: 100), [], "garbage")
        },
        Check("what is pending or committed is no garbage") { bench in
            let capsule = try await bench.newCapsule()
            _ = try await bench.begin(bench.draft(capsule))
            _ = try await bench.committed(bench.draft(capsule))
            _ = try await bench.committedPart(capsule)
            try requireEqual(try await bench.catalogue.garbage(limit: 100), [], "garbage")
        },
    ]
}
