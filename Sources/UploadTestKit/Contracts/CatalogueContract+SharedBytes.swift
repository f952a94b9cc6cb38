import SessionCore
import UploadCore

extension CatalogueContract {
    /// Bytes stay as long as a pending or committed upload refers to them.
    static let sharedBytes: [Check] = [
        Check("a committed part of a pending concatenation cannot be aborted") { fixture in
            let capsule = try await fixture.newCapsule()
            let part = try await fixture.committedPart(capsule)
            let final = try await fixture.begin(fixture.concatenation(of: [part.id], in: capsule))
            try await requireRefusal(.inUse(by: .pendingConcatenation), "the abort of the part") {
                try await fixture.abort(part.id)
            }
            try requireSame(try await fixture.found(part.id), part, "the part")
            try requireEqual(try await fixture.abort(final.id), [], "the freed files of the concatenation")
            try requireEqual(try await fixture.abort(part.id), [part.meta.key], "the freed files of the part")
        },
        Check("the bytes of parts that end after the concatenation's commit stay until its deletion") { fixture in
            let capsule = try await fixture.newCapsule()
            let (parts, final) = try await fixture.concatenated(capsule)
            let (before, _) = try requireValue(try await fixture.catalogue.blob(BlobId(final)), "the blob")
            for part in parts { try requireEqual(try await fixture.abort(part.id), [], "the freed files of a part") }
            try requireEqual(try await fixture.catalogue.garbage(limit: 10), [], "garbage")
            let (after, _) = try requireValue(try await fixture.catalogue.blob(BlobId(final)), "the blob")
            try requireEqual(after, before, "the blob")
            let freed = try await fixture.catalogue.deleteBlob(
                BlobId(final), at: fixture.time(30), checkAccess: admitAll)
            try requireEqual(Set(freed), Set(parts.map(\.meta.key)), "the freed files of the concatenation")
            try requireEqual(Set(try await fixture.catalogue.garbage(limit: 10)), Set(freed), "garbage")
        },
        Check("deleting a concatenation keeps the bytes of its remaining parts") { fixture in
            let capsule = try await fixture.newCapsule()
            let (parts, final) = try await fixture.concatenated(capsule)
            let freed = try await fixture.catalogue.deleteBlob(
                BlobId(final), at: fixture.time(30), checkAccess: admitAll)
            try requireEqual(freed, [], "the freed files of the concatenation")
            for part in parts {
                try requireSame(try await fixture.found(part.id), part, "the part")
                try requireEqual(try await fixture.abort(part.id), [part.meta.key], "the freed files of the part")
            }
        },
        Check("bytes shared by two concatenations are freed with the last of them") { fixture in
            let capsule = try await fixture.newCapsule()
            let part = try await fixture.committedPart(capsule)
            var finals: [SessionId] = []
            for _ in 0..<2 {
                let final = try await fixture.begin(fixture.concatenation(of: [part.id], in: capsule))
                try await fixture.commit(final.id)
                finals.append(final.id)
            }
            try requireEqual(try await fixture.abort(part.id), [], "the freed files of the part")
            var freed: [[ObjectKey]] = []
            for final in finals {
                freed.append(
                    try await fixture.catalogue.deleteBlob(BlobId(final), at: fixture.time(30), checkAccess: admitAll))
            }
            try requireEqual(freed, [[], [part.meta.key]], "the freed files of each concatenation")
        },
        Check("a nested concatenation keeps its bytes after both parts have ended") { fixture in
            let capsule = try await fixture.newCapsule()
            let leaf = try await fixture.committedPart(capsule)
            let inner = try await fixture.begin(fixture.concatenation(of: [leaf.id], in: capsule, isPartial: true))
            try await fixture.commit(inner.id)
            let final = try await fixture.begin(fixture.concatenation(of: [inner.id], in: capsule))
            try await fixture.commit(final.id)
            try requireEqual(try await fixture.abort(inner.id), [], "the freed files of the inner concatenation")
            try requireEqual(try await fixture.abort(leaf.id), [], "the freed files of the leaf")
            let (blob, _) = try requireValue(try await fixture.catalogue.blob(BlobId(final.id)), "the blob")
            try requireEqual(blob.extents.map(\.source), [leaf.id], "the blob's sources")
            let freed = try await fixture.catalogue.deleteBlob(
                BlobId(final.id), at: fixture.time(30), checkAccess: admitAll)
            try requireEqual(freed, [leaf.meta.key], "the freed files of the final concatenation")
        },
        Check("bytes in the catalogue are shared like those in files") { fixture in
            let capsule = try await fixture.newCapsule()
            let part = try await fixture.begin(fixture.draft(capsule, length: 10, isPartial: true, storage: .catalogue))
            try await fixture.recordBytes(part.id, chunk: 0, of: 10)
            try await fixture.commit(part.id, length: 10)
            let final = try await fixture.begin(fixture.concatenation(of: [part.id], in: capsule))
            try await fixture.commit(final.id, length: 10)
            try requireEqual(try await fixture.abort(part.id), [], "the freed files")
            let kept = try await fixture.catalogue.catalogueBytes(part.id, 0..<10)
            try requireEqual(kept, CatalogueFixture.bytes(0..<10), "the bytes of the concatenation")
            _ = try await fixture.catalogue.deleteBlob(BlobId(final.id), at: fixture.time(30), checkAccess: admitAll)
            try requireEqual(try await fixture.catalogue.catalogueBytes(part.id, 0..<10), [], "the bytes")
        },
    ]
}

extension CatalogueFixture {
    /// Two committed parts and the committed concatenation of them.
    func concatenated(_ capsule: Capsule) async throws -> (parts: [UploadRecord], final: SessionId) {
        let parts = [try await committedPart(capsule, bytes: "1"), try await committedPart(capsule, bytes: "2")]
        let final = try await begin(concatenation(of: parts.map(\.id), in: capsule))
        try await commit(final.id, length: 50)
        return (parts, final.id)
    }
}
