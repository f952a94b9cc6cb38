import SessionCore
import UploadCore

extension CatalogueContract {
    static let commits: [Check] = [
        Check("a commit is seen at once by every question") { bench in
            let capsule = try await bench.newCapsule()
            let draft = bench.draft(capsule)
            let record = try await bench.committed(draft)
            try requireEqual(record.session.meta.status, .committed(at: bench.time(10)), "status")
            try requireEqual(record.blob, BlobId(record.id), "the blob's id")
            try requireEqual(record.digest, bench.digest("bytes"), "digest")
            try require(record.session.isComplete, "the ledger says that bytes are missing")
            try requireSame(try await bench.found(record.id), record, "the record read back")
            let (blob, home) = try requireValue(try await bench.catalogue.blob(BlobId(record.id)), "the blob")
            let extent = Extent(
                source: record.id, storage: .file, key: draft.record.meta.key, length: 25,
                digest: bench.digest("bytes").digest)
            let expected = Blob(
                id: BlobId(record.id), capsule: capsule.id, asset: draft.record.meta.asset, size: 25,
                digest: bench.digest("bytes"), chunkSize: 10, createdAt: blob.createdAt, extents: [extent])
            try requireEqual(blob, expected, "the blob")
            try requireEqual(home, capsule, "its capsule")
            try requireEqual(try await bench.catalogue.countBlobs(), 1, "blobs")
        },
        Check("a commit tells the length where it was unknown") { bench in
            let capsule = try await bench.newCapsule()
            for (layout, piece) in [
                (SessionLayout.append, DurablePiece(.append(through: 20))),
                (.chunks(size: 20), DurablePiece(.chunk(index: 0))),
            ] {
                let record = try await bench.begin(bench.draft(capsule, layout: layout, length: nil))
                try await bench.catalogue.record(piece, of: record.id, seen: bench.time(1))
                let session = try await bench.commit(record.id, length: 20).session
                try requireEqual(session.spec.expectedBytes, 20, "length")
                try requireEqual(session.contiguousBytes, 20, "durable bytes")
                let (blob, _) = try requireValue(try await bench.catalogue.blob(BlobId(record.id)), "the blob")
                try requireEqual(blob.chunkSize, layout == .append ? nil : 20, "chunk size")
            }
        },
        Check("a commit asked for twice answers twice with the first answer") { bench in
            let record = try await bench.committed(bench.draft(try await bench.newCapsule()))
            try requireSame(try await bench.commit(record.id, at: 99), record, "the second answer")
            try requireSame(try await bench.found(record.id), record, "the record read back")
        },
        Check("a commit with another digest is refused and keeps the first") { bench in
            let record = try await bench.committed(bench.draft(try await bench.newCapsule()))
            try await requireRefusal(.committed, "another digest") {
                try await bench.commit(record.id, bytes: "other bytes")
            }
            try requireSame(try await bench.found(record.id), record, "the record read back")
        },
        Check("a commit asks the capsule and is refused without a trace") { bench in
            let record = try await bench.begin(bench.draft(try await bench.newCapsule()))
            try await requireRefusal(.notFound(.capsule), "a refusal of admit") {
                try await bench.catalogue.commit(
                    record.id, length: 25, digest: bench.digest("bytes"), at: bench.time(10), admit: refuseAll)
            }
            try requireSame(try await bench.found(record.id), record, "the upload")
            try requireEqual(try await bench.catalogue.countBlobs(), 0, "blobs")
        },
        Check("nothing is committed that does not exist or has ended") { bench in
            try await requireRefusal(.notFound(.upload), "an unknown upload") { try await bench.commit(bench.nextId()) }
            let capsule = try await bench.newCapsule()
            for ending in [SessionStatus.aborted(at: bench.time(5)), .expired(at: bench.time(6))] {
                let record = try await bench.begin(bench.draft(capsule))
                _ = try await bench.catalogue.end(record.id, as: ending, unlessSeenSince: nil)
                try await requireRefusal(.gone(ending), "\(ending)") { try await bench.commit(record.id) }
            }
        },
        Check("an upload of no bytes becomes a blob without extents") { bench in
            let record = try await bench.begin(bench.draft(try await bench.newCapsule(), layout: .append, length: 0))
            try await bench.commit(record.id, length: 0)
            let (blob, _) = try requireValue(try await bench.catalogue.blob(BlobId(record.id)), "the blob")
            try requireEqual(blob.size, 0, "size")
            try requireEqual(blob.extents, [], "extents")
        },
        Check("what is pending, ended or a mere part is no blob") { bench in
            let capsule = try await bench.newCapsule()
            let pending = try await bench.begin(bench.draft(capsule))
            let aborted = try await bench.begin(bench.draft(capsule))
            _ = try await bench.abort(aborted.id)
            let part = try await bench.committedPart(capsule)
            for id in [pending.id, aborted.id, part.id, bench.nextId()] {
                try require(try await bench.catalogue.blob(BlobId(id)) == nil, "it is found as a blob")
                try await requireRefusal(.notFound(.blob), "its deletion as a blob") {
                    try await bench.catalogue.deleteBlob(BlobId(id), at: bench.time(20), admit: admitAll)
                }
            }
            try requireEqual(try await bench.catalogue.countBlobs(), 0, "blobs")
        },
    ]
}
