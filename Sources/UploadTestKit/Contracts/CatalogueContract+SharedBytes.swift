import SessionCore
import UploadCore

extension CatalogueContract {
    /// Bytes live as long as anything that is pending or committed refers to them.
    static let sharedBytes: [Check] = [
        Check("a committed part does not end while a pending concatenation counts on it") { bench in
            let capsule = try await bench.newCapsule()
            let part = try await bench.committedPart(capsule)
            let final = try await bench.begin(bench.concatenation(of: [part.id], in: capsule))
            try await requireRefusal(.inUse, "the end of the part") { try await bench.abort(part.id) }
            try requireSame(try await bench.found(part.id), part, "the part")
            try requireEqual(try await bench.abort(final.id), [], "the freed files of the concatenation")
            try requireEqual(try await bench.abort(part.id), [part.meta.key], "the freed files of the part")
        },
        Check("parts that end after the concatenation's commit leave it their bytes until it is deleted") { bench in
            let capsule = try await bench.newCapsule()
            let (parts, final) = try await bench.concatenated(capsule)
            let (before, _) = try requireValue(try await bench.catalogue.blob(BlobId(final)), "the blob")
            for part in parts { try requireEqual(try await bench.abort(part.id), [], "the freed files of a part") }
            try requireEqual(try await bench.catalogue.garbage(limit: 10), [], "garbage")
            let (after, _) = try requireValue(try await bench.catalogue.blob(BlobId(final)), "the blob")
            try requireEqual(after, before, "the blob")
            let freed = try await bench.catalogue.deleteBlob(BlobId(final), at: bench.time(30), admit: admitAll)
            try requireEqual(Set(freed), Set(parts.map(\.meta.key)), "the freed files of the concatenation")
            try requireEqual(Set(try await bench.catalogue.garbage(limit: 10)), Set(freed), "garbage")
        },
        Check("a concatenation that is deleted before its parts end leaves them their bytes") { bench in
            let capsule = try await bench.newCapsule()
            let (parts, final) = try await bench.concatenated(capsule)
            let freed = try await bench.catalogue.deleteBlob(BlobId(final), at: bench.time(30), admit: admitAll)
            try requireEqual(freed, [], "the freed files of the concatenation")
            for part in parts {
                try requireSame(try await bench.found(part.id), part, "the part")
                try requireEqual(try await bench.abort(part.id), [part.meta.key], "the freed files of the part")
            }
        },
        Check("bytes that two concatenations share live as long as the longer of them") { bench in
            let capsule = try await bench.newCapsule()
            let part = try await bench.committedPart(capsule)
            var finals: [SessionId] = []
            for _ in 0..<2 {
                let final = try await bench.begin(bench.concatenation(of: [part.id], in: capsule))
                try await bench.commit(final.id)
                finals.append(final.id)
            }
            try requireEqual(try await bench.abort(part.id), [], "the freed files of the part")
            var freed: [[ObjectKey]] = []
            for final in finals {
                freed.append(
                    try await bench.catalogue.deleteBlob(BlobId(final), at: bench.time(30), admit: admitAll))
            }
            try requireEqual(freed, [[], [part.meta.key]], "the freed files of either")
        },
        Check("bytes reached through a nested concatenation live on when both parts have ended") { bench in
            let capsule = try await bench.newCapsule()
            let leaf = try await bench.committedPart(capsule)
            let inner = try await bench.begin(bench.concatenation(of: [leaf.id], in: capsule, isPartial: true))
            try await bench.commit(inner.id)
            let final = try await bench.begin(bench.concatenation(of: [inner.id], in: capsule))
            try await bench.commit(final.id)
            try requireEqual(try await bench.abort(inner.id), [], "the freed files of the inner concatenation")
            try requireEqual(try await bench.abort(leaf.id), [], "the freed files of the leaf")
            let (blob, _) = try requireValue(try await bench.catalogue.blob(BlobId(final.id)), "the blob")
            try requireEqual(blob.extents.map(\.source), [leaf.id], "the blob's sources")
            let freed = try await bench.catalogue.deleteBlob(BlobId(final.id), at: bench.time(30), admit: admitAll)
            try requireEqual(freed, [leaf.meta.key], "the freed files of the final one")
        },
        Check("bytes in the catalogue are shared like those in files") { bench in
            let capsule = try await bench.newCapsule()
            let part = try await bench.begin(bench.draft(capsule, length: 10, isPartial: true, storage: .catalogue))
            try await bench.recordBytes(part.id, chunk: 0, of: 10)
            try await bench.commit(part.id, length: 10)
            let final = try await bench.begin(bench.concatenation(of: [part.id], in: capsule))
            try await bench.commit(final.id, length: 10)
            try requireEqual(try await bench.abort(part.id), [], "the freed files")
            let kept = try await bench.catalogue.catalogueBytes(part.id, 0..<10)
            try requireEqual(kept, CatalogueBench.bytes(0..<10), "the bytes that the concatenation refers to")
            _ = try await bench.catalogue.deleteBlob(BlobId(final.id), at: bench.time(30), admit: admitAll)
            try requireEqual(try await bench.catalogue.catalogueBytes(part.id, 0..<10), [], "the bytes")
        },
    ]
}

extension CatalogueBench {
    /// Two committed parts and the committed concatenation of them.
    func concatenated(_ capsule: Capsule) async throws -> (parts: [UploadRecord], final: SessionId) {
        let parts = [try await committedPart(capsule, bytes: "1"), try await committedPart(capsule, bytes: "2")]
        let final = try await begin(concatenation(of: parts.map(\.id), in: capsule))
        try await commit(final.id, length: 50)
        return (parts, final.id)
    }
}
