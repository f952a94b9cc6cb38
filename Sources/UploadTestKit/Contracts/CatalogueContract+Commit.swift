import SessionCore
import UploadCore

extension CatalogueContract {
    static let commits: [Check] = [
        Check("a commit is visible to every query at once") { fixture in
            let capsule = try await fixture.newCapsule()
            let draft = fixture.draft(capsule)
            let record = try await fixture.committed(draft)
            try requireEqual(record.session.meta.status, .committed(at: fixture.time(10)), "status")
            try requireEqual(record.blob, BlobId(record.id), "the blob's id")
            try requireEqual(record.digest, fixture.digest("bytes"), "digest")
            try require(record.session.isComplete, "the ledger is incomplete")
            try requireSame(try await fixture.found(record.id), record, "the record read back")
            let (blob, home) = try requireValue(try await fixture.catalogue.blob(BlobId(record.id)), "the blob")
            let extent = Extent(
                source: record.id, storage: .file, key: draft.record.meta.key, length: 25,
                digest: fixture.digest("bytes").digest)
            let expected = Blob(
                id: BlobId(record.id), capsule: capsule.id, asset: draft.record.meta.asset, size: 25,
                digest: fixture.digest("bytes"), chunkSize: 10, createdAt: blob.createdAt, extents: [extent])
            try requireEqual(blob, expected, "the blob")
            try requireEqual(home, capsule, "its capsule")
            try requireEqual(try await fixture.catalogue.countBlobs(), 1, "blobs")
        },
        Check("a commit sets an unknown length") { fixture in
            let capsule = try await fixture.newCapsule()
            for (layout, piece) in [
                (SessionLayout.append, DurablePiece(.append(through: 20))),
                (.chunks(size: 20), DurablePiece(.chunk(index: 0))),
            ] {
                let record = try await fixture.begin(fixture.draft(capsule, layout: layout, length: nil))
                try await fixture.catalogue.record(piece, of: record.id, seen: fixture.time(1))
                let session = try await fixture.commit(record.id, length: 20).session
                try requireEqual(session.spec.expectedBytes, 20, "length")
                try requireEqual(session.contiguousBytes, 20, "durable bytes")
                let (blob, _) = try requireValue(try await fixture.catalogue.blob(BlobId(record.id)), "the blob")
                try requireEqual(blob.chunkSize, layout == .append ? nil : 20, "chunk size")
            }
        },
        Check("a repeated commit returns the first answer") { fixture in
            let record = try await fixture.committed(fixture.draft(try await fixture.newCapsule()))
            try requireSame(try await fixture.commit(record.id, at: 99), record, "the second answer")
            try requireSame(try await fixture.found(record.id), record, "the record read back")
        },
        Check("a commit with another digest is refused and keeps the first") { fixture in
            let record = try await fixture.committed(fixture.draft(try await fixture.newCapsule()))
            try await requireRefusal(.committed, "another digest") {
                try await fixture.commit(record.id, bytes: "other bytes")
            }
            try requireSame(try await fixture.found(record.id), record, "the record read back")
        },
        Check("a commit refused by checkAccess changes nothing") { fixture in
            let record = try await fixture.begin(fixture.draft(try await fixture.newCapsule()))
            try await requireRefusal(.notFound(.capsule), "a refusal by checkAccess") {
                try await fixture.catalogue.commit(
                    record.id, length: 25, digest: fixture.digest("bytes"), at: fixture.time(10), checkAccess: refuseAll
                )
            }
            try requireSame(try await fixture.found(record.id), record, "the upload")
            try requireEqual(try await fixture.catalogue.countBlobs(), 0, "blobs")
        },
        Check("unknown and ended uploads cannot be committed") { fixture in
            try await requireRefusal(.notFound(.upload), "an unknown upload") {
                try await fixture.commit(fixture.nextId())
            }
            let capsule = try await fixture.newCapsule()
            for ending in [SessionStatus.aborted(at: fixture.time(5)), .expired(at: fixture.time(6))] {
                let record = try await fixture.begin(fixture.draft(capsule))
                _ = try await fixture.catalogue.end(record.id, as: ending, unlessSeenSince: nil)
                try await requireRefusal(.gone(ending), "\(ending)") { try await fixture.commit(record.id) }
            }
        },
        Check("an empty upload becomes a blob without extents") { fixture in
            let record = try await fixture.begin(
                fixture.draft(try await fixture.newCapsule(), layout: .append, length: 0))
            try await fixture.commit(record.id, length: 0)
            let (blob, _) = try requireValue(try await fixture.catalogue.blob(BlobId(record.id)), "the blob")
            try requireEqual(blob.size, 0, "size")
            try requireEqual(blob.extents, [], "extents")
        },
        Check("pending uploads, ended uploads and parts are not blobs") { fixture in
            let capsule = try await fixture.newCapsule()
            let pending = try await fixture.begin(fixture.draft(capsule))
            let aborted = try await fixture.begin(fixture.draft(capsule))
            _ = try await fixture.abort(aborted.id)
            let part = try await fixture.committedPart(capsule)
            for id in [pending.id, aborted.id, part.id, fixture.nextId()] {
                try require(try await fixture.catalogue.blob(BlobId(id)) == nil, "it is found as a blob")
                try await requireRefusal(.notFound(.blob), "its deletion as a blob") {
                    try await fixture.catalogue.deleteBlob(BlobId(id), at: fixture.time(20), checkAccess: admitAll)
                }
            }
            try requireEqual(try await fixture.catalogue.countBlobs(), 0, "blobs")
        },
    ]
}
