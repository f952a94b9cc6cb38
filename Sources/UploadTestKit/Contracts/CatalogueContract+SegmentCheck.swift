import SessionCore
import UploadCore

extension CatalogueContract {
    /// The laws of `SegmentCatalogueMaintenance`.
    static let segmentCheck: [Check] = [
        Check("recorded segments are listed by key in pages, with their uses") { fixture in
            let index = try fixture.segmentCheck()
            let upload = try await fixture.begin(fixture.draft(try await fixture.newCapsule()))
            let receipts = (0..<3).map { fixture.receipt($0 * 10..<min($0 * 10 + 10, 25), "segment \($0)") }
            try await index.announce(receipts.map(\.key))
            for (number, receipt) in receipts.enumerated() {
                try await fixture.catalogue.record(
                    DurablePiece(
                        .chunk(index: UInt64(number)), receipts: [receipt], digest: fixture.digest("c").digest),
                    of: upload.id, seen: fixture.time(1))
            }
            let sorted = receipts.sorted { $0.key.digest.hex < $1.key.digest.hex }
            let first = try await index.recordedSegments(after: nil, limit: 2)
            let second = try await index.recordedSegments(after: first.last?.key, limit: 2)
            try requireEqual(
                first + second, sorted.map { RecordedSegment(key: $0.key, byteCount: UInt64($0.range.count)) },
                "segments")
            let asked = [sorted[2].key, ObjectKey(fixture.digest("other").digest), sorted[0].key]
            try requireEqual(
                try await index.uses(of: asked),
                [sorted[0], sorted[2]].map { SegmentUse(key: $0.key, upload: upload.id, range: $0.range) }, "uses")
        },
        Check("segments that are announced, recorded or garbage are known, all others are not") { fixture in
            let index = try fixture.segmentCheck()
            let upload = try await fixture.begin(fixture.draft(try await fixture.newCapsule()))
            let receipts = (0..<2).map { fixture.receipt(0..<10, "segment \($0)") }
            let announced = ObjectKey(fixture.digest("announced").digest)
            try await index.announce(receipts.map(\.key) + [announced])
            // The second one becomes garbage.
            for receipt in receipts {
                try await fixture.catalogue.record(
                    DurablePiece(.chunk(index: 0), receipts: [receipt], digest: fixture.digest("c").digest),
                    of: upload.id,
                    seen: fixture.time(1))
            }
            let others = (0..<2).map { ObjectKey(fixture.digest("other \($0)").digest) }
            let asked = [others[1], receipts[0].key, announced, receipts[1].key, others[0]]
            try requireEqual(try await index.unknownSegments(among: asked), [others[1], others[0]], "unknown segments")
            try requireEqual(try await index.unknownSegments(among: []), [], "none of none")
        },
        Check("forgetting a segment lowers a pending upload, frees its segments and fences off its holders") {
            fixture in
            let index = try fixture.segmentCheck()
            let capsule = try await fixture.newCapsule()
            let upload = try await fixture.begin(fixture.draft(capsule, layout: .append, length: nil))
            let receipts = (0..<3).map { fixture.receipt($0 * 10..<$0 * 10 + 10, "segment \($0)") }
            try await index.announce(receipts.map(\.key))
            for receipt in receipts {
                try await fixture.catalogue.record(
                    DurablePiece(.append(through: receipt.range.upperBound), receipts: [receipt]), of: upload.id,
                    seen: fixture.time(1))
            }
            try requireEqual(try await index.forgetSegment(receipts[1].key), true, "whether it was forgotten")
            let found = try await fixture.found(upload.id)
            // To the start of the block, which the first segment has.
            try requireEqual(found.session.offset, 0, "the offset")
            try require(found.fence != upload.fence, "the fence is the same")
            try requireEqual(
                Set(try await fixture.catalogue.garbage(limit: 9)), Set(receipts.map(\.key)), "garbage")
            try requireEqual(try await index.forgetSegment(receipts[1].key), false, "a second time")
            try await requireRefusal(.superseded, "the commit of the earlier holder") {
                try await fixture.catalogue.commit(
                    upload.id, length: 30, digest: fixture.digest("bytes"), fence: upload.fence, at: fixture.time(9),
                    checkAccess: admitAll)
            }
        },
        Check("segments of committed uploads are not forgotten") { fixture in
            let index = try fixture.segmentCheck()
            let upload = try await fixture.begin(fixture.draft(try await fixture.newCapsule()))
            let receipt = fixture.receipt(0..<25, "segment")
            try await index.announce([receipt.key])
            try await fixture.catalogue.record(
                DurablePiece(.chunk(index: 0), receipts: [receipt], digest: fixture.digest("c").digest), of: upload.id,
                seen: fixture.time(1))
            _ = try await fixture.commit(upload.id)
            try requireEqual(try await index.forgetSegment(receipt.key), false, "whether it was forgotten")
            try requireEqual(
                try await index.recordedSegments(after: nil, limit: 9).map(\.key), [receipt.key], "segments")
        },
        Check("uploads whose segments have more or fewer bytes than they should are found page by page") { fixture in
            let index = try fixture.segmentCheck()
            let capsule = try await fixture.newCapsule()
            let whole = try await fixture.begin(fixture.draft(capsule))
            let receipt = fixture.receipt(0..<25, "segment")
            try await index.announce([receipt.key])
            try await fixture.catalogue.record(
                DurablePiece(.chunk(index: 0), receipts: [receipt], digest: fixture.digest("c").digest), of: whole.id,
                seen: fixture.time(1))
            _ = try await fixture.commit(whole.id)
            let committed = try await fixture.committed(fixture.draft(capsule))
            let append = try await fixture.begin(fixture.draft(capsule, layout: .append, length: nil))
            try await fixture.catalogue.record(
                DurablePiece(.append(through: 7)), of: append.id, seen: fixture.time(1))
            _ = try await fixture.begin(fixture.draft(capsule, layout: .append, length: nil))
            var (found, last, pages): ([SessionId], SessionId?, Int) = ([], nil, 0)
            repeat {
                let page = try await index.uploadsWithGaps(after: last, limit: 3)
                (found, last, pages) = (found + page.found, page.next, pages + 1)
            } while last != nil
            try requireEqual(found, [committed.id, append.id], "uploads with gaps")
            try requireEqual(pages, 2, "pages")
        },
        Check("the concatenations that contain an upload are found, also through others") { fixture in
            let index = try fixture.segmentCheck()
            let capsule = try await fixture.newCapsule()
            let part = try await fixture.committedPart(capsule)
            var wholes: [SessionId] = []
            for parts in 0..<3 {
                // The last one consists of the second.
                let draft =
                    parts < 2
                    ? fixture.concatenation(of: [part.id], in: capsule, isPartial: parts == 1)
                    : fixture.concatenation(of: [wholes[1]], in: capsule)
                let whole = try await fixture.begin(draft)
                _ = try await fixture.catalogue.commit(
                    whole.id, length: 25, digest: fixture.digest("bytes"), at: fixture.time(3), checkAccess: admitAll)
                wholes.append(whole.id)
            }
            let first = try await index.concatenations(of: part.id, after: nil, limit: 2)
            try requireEqual(first, Array(wholes.prefix(2)), "the first page")
            let second = try await index.concatenations(of: part.id, after: first.last, limit: 2)
            try requireEqual(second, [wholes[2]], "the second page")
            try requireEqual(try await index.concatenations(of: wholes[1], after: nil, limit: 9), [wholes[2]], "of one")
            try requireEqual(try await index.concatenations(of: wholes[0], after: nil, limit: 9), [], "none")
        },
        Check("postponed garbage does not precede other garbage") { fixture in
            let capsule = try await fixture.newCapsule()
            var keys: [ObjectKey] = []
            for _ in 0..<3 {
                let upload = try await fixture.committed(fixture.draft(capsule))
                keys += try await fixture.catalogue.deleteBlob(
                    BlobId(upload.id), at: fixture.time(5), checkAccess: admitAll)
            }
            try await fixture.catalogue.postponeGarbage([keys[0], ObjectKey(fixture.digest("unknown").digest)])
            try requireEqual(
                Array(try await fixture.catalogue.garbage(limit: 9).prefix(2)), Array(keys[1...]), "garbage")
            try requireEqual(try await fixture.catalogue.garbage(limit: 2), Array(keys[1...]), "the first garbage")
        },
    ]
}

extension CatalogueFixture {
    fileprivate func segmentCheck() throws -> any SegmentCatalogueMaintenance {
        try requireValue(catalogue as? any SegmentCatalogueMaintenance, "what a check asks")
    }
}
