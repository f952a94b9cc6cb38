import SessionCore
import UploadCore

extension CatalogueContract {
    /// The laws about segments and their announcements.
    static let segments: [Check] = [
        Check("receipts are kept with their piece, found by the object's key, and freed with the upload") { fixture in
            let record = try await fixture.begin(fixture.draft(try await fixture.newCapsule()))
            let receipts = (0..<2).map { fixture.receipt($0 * 5..<$0 * 5 + 5, "segment \($0)") }
            let chunk = DurablePiece(.chunk(index: 0), receipts: receipts, digest: fixture.digest("chunk").digest)
            let index = try fixture.segments()
            try await index.announce(receipts.map(\.key))
            try await requireRefusal(.superseded, "a record under another fence") {
                try await fixture.catalogue.record(chunk, of: record.id, fence: Fence(epoch: 7), seen: fixture.time(1))
            }
            try requireEqual(
                try await index.receipts(of: record.meta.key, in: 0..<10), [], "receipts of a refused record")
            try await fixture.catalogue.record(chunk, of: record.id, seen: fixture.time(1))
            try requireEqual(try await index.receipts(of: record.meta.key, in: 0..<10), receipts, "receipts")
            try requireEqual(
                try await index.receipts(of: record.meta.key, in: 3..<4), [receipts[0]], "overlapping receipts")
            let freed = try await fixture.abort(record.id)
            try require(Set(freed).isSuperset(of: receipts.map(\.key)), "segments of an ended upload are not freed")
            try requireEqual(
                try await index.receipts(of: record.meta.key, in: 0..<10), [], "receipts of an ended upload")
        },
        Check("a chunk recorded twice keeps its first receipts; with another digest it is a conflict") { fixture in
            let upload = try await fixture.begin(fixture.draft(try await fixture.newCapsule()))
            let (first, second) = (fixture.receipt(0..<10, "first"), fixture.receipt(0..<10, "second"))
            let index = try fixture.segments()
            func record(_ receipt: StorageReceipt, _ bytes: String) async throws {
                try await index.announce([receipt.key])
                let piece = DurablePiece(
                    .chunk(index: 0), receipts: [receipt], digest: fixture.digest(bytes).digest)
                try await fixture.catalogue.record(piece, of: upload.id, seen: fixture.time(1))
            }
            try await record(first, "same")
            try await record(second, "same")
            try requireEqual(
                try await fixture.catalogue.chunkDigest(0, of: upload.id), fixture.digest("same").digest, "digest")
            try requireEqual(try await fixture.catalogue.garbage(limit: 9), [second.key], "the unused segments")
            let third = fixture.receipt(0..<10, "third")
            try await requireRefusal(.chunkConflict(index: 0), "other bytes") { try await record(third, "other") }
            try requireEqual(try await index.receipts(of: upload.meta.key, in: 0..<10), [first], "receipts")
        },
        Check("a chunk has a digest while it is durable and its upload pending") { fixture in
            let capsule = try await fixture.newCapsule()
            let index = try fixture.segments()
            func recorded() async throws -> SessionId {
                let upload = try await fixture.begin(fixture.draft(capsule))
                let receipt = fixture.receipt(0..<10, upload.id.text)
                try await index.announce([receipt.key])
                let piece = DurablePiece(.chunk(index: 0), receipts: [receipt], digest: fixture.digest("chunk").digest)
                try await fixture.catalogue.record(piece, of: upload.id, seen: fixture.time(1))
                return upload.id
            }
            let (damaged, aborted, committed) = (try await recorded(), try await recorded(), try await recorded())
            try await fixture.catalogue.forgetPieces(of: damaged, in: [3..<4])
            _ = try await fixture.abort(aborted)
            try await fixture.commit(committed)
            for id in [damaged, aborted, committed] {
                try requireEqual(try await fixture.catalogue.chunkDigest(0, of: id), nil, "digest")
            }
        },
        Check("a receipt that is not announced is refused, and the record changes nothing") { fixture in
            let upload = try await fixture.begin(fixture.draft(try await fixture.newCapsule()))
            let index = try fixture.segments()
            let receipts = (0..<2).map { fixture.receipt($0 * 5..<$0 * 5 + 5, "segment \($0)") }
            try await index.announce([receipts[1].key])
            let chunk = DurablePiece(.chunk(index: 0), receipts: receipts, digest: fixture.digest("chunk").digest)
            try await requireRefusal(code: .unavailable, "a record with one announced segment of two") {
                try await fixture.catalogue.record(chunk, of: upload.id, seen: fixture.time(1))
            }
            try requireSame(try await fixture.found(upload.id), upload, "the upload")
            try requireEqual(try await index.receipts(of: upload.meta.key, in: 0..<10), [], "receipts")
            try requireEqual(try await fixture.catalogue.garbage(limit: 9), [], "garbage")
            try await index.announce([receipts[0].key])
            try await fixture.catalogue.record(chunk, of: upload.id, seen: fixture.time(1))
            try requireEqual(try await index.receipts(of: upload.meta.key, in: 0..<10), receipts, "receipts")
        },
        Check("an announcement is taken once, and may be repeated until then") { fixture in
            let capsule = try await fixture.newCapsule()
            let index = try fixture.segments()
            let receipt = fixture.receipt(0..<10, "segment")
            let chunk = DurablePiece(.chunk(index: 0), receipts: [receipt], digest: fixture.digest("chunk").digest)
            for _ in 0..<2 { try await index.announce([receipt.key]) }
            let (first, second) = (
                try await fixture.begin(fixture.draft(capsule)), try await fixture.begin(fixture.draft(capsule))
            )
            try await fixture.catalogue.record(chunk, of: first.id, seen: fixture.time(1))
            try await requireRefusal(code: .unavailable, "the segment of another upload") {
                try await fixture.catalogue.record(chunk, of: second.id, seen: fixture.time(1))
            }
            try requireSame(try await fixture.found(second.id), second, "the other upload")
        },
        Check("a record that is repeated with its own receipts changes nothing") { fixture in
            let capsule = try await fixture.newCapsule()
            let index = try fixture.segments()
            let pieces: [(layout: SessionLayout, place: DurablePiece.Place)] = [
                (.chunks(size: 10), .chunk(index: 0)), (.append, .append(through: 10)),
            ]
            for (number, (layout, place)) in pieces.enumerated() {
                let upload = try await fixture.begin(fixture.draft(capsule, layout: layout))
                let receipt = fixture.receipt(0..<10, "segment \(number)")
                let piece = DurablePiece(place, receipts: [receipt], digest: fixture.digest("bytes").digest)
                try await index.announce([receipt.key])
                try await fixture.catalogue.record(piece, of: upload.id, seen: fixture.time(1))
                let recorded = try await fixture.found(upload.id)
                try await fixture.catalogue.record(piece, of: upload.id, seen: fixture.time(1))
                try requireSame(try await fixture.found(upload.id), recorded, "the upload")
                try requireEqual(try await index.receipts(of: upload.meta.key, in: 0..<10), [receipt], "receipts")
            }
            try requireEqual(try await fixture.catalogue.garbage(limit: 9), [], "garbage")
        },
        Check("the segments of an append continue at its offset") { fixture in
            let upload = try await fixture.begin(
                fixture.draft(try await fixture.newCapsule(), layout: .append, length: nil))
            let index = try fixture.segments()
            let receipts = [0..<10, 10..<30, 12..<20, 0..<8].enumerated().map { number, range in
                fixture.receipt(UInt64(range.lowerBound)..<UInt64(range.upperBound), "segment \(number)")
            }
            try await index.announce(receipts.map(\.key))
            func record(_ receipt: StorageReceipt) async throws {
                let piece = DurablePiece(.append(through: receipt.range.upperBound), receipts: [receipt])
                try await fixture.catalogue.record(piece, of: upload.id, seen: fixture.time(1))
            }
            try await record(receipts[0])
            try await requireRefusal(.superseded, "bytes behind a gap") { try await record(receipts[2]) }
            try await record(receipts[1])
            try await record(receipts[3])
            try requireEqual(try await fixture.found(upload.id).session.offset, 30, "the offset")
            try requireEqual(try await fixture.catalogue.garbage(limit: 9), [receipts[3].key], "the repeated bytes")
            try requireEqual(
                try await index.receipts(of: upload.meta.key, in: 9..<11), Array(receipts[..<2]), "receipts")
        },
    ]
}

extension CatalogueFixture {
    /// The catalogue as the index of a blob store.
    func segments() throws -> any SegmentCatalogue {
        try requireValue(catalogue as? any SegmentCatalogue, "the index of segments")
    }

    func receipt(_ range: Range<UInt64>, _ name: String) -> StorageReceipt {
        StorageReceipt(range: range, key: ObjectKey(Digest(of: Array(name.utf8))))
    }
}
