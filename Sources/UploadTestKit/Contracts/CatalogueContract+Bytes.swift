import SessionCore
import UploadCore

extension CatalogueContract {
    static let catalogueBytes: [Check] = [
        Check("bytes in the catalogue are read by range, up to the first gap") { bench in
            let record = try await bench.begin(
                bench.draft(try await bench.newCapsule(), length: 35, storage: .catalogue))
            for index in [3, 0, 1] as [UInt64] { try await bench.recordBytes(record.id, chunk: index, of: 35) }
            func read(_ range: Range<UInt64>) async throws -> [UInt8] {
                try await bench.catalogue.catalogueBytes(record.id, range)
            }
            let all = CatalogueBench.bytes(0..<35)
            try requireEqual(try await read(0..<20), Array(all[0..<20]), "the range before the gap")
            try requireEqual(try await read(5..<15), Array(all[5..<15]), "a range across two chunks")
            try requireEqual(try await read(0..<35), Array(all[0..<20]), "the whole, up to the gap")
            try requireEqual(try await read(20..<35), [], "a range that begins in the gap")
            try requireEqual(try await read(32..<35), Array(all[32..<35]), "a range behind the gap")
            try requireEqual(try await read(32..<99), Array(all[32..<35]), "a range past the end")
            try requireEqual(try await read(99..<120), [], "a range beyond the end")
            try requireEqual(try await read(7..<7), [], "an empty range")
            try await bench.recordBytes(record.id, chunk: 2, of: 35)
            try requireEqual(try await read(0..<35), all, "the whole")
        },
        Check("the bytes of an append are read whatever pieces they came in") { bench in
            let record = try await bench.begin(
                bench.draft(try await bench.newCapsule(), layout: .append, length: 35, storage: .catalogue))
            for range in [0..<1, 1..<20, 20..<20, 20..<35] as [Range<UInt64>] {
                let piece = DurablePiece(
                    .append(through: range.upperBound), bytes: (range.lowerBound, CatalogueBench.bytes(range)))
                try await bench.catalogue.record(piece, of: record.id, seen: bench.time(1))
            }
            let found = try await bench.catalogue.catalogueBytes(record.id, 0..<35)
            try requireEqual(found, CatalogueBench.bytes(0..<35), "the whole")
            let middle = try await bench.catalogue.catalogueBytes(record.id, 10..<30)
            try requireEqual(middle, CatalogueBench.bytes(10..<30), "a range")
        },
        Check("a chunk recorded again keeps its bytes, once") { bench in
            let record = try await bench.begin(
                bench.draft(try await bench.newCapsule(), length: 15, storage: .catalogue))
            for index in [0, 0, 1, 0, 1] as [UInt64] { try await bench.recordBytes(record.id, chunk: index, of: 15) }
            let found = try await bench.catalogue.catalogueBytes(record.id, 0..<15)
            try requireEqual(found, CatalogueBench.bytes(0..<15), "the whole")
        },
        Check("bytes outlive the commit, and neither an ending nor a deletion") { bench in
            let capsule = try await bench.newCapsule()
            let ended = try await bench.begin(bench.draft(capsule, length: 10, storage: .catalogue))
            try await bench.recordBytes(ended.id, chunk: 0, of: 10)
            try requireEqual(try await bench.abort(ended.id), [], "garbage of an upload without a file")
            try requireEqual(try await bench.catalogue.catalogueBytes(ended.id, 0..<10), [], "bytes of an ended upload")
            let kept = try await bench.begin(bench.draft(capsule, length: 10, storage: .catalogue))
            try await bench.recordBytes(kept.id, chunk: 0, of: 10)
            try await bench.commit(kept.id, length: 10)
            let bytes = try await bench.catalogue.catalogueBytes(kept.id, 0..<10)
            try requireEqual(bytes, CatalogueBench.bytes(0..<10), "bytes of a committed upload")
            let freed = try await bench.catalogue.deleteBlob(BlobId(kept.id), at: bench.time(20), admit: admitAll)
            try requireEqual(freed, [], "garbage of a blob without a file")
            try requireEqual(try await bench.catalogue.catalogueBytes(kept.id, 0..<10), [], "bytes of a deleted blob")
            try requireEqual(try await bench.catalogue.garbage(limit: 10), [], "garbage")
        },
        Check("an upload whose bytes are in a file, or that does not exist, has no bytes in the catalogue") { bench in
            let record = try await bench.committed(bench.draft(try await bench.newCapsule()))
            try requireEqual(try await bench.catalogue.catalogueBytes(record.id, 0..<25), [], "of a file")
            try requireEqual(try await bench.catalogue.catalogueBytes(bench.nextId(), 0..<25), [], "of nothing")
        },
    ]

    static let repair: [Check] = [
        Check("forgetPieces takes back the chunks with bytes at or past a size") { bench in
            let capsule = try await bench.newCapsule()
            for (size, kept) in [(25, 3), (24, 2), (20, 2), (19, 1), (0, 0)] as [(UInt64, UInt64)] {
                let record = try await bench.begin(bench.draft(capsule))
                try await bench.recordTogether(record.id, [0, 1, 2])
                try await bench.catalogue.forgetPieces(of: record.id, past: size)
                let session = try await bench.found(record.id).session
                try requireEqual(session.pieces.count, kept, "the chunks kept within \(size) bytes")
                try requireEqual(session.pieces.firstMissing, kept, "the first chunk missing past \(size) bytes")
            }
        },
        Check("forgetPieces takes the offset of an append back to a size, never forward") { bench in
            let record = try await bench.begin(bench.draft(try await bench.newCapsule(), layout: .append))
            try await bench.catalogue.record(DurablePiece(.append(through: 20)), of: record.id, seen: bench.time(1))
            try await bench.catalogue.forgetPieces(of: record.id, past: 21)
            try requireEqual(try await bench.found(record.id).session.offset, 20, "offset")
            try await bench.catalogue.forgetPieces(of: record.id, past: 7)
            try requireEqual(try await bench.found(record.id).session.offset, 7, "offset")
            try await bench.catalogue.record(DurablePiece(.append(through: 9)), of: record.id, seen: bench.time(1))
            try requireEqual(try await bench.found(record.id).session.offset, 9, "offset")
        },
        Check("a chunk that was forgotten can be recorded again") { bench in
            let record = try await bench.begin(bench.draft(try await bench.newCapsule()))
            try await bench.recordTogether(record.id, [0, 1, 2])
            try await bench.catalogue.forgetPieces(of: record.id, past: 10)
            try await bench.recordTogether(record.id, [1, 2])
            try require(try await bench.found(record.id).session.isComplete, "the ledger is not complete again")
        },
        Check("forgetPieces leaves committed uploads alone") { bench in
            let record = try await bench.committed(bench.draft(try await bench.newCapsule()))
            try await bench.catalogue.forgetPieces(of: record.id, past: 0)
            try requireSame(try await bench.found(record.id), record, "the committed upload")
        },
    ]
}

extension CatalogueBench {
    /// The bytes that every upload of these checks has at these places.
    static func bytes(_ range: Range<UInt64>) -> [UInt8] {
        range.map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 1) }
    }

    /// Records a chunk of 10 bytes, or what is left of `length`, with its bytes.
    func recordBytes(_ id: SessionId, chunk index: UInt64, of length: UInt64) async throws {
        let range = index * 10..<min(index * 10 + 10, length)
        let piece = DurablePiece(.chunk(index: index), bytes: (range.lowerBound, Self.bytes(range)))
        try await catalogue.record(piece, of: id, seen: time(1))
    }
}
