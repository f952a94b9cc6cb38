import SessionCore
import UploadCore

extension CatalogueContract {
    static let concatenations: [Check] = [
        Check("a concatenation has the bytes of its parts in the order given") { fixture in
            let capsule = try await fixture.newCapsule()
            let first = try await fixture.committedPart(capsule, bytes: "first")
            let second = try await fixture.committed(
                fixture.draft(capsule, length: 7, isPartial: true), bytes: "second")
            let final = try await fixture.begin(fixture.concatenation(of: [second.id, first.id], in: capsule))
            try requireEqual(final.parts, [second.id, first.id], "parts")
            let extents = [
                fixture.extents(second, "second", length: 7), fixture.extents(first, "first", length: 25),
            ]
            try requireEqual(try await fixture.catalogue.extentsOfParts(final.id), extents, "the extents of the parts")

            let digest = BlobDigest(parts: extents.joined().map(\.digest))
            let record = try await fixture.catalogue.commit(
                final.id, length: 32, digest: digest, at: fixture.time(10), checkAccess: admitAll)
            try requireEqual(record.digest, digest, "digest")
            try requireEqual(record.session.spec.expectedBytes, 32, "length")
            try require(record.session.isComplete, "the ledger is incomplete")
            let (blob, _) = try requireValue(try await fixture.catalogue.blob(BlobId(final.id)), "the blob")
            try requireEqual(blob.extents, Array(extents.joined()), "the blob's extents")
            try requireEqual(blob.size, 32, "size")
            try requireEqual(blob.digest, digest, "digest")
            try requireEqual(blob.chunkSize, nil, "chunk size")
            try requireSame(try await fixture.found(final.id), record, "the record read back")
        },
        Check("the extents of nested concatenations are flattened") { fixture in
            let capsule = try await fixture.newCapsule()
            var leaves: [SessionId] = []
            for _ in 0..<4 { leaves.append(try await fixture.committedPart(capsule).id) }
            let inner = try await fixture.begin(
                fixture.concatenation(of: [leaves[2], leaves[0]], in: capsule, isPartial: true))
            let final = try await fixture.begin(
                fixture.concatenation(of: [leaves[3], inner.id, leaves[1]], in: capsule))
            func sources() async throws -> [[SessionId]?] {
                try await fixture.catalogue.extentsOfParts(final.id).map { $0?.map(\.source) }
            }
            try requireEqual(try await sources(), [[leaves[3]], nil, [leaves[1]]], "before the inner one is committed")
            try await fixture.commit(inner.id, length: 50)
            let flat = [leaves[2], leaves[0]]
            try requireEqual(try await sources(), [[leaves[3]], flat, [leaves[1]]], "the sources")
            try await fixture.commit(final.id, length: 100)
            let (blob, _) = try requireValue(try await fixture.catalogue.blob(BlobId(final.id)), "the blob")
            try requireEqual(blob.extents.map(\.source), [leaves[3]] + flat + [leaves[1]], "the blob's sources")
        },
        Check("the parts' status counts pending parts, and has their total length once all lengths are known") {
            fixture in
            let capsule = try await fixture.newCapsule()
            let sized = try await fixture.begin(fixture.draft(capsule, length: 25, isPartial: true))
            let unsized = try await fixture.begin(fixture.draft(capsule, length: nil, isPartial: true))
            let inner = try await fixture.begin(fixture.concatenation(of: [unsized.id], in: capsule, isPartial: true))
            let final = try await fixture.begin(
                fixture.concatenation(of: [sized.id, inner.id, sized.id, unsized.id], in: capsule))
            func status() async throws -> PartsStatus { try await fixture.catalogue.partsStatus(of: final.id) }
            try requireEqual(try await status(), PartsStatus(pending: 4, length: nil), "before any commit")
            try await fixture.commit(sized.id, length: 25)
            try requireEqual(try await status(), PartsStatus(pending: 2, length: nil), "after the first commit")
            try await fixture.catalogue.amend(unsized.id, asset: nil, length: 7, seen: fixture.time(5))
            try await fixture.catalogue.amend(unsized.id, asset: nil, length: 7, seen: fixture.time(6))
            try requireEqual(try await status(), PartsStatus(pending: 2, length: nil), "with one length declared")
            try await fixture.commit(unsized.id, length: 7)
            try requireEqual(try await status(), PartsStatus(pending: 1, length: nil), "after the second commit")
            try await fixture.commit(inner.id, length: 7)
            try requireEqual(try await status(), PartsStatus(pending: 0, length: 64), "after the last commit")
            try await fixture.commit(final.id, length: 64)
            try requireEqual(
                try await status(), PartsStatus(pending: 0, length: 64), "after the concatenation's commit")
            let plain = try await fixture.begin(fixture.draft(capsule))
            try requireEqual(
                try await fixture.catalogue.partsStatus(of: plain.id), PartsStatus(pending: 0, length: 0),
                "an upload without parts")
        },
        Check("an empty part has no extents") { fixture in
            let capsule = try await fixture.newCapsule()
            let empty = try await fixture.committed(fixture.draft(capsule, length: 0, isPartial: true))
            let other = try await fixture.committedPart(capsule)
            let final = try await fixture.begin(fixture.concatenation(of: [empty.id, other.id], in: capsule))
            let counts = try await fixture.catalogue.extentsOfParts(final.id).map { $0?.count }
            try requireEqual(counts, [0, 1], "the extents of each part")
            try await fixture.commit(final.id, length: 25)
        },
        Check("a concatenation may begin before its parts are committed, and is incomplete until then") { fixture in
            let capsule = try await fixture.newCapsule()
            let done = try await fixture.committedPart(capsule)
            let late = try await fixture.begin(fixture.draft(capsule, isPartial: true))
            let final = try await fixture.begin(fixture.concatenation(of: [late.id, done.id], in: capsule))
            let waiting = try await fixture.catalogue.extentsOfParts(final.id).map { $0 != nil }
            try requireEqual(waiting, [false, true], "whether the part is committed")
            try await requireRefusal(code: .incomplete, "a commit before the last part's") {
                try await fixture.commit(final.id, length: 50)
            }
            try requireSame(try await fixture.found(final.id), final, "the concatenation")
            try await fixture.commit(late.id)
            try await fixture.commit(final.id, length: 50)
        },
        Check("pendingConcatenations finds the pending concatenations of a part") { fixture in
            let capsule = try await fixture.newCapsule()
            let part = try await fixture.begin(fixture.draft(capsule, isPartial: true))
            let other = try await fixture.begin(fixture.draft(capsule, isPartial: true))
            func found(_ id: SessionId) async throws -> [SessionId] {
                try await fixture.catalogue.pendingConcatenations(of: id)
            }
            try requireEqual(try await found(part.id), [], "before the first concatenation")
            let first = try await fixture.begin(fixture.concatenation(of: [part.id, part.id], in: capsule))
            let second = try await fixture.begin(fixture.concatenation(of: [other.id, part.id], in: capsule))
            try requireEqual(
                try await found(part.id), [first.id, second.id], "two concatenations, one with the part twice")
            try requireEqual(try await found(other.id), [second.id], "one concatenation")
            try await fixture.commit(part.id)
            try requireEqual(try await found(part.id), [first.id, second.id], "once the part is committed")
            try await fixture.commit(first.id, length: 50)
            try requireEqual(try await found(part.id), [second.id], "without the committed concatenation")
            _ = try await fixture.abort(second.id)
            try requireEqual(try await found(part.id), [], "without the aborted concatenation")
            try requireEqual(try await found(fixture.nextId()), [], "of an unknown upload")
        },
    ]

    static let concatenationRefusals: [Check] = [
        Check("a part must be pending or committed, of the same caller and in the same capsule") { fixture in
            let here = try await fixture.newCapsule()
            let there = try await fixture.newCapsule()
            let aborted = try await fixture.committedPart(here)
            _ = try await fixture.abort(aborted.id)
            let unusable = [
                fixture.nextId(), aborted.id, try await fixture.committedPart(there).id,
                try await fixture.committed(fixture.draft(here, caller: fixture.ben, isPartial: true)).id,
            ]
            let good = try await fixture.committedPart(here)
            for part in unusable {
                let draft = fixture.concatenation(of: [good.id, part], in: here)
                try await requireRefusal(.notFound(.upload), "an unusable part") {
                    try await fixture.catalogue.begin(draft, checkAccess: admitAll)
                }
                try require(
                    try await fixture.catalogue.upload(draft.record.id) == nil, "the refused upload was recorded")
            }
            try requireEqual(try await fixture.abort(good.id), [good.meta.key], "the freed files of the good part")
        },
        Check("parts are limited in number, repeats and known length, those of parts included") { fixture in
            let capsule = try await fixture.newCapsule()
            let committed = try await fixture.committedPart(capsule)
            let pending = try await fixture.begin(fixture.draft(capsule, isPartial: true))
            let nested = try await fixture.begin(
                fixture.concatenation(of: [committed.id, committed.id], in: capsule, isPartial: true))
            let waiting = try await fixture.begin(
                fixture.concatenation(of: [pending.id, committed.id], in: capsule, isPartial: true))
            try await fixture.commit(nested.id, length: 50)
            let parts = [nested.id, pending.id, waiting.id, committed.id]
            func begin(parts max: UInt64, repeats: UInt64, bytes: UInt64) async throws {
                let allowance = Allowance(partsMax: max, partRepeatsMax: repeats, concatenationBytesMax: bytes)
                _ = try await fixture.begin(fixture.concatenation(of: parts, in: capsule, allowance: allowance))
            }
            try await begin(parts: 6, repeats: 4, bytes: 150)
            try await requireRefusal(.limitExceeded(.parts, maximum: 5, actual: 6), "a part too many") {
                try await begin(parts: 5, repeats: 4, bytes: 150)
            }
            try await requireRefusal(.limitExceeded(.partRepeats, maximum: 3, actual: 4), "a repeat too many") {
                try await begin(parts: 6, repeats: 3, bytes: 150)
            }
            try await requireRefusal(.limitExceeded(.uploadBytes, maximum: 149, actual: 150), "a byte too many") {
                try await begin(parts: 6, repeats: 4, bytes: 149)
            }
        },
        Check("the digest of all bytes of a concatenation is kept until these are freed") { fixture in
            let capsule = try await fixture.newCapsule()
            let part = try await fixture.committedPart(capsule)
            let whole = try await fixture.begin(fixture.concatenation(of: [part.id], in: capsule))
            func digest(of id: SessionId) async throws -> Digest? { try await fixture.catalogue.wholeDigest(of: id) }
            let (first, second) = (Digest(of: [1]), Digest(of: [2]))
            try requireEqual(try await digest(of: whole.id), nil, "at first")
            for kept in [first, second] {
                try await fixture.catalogue.keepWholeDigest(kept, of: whole.id)
                try requireEqual(try await digest(of: whole.id), kept, "kept")
            }
            try await fixture.commit(whole.id, length: 25)
            try requireEqual(try await digest(of: whole.id), second, "after the commit")
            for id in [part.id, fixture.nextId()] {
                try await fixture.catalogue.keepWholeDigest(first, of: id)
                try requireEqual(try await digest(of: id), nil, "of no concatenation")
            }
            _ = try await fixture.catalogue.deleteBlob(BlobId(whole.id), at: fixture.time(20), checkAccess: admitAll)
            try requireEqual(try await digest(of: whole.id), nil, "after the end")
            try await fixture.catalogue.keepWholeDigest(first, of: whole.id)
            try requireEqual(try await digest(of: whole.id), nil, "of an ended one")
        },
        Check("a part must have been begun as a part") { fixture in
            let capsule = try await fixture.newCapsule()
            let whole = try await fixture.committed(fixture.draft(capsule))
            try await requireRefusal(code: .invalidArgument, "an upload not begun as a part") {
                try await fixture.catalogue.begin(
                    fixture.concatenation(of: [whole.id], in: capsule), checkAccess: admitAll)
            }
        },
        Check("a concatenation is committed only with the sum of its parts' lengths") { fixture in
            let capsule = try await fixture.newCapsule()
            let part = try await fixture.committedPart(capsule)
            let final = try await fixture.begin(fixture.concatenation(of: [part.id], in: capsule))
            try await requireRefusal(code: .sizeMismatch, "another length") {
                try await fixture.commit(final.id, length: 26)
            }
            try requireSame(try await fixture.found(final.id), final, "the concatenation")
        },
        Check("a concatenation with an aborted part has no extents and cannot be committed") { fixture in
            let capsule = try await fixture.newCapsule()
            let part = try await fixture.begin(fixture.draft(capsule, isPartial: true))
            let final = try await fixture.begin(fixture.concatenation(of: [part.id], in: capsule))
            _ = try await fixture.abort(part.id)
            try await requireRefusal(.notFound(.upload), "the extents of the parts") {
                try await fixture.catalogue.extentsOfParts(final.id)
            }
            try await requireRefusal(.notFound(.upload), "the status of the parts") {
                try await fixture.catalogue.partsStatus(of: final.id)
            }
            try await requireRefusal(code: .incomplete, "the commit") { try await fixture.commit(final.id) }
        },
        Check("the parts of an unknown upload are not found, and an upload with its own bytes has none") { fixture in
            try await requireRefusal(.notFound(.upload), "an unknown upload") {
                try await fixture.catalogue.extentsOfParts(fixture.nextId())
            }
            try await requireRefusal(.notFound(.upload), "an unknown upload") {
                try await fixture.catalogue.partsStatus(of: fixture.nextId())
            }
            let record = try await fixture.begin(fixture.draft(try await fixture.newCapsule()))
            try requireEqual(try await fixture.catalogue.extentsOfParts(record.id), [], "the extents of its parts")
        },
    ]
}

extension CatalogueFixture {
    func extents(_ part: UploadRecord, _ bytes: String, length: UInt64) -> [Extent] {
        [
            Extent(
                source: part.id, storage: part.meta.storage, key: part.meta.key, length: length,
                digest: digest(bytes).digest)
        ]
    }
}
