import SessionCore
import UploadCore

extension CatalogueContract {
    static let catalogueBytes: [Check] = [
        Check("bytes in the catalogue are read by range, up to the first gap") { fixture in
            let record = try await fixture.begin(
                fixture.draft(try await fixture.newCapsule(), length: 35, storage: .catalogue))
            for index in [3, 0, 1] as [UInt64] { try await fixture.recordBytes(record.id, chunk: index, of: 35) }
            func read(_ range: Range<UInt64>) async throws -> [UInt8] {
                try await fixture.catalogue.catalogueBytes(record.id, range)
            }
            let all = CatalogueFixture.bytes(0..<35)
            try requireEqual(try await read(0..<20), Array(all[0..<20]), "the range before the gap")
            try requireEqual(try await read(5..<15), Array(all[5..<15]), "a range across two chunks")
            try requireEqual(try await read(0..<35), Array(all[0..<20]), "the whole, up to the gap")
            try requireEqual(try await read(20..<35), [], "a range that begins in the gap")
            try requireEqual(try await read(32..<35), Array(all[32..<35]), "a range behind the gap")
            try requireEqual(try await read(32..<99), Array(all[32..<35]), "a range past the end")
            try requireEqual(try await read(99..<120), [], "a range beyond the end")
            try requireEqual(try await read(7..<7), [], "an empty range")
            try await fixture.recordBytes(record.id, chunk: 2, of: 35)
            try requireEqual(try await read(0..<35), all, "the whole")
        },
        Check("the bytes of an append are read independently of its recorded pieces") { fixture in
            let record = try await fixture.begin(
                fixture.draft(try await fixture.newCapsule(), layout: .append, length: 35, storage: .catalogue))
            for range in [0..<1, 1..<20, 20..<20, 20..<35] as [Range<UInt64>] {
                let piece = DurablePiece(
                    .append(through: range.upperBound), bytes: (range.lowerBound, CatalogueFixture.bytes(range)))
                try await fixture.catalogue.record(piece, of: record.id, seen: fixture.time(1))
            }
            let found = try await fixture.catalogue.catalogueBytes(record.id, 0..<35)
            try requireEqual(found, CatalogueFixture.bytes(0..<35), "the whole")
            let middle = try await fixture.catalogue.catalogueBytes(record.id, 10..<30)
            try requireEqual(middle, CatalogueFixture.bytes(10..<30), "a range")
        },
        Check("a chunk recorded again is stored once") { fixture in
            let record = try await fixture.begin(
                fixture.draft(try await fixture.newCapsule(), length: 15, storage: .catalogue))
            for index in [0, 0, 1, 0, 1] as [UInt64] { try await fixture.recordBytes(record.id, chunk: index, of: 15) }
            let found = try await fixture.catalogue.catalogueBytes(record.id, 0..<15)
            try requireEqual(found, CatalogueFixture.bytes(0..<15), "the whole")
        },
        Check("bytes survive the commit, and are freed by an abort and by a deletion") { fixture in
            let capsule = try await fixture.newCapsule()
            let ended = try await fixture.begin(fixture.draft(capsule, length: 10, storage: .catalogue))
            try await fixture.recordBytes(ended.id, chunk: 0, of: 10)
            try requireEqual(try await fixture.abort(ended.id), [], "garbage of an upload without a file")
            try requireEqual(
                try await fixture.catalogue.catalogueBytes(ended.id, 0..<10), [], "bytes of an ended upload")
            let kept = try await fixture.begin(fixture.draft(capsule, length: 10, storage: .catalogue))
            try await fixture.recordBytes(kept.id, chunk: 0, of: 10)
            try await fixture.commit(kept.id, length: 10)
            let bytes = try await fixture.catalogue.catalogueBytes(kept.id, 0..<10)
            try requireEqual(bytes, CatalogueFixture.bytes(0..<10), "bytes of a committed upload")
            let freed = try await fixture.catalogue.deleteBlob(
                BlobId(kept.id), at: fixture.time(20), checkAccess: admitAll)
            try requireEqual(freed, [], "garbage of a blob without a file")
            try requireEqual(try await fixture.catalogue.catalogueBytes(kept.id, 0..<10), [], "bytes of a deleted blob")
            try requireEqual(try await fixture.catalogue.garbage(limit: 10), [], "garbage")
        },
        Check("uploads in files and unknown uploads have no bytes in the catalogue") { fixture in
            let record = try await fixture.committed(fixture.draft(try await fixture.newCapsule()))
            try requireEqual(try await fixture.catalogue.catalogueBytes(record.id, 0..<25), [], "of a file")
            try requireEqual(
                try await fixture.catalogue.catalogueBytes(fixture.nextId(), 0..<25), [], "of an unknown upload")
        },
    ]

    static let repair: [Check] = [
        Check("forgetPieces marks the chunks with bytes at or past a size as missing") { fixture in
            let capsule = try await fixture.newCapsule()
            for (size, kept) in [(25, 3), (24, 2), (20, 2), (19, 1), (0, 0)] as [(UInt64, UInt64)] {
                let record = try await fixture.begin(fixture.draft(capsule))
                try await fixture.recordTogether(record.id, [0, 1, 2])
                try await fixture.catalogue.forgetPieces(of: record.id, past: size)
                let session = try await fixture.found(record.id).session
                try requireEqual(session.pieces.count, kept, "the chunks kept within \(size) bytes")
                try requireEqual(session.pieces.firstMissing, kept, "the first chunk missing past \(size) bytes")
            }
        },
        Check("forgetPieces lowers the offset of an append to a size, and never raises it") { fixture in
            let record = try await fixture.begin(fixture.draft(try await fixture.newCapsule(), layout: .append))
            try await fixture.catalogue.record(DurablePiece(.append(through: 20)), of: record.id, seen: fixture.time(1))
            try await fixture.catalogue.forgetPieces(of: record.id, past: 21)
            try requireEqual(try await fixture.found(record.id).session.offset, 20, "offset")
            try await fixture.catalogue.forgetPieces(of: record.id, past: 7)
            try requireEqual(try await fixture.found(record.id).session.offset, 7, "offset")
            try await fixture.catalogue.record(DurablePiece(.append(through: 9)), of: record.id, seen: fixture.time(1))
            try requireEqual(try await fixture.found(record.id).session.offset, 9, "offset")
        },
        Check("a forgotten chunk can be recorded again") { fixture in
            let record = try await fixture.begin(fixture.draft(try await fixture.newCapsule()))
            try await fixture.recordTogether(record.id, [0, 1, 2])
            try await fixture.catalogue.forgetPieces(of: record.id, past: 10)
            try await fixture.recordTogether(record.id, [1, 2])
            try require(try await fixture.found(record.id).session.isComplete, "the ledger is not complete again")
        },
        Check("forgetPieces leaves committed uploads alone") { fixture in
            let record = try await fixture.committed(fixture.draft(try await fixture.newCapsule()))
            try await fixture.catalogue.forgetPieces(of: record.id, past: 0)
            try requireSame(try await fixture.found(record.id), record, "the committed upload")
        },
    ]
}

extension CatalogueFixture {
    /// A range of the bytes that every upload of these checks has.
    static func bytes(_ range: Range<UInt64>) -> [UInt8] {
        range.map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 1) }
    }

    /// Records a chunk with its bytes: 10, or fewer in the last chunk of `length`.
    func recordBytes(_ id: SessionId, chunk index: UInt64, of length: UInt64) async throws {
        let range = index * 10..<min(index * 10 + 10, length)
        let piece = DurablePiece(.chunk(index: index), bytes: (range.lowerBound, Self.bytes(range)))
        try await catalogue.record(piece, of: id, seen: time(1))
    }
}
