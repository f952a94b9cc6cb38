import SessionCore
import UploadCore
import UploadDerivation

extension CatalogueContract {
    /// What an ended upload keeps.
    static let tombstones: [Check] = [
        Check("an ended upload keeps what answers about it need, and no other metadata") { fixture in
            let capsule = try await fixture.newCapsule()
            let key = IdempotencyKey("key")
            let pending = try await fixture.begin(fixture.draft(capsule, key: key, seen: 7))
            let part = try await fixture.committed(fixture.draft(capsule, key: IdempotencyKey("part"), isPartial: true))
            let blob = try await fixture.committed(
                fixture.draft(capsule, caller: fixture.ben, key: key, layout: .append, recipe: .photo))
            _ = try await fixture.abort(pending.id)
            _ = try await fixture.abort(part.id)
            _ = try await fixture.catalogue.deleteBlob(BlobId(blob.id), at: fixture.time(10), checkAccess: admitAll)
            for before in [pending, part, blob] {
                let found = try await fixture.found(before.id)
                try requireTombstone(found, of: before, "the upload")
                try requireEqual(found.meta.provisionalMemoryId, "", "provisional memory id")
                let listed = try await fixture.catalogue.uploads(UploadFilter(), after: nil, limit: 10)
                let entry = try requireValue(listed.first { $0.id == before.id }, "the upload in a list")
                try requireEqual(entry.record.meta, found.meta, "its metadata in a list")
            }
            let derivations = try await fixture.catalogue.derivations(
                in: capsule.id, state: nil, order: .oldestFirst, after: nil, limit: 10)
            try requireEqual(derivations.map(\.asset.name), [""], "names in the list of derivations")
        },
        Check("an ended part drops what reading needs only when its bytes are freed") { fixture in
            let capsule = try await fixture.newCapsule()
            let part = try await fixture.committedPart(capsule)
            let whole = try await fixture.begin(fixture.concatenation(of: [part.id], in: capsule))
            try await fixture.commit(whole.id)
            let extents = try await fixture.catalogue.extentsOfParts(whole.id)
            try requireEqual(try await fixture.abort(part.id), [], "the freed files")
            let ended = try await fixture.found(part.id)
            try requireTombstone(ended, of: part, "the part")
            try requireEqual(ended.meta.key, part.meta.key, "the key of its file")
            try requireEqual(try await fixture.catalogue.extentsOfParts(whole.id), extents, "the extents of the parts")
            let freed = try await fixture.catalogue.deleteBlob(
                BlobId(whole.id), at: fixture.time(20), checkAccess: admitAll)
            try requireEqual(freed, [part.meta.key], "the freed files")
            try requireEqual(
                try await fixture.found(part.id).meta.provisionalMemoryId, "", "provisional memory id")
        },
    ]

    /// The removal of ended uploads.
    static let removal: [Check] = [
        Check("uploads that ended before the given time are removed, the earliest end first") { fixture in
            let capsule = try await fixture.newCapsule()
            var ids: [SessionId] = []
            for end in [30, 10, 40, 20] as [Int64] {
                let record = try await fixture.begin(fixture.draft(capsule))
                _ = try await fixture.abort(record.id, at: end)
                ids.append(record.id)
            }
            let pending = try await fixture.begin(fixture.draft(capsule))
            let blob = try await fixture.committed(fixture.draft(capsule))
            func remove(_ time: Int64, _ limit: Int) async throws -> [SessionId] {
                try await fixture.catalogue.removeEnded(before: fixture.time(time), limit: limit)
            }
            let garbage = Set(try await fixture.catalogue.garbage(limit: 10))
            try requireEqual(try await remove(10, 10), [], "removed before the first end")
            try requireEqual(try await remove(40, 2), [ids[1], ids[3]], "removed, at most two")
            try requireEqual(try await remove(40, 2), [ids[0]], "the others that were removed")
            for removed in [ids[0], ids[1], ids[3]] {
                try require(try await fixture.catalogue.upload(removed) == nil, "a removed upload is found")
                try await requireRefusal(.notFound(.upload), "the end of a removed upload") {
                    try await fixture.abort(removed)
                }
            }
            let listed = try await fixture.catalogue.uploads(UploadFilter(), after: nil, limit: 10).map(\.id)
            try requireEqual(listed, [ids[2], pending.id, blob.id], "the uploads in a list")
            try requireEqual(try await fixture.catalogue.countByStatus().aborted, 1, "aborted uploads")
            try requireEqual(Set(try await fixture.catalogue.garbage(limit: 10)), garbage, "garbage")
        },
        Check("the upload that was begun last stays until another begins") { fixture in
            let capsule = try await fixture.newCapsule()
            let first = try await fixture.begin(fixture.draft(capsule))
            _ = try await fixture.abort(first.id)
            func remove() async throws -> [SessionId] {
                try await fixture.catalogue.removeEnded(before: fixture.time(99), limit: 10)
            }
            try requireEqual(try await remove(), [], "removed with nothing begun since")
            let second = try await fixture.begin(fixture.draft(capsule, storage: .catalogue, content: "bytes"))
            try requireEqual(try await remove(), [first.id], "removed after another began")
            try requireEqual(
                try await fixture.catalogue.catalogueBytes(second.id, 0..<5), Array("bytes".utf8), "the other's bytes")
        },
        Check("a part stays while a concatenation refers to it") { fixture in
            let capsule = try await fixture.newCapsule()
            let part = try await fixture.committedPart(capsule)
            let lost = try await fixture.begin(fixture.draft(capsule, isPartial: true))
            let inner = try await fixture.begin(fixture.concatenation(of: [part.id], in: capsule, isPartial: true))
            try await fixture.commit(inner.id)
            let whole = try await fixture.begin(fixture.concatenation(of: [inner.id], in: capsule))
            try await fixture.commit(whole.id)
            let waiting = try await fixture.begin(fixture.concatenation(of: [lost.id], in: capsule))
            _ = try await fixture.begin(fixture.draft(capsule))
            for id in [part.id, inner.id, lost.id] { _ = try await fixture.abort(id) }
            func remove() async throws -> [SessionId] {
                try await fixture.catalogue.removeEnded(before: fixture.time(99), limit: 10)
            }
            try requireEqual(try await remove(), [], "removed while concatenations exist")
            let extents = try await fixture.catalogue.blob(BlobId(whole.id))?.blob.extents.map(\.source)
            try requireEqual(extents, [part.id], "the sources of the blob")
            try await requireRefusal(.notFound(.upload), "the parts of the pending concatenation") {
                try await fixture.catalogue.partsStatus(of: waiting.id)
            }
            _ = try await fixture.abort(waiting.id, at: 11)
            try requireEqual(try await remove(), [lost.id, waiting.id], "removed after the end of the pending one")
            _ = try await fixture.catalogue.deleteBlob(
                BlobId(whole.id), at: fixture.time(12), checkAccess: admitAll)
            try requireEqual(try await remove(), [part.id, inner.id, whole.id], "removed after the end of the blob")
        },
        Check("a derivation is removed with its upload, and a key is free after it") { fixture in
            let capsule = try await fixture.newCapsule()
            let key = IdempotencyKey("key")
            let blob = try await fixture.committed(fixture.draft(capsule, key: key, recipe: .photo))
            _ = try await fixture.catalogue.deleteBlob(BlobId(blob.id), at: fixture.time(10), checkAccess: admitAll)
            let again = try await fixture.committed(fixture.draft(capsule, key: key, recipe: .photo))
            let removed = try await fixture.catalogue.removeEnded(before: fixture.time(11), limit: 10)
            try requireEqual(removed, [blob.id], "the removed uploads")
            let left = try await fixture.catalogue.derivations(
                in: capsule.id, state: nil, order: .oldestFirst, after: nil, limit: 10)
            try requireEqual(left.map(\.upload), [again.id], "the uploads with derivations")
            try requireEqual(try await fixture.replayed(fixture.draft(capsule, key: key)).id, again.id, "of the key")
        },
    ]
}

/// Requires a record to be that of an ended upload, with its facts and without its metadata.
private func requireTombstone(
    _ found: UploadRecord, of record: UploadRecord, _ what: String
) throws(ContractViolation) {
    let (meta, session) = (found.meta, found.session)
    try requireEqual(meta.asset, AssetMetadata(name: "", contentType: ""), "\(what), name, type and metadata")
    try requireEqual(meta.idempotencyKey, nil, "\(what), key")
    try requireEqual(session.spec.idempotencyKey, nil, "\(what), key in its spec")
    try requireEqual(meta.companions, [], "\(what), companions")
    try requireEqual(meta.expectedDigest, nil, "\(what), expected digest")
    try requireEqual(found.fingerprint, nil, "\(what), fingerprint")
    try requireEqual(found.blob, nil, "\(what), blob")
    try requireEqual(meta.capsule, record.meta.capsule, "\(what), capsule")
    try requireEqual(meta.caller, record.meta.caller, "\(what), caller")
    try requireEqual(meta.isPartial, record.meta.isPartial, "\(what), whether it is a part")
    try requireEqual(meta.recipe, record.meta.recipe, "\(what), recipe")
    try requireEqual(session.spec.layout, record.session.spec.layout, "\(what), layout")
    try requireEqual(session.spec.expectedBytes, record.session.spec.expectedBytes, "\(what), length")
    try requireEqual(session.meta.createdAt, record.session.meta.createdAt, "\(what), begin")
    try requireEqual(session.meta.lastSeen, record.session.meta.lastSeen, "\(what), last use")
}
