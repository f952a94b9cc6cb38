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

    static let checksums: [Check] = [
        Check("the checksums of chunks are kept in any order, also past the commit, until the bytes are freed") {
            fixture in
            let capsule = try await fixture.newCapsule()
            let record = try await fixture.begin(fixture.draft(capsule, length: 2000))
            for index in [130, 3, 64, 63, 3, 199] as [UInt64] {
                let sum = BlockChecksum(index: index, checksum: Checksum(value: UInt32(index) + 0xFFFF_FF00))
                try await fixture.catalogue.record(
                    DurablePiece(.chunk(index: index), checksums: [sum]), of: record.id, seen: fixture.time(1))
            }
            func sums(_ range: Range<UInt64>) async throws -> [UInt64: UInt32]? {
                let found = try await fixture.catalogue.checksums(of: record.id, in: range)
                try requireEqual(found?.blockBytes, 10, "the size of a block")
                return found?.blocks.mapValues { $0.value - 0xFFFF_FF00 }
            }
            try requireEqual(try await sums(0..<2000), [3: 3, 63: 63, 64: 64, 130: 130, 199: 199], "all")
            try requireEqual(try await sums(39..<640), [3: 3, 63: 63], "the blocks of a range")
            try requireEqual(try await sums(640..<641), [64: 64], "the block of a byte")
            try requireEqual(try await sums(7..<7), [:], "an empty range")
            try await fixture.commit(record.id, length: 2000)
            try requireEqual(try await sums(1300..<2000), [130: 130, 199: 199], "after the commit")
            _ = try await fixture.catalogue.deleteBlob(BlobId(record.id), at: fixture.time(9), checkAccess: admitAll)
            try requireEqual(
                try await fixture.catalogue.checksums(of: record.id, in: 0..<2000)?.blocks ?? [:], [:], "after the end")
            let unknown = try await fixture.catalogue.checksums(of: fixture.nextId(), in: 0..<1)
            try require(unknown == nil, "an unknown upload has checksums")
        },
        Check("an append keeps the checksums of its blocks and that of its last bytes, up to the offset") { fixture in
            let block = SessionLayout.append.blockBytes
            let record = try await fixture.begin(
                fixture.draft(try await fixture.newCapsule(), layout: .append, length: nil))
            func append(through end: UInt64, _ sums: [UInt64], tail: UInt32?) async throws {
                let checksums = sums.map { BlockChecksum(index: $0, checksum: Checksum(value: UInt32($0) + 100)) }
                try await fixture.catalogue.record(
                    DurablePiece(
                        .append(through: end), checksums: checksums, tailChecksum: tail.map { Checksum(value: $0) }),
                    of: record.id, seen: fixture.time(1))
            }
            try await append(through: 70 * block + 5, Array(0..<70), tail: 7)
            try await append(through: 70 * block, [], tail: 8)
            try await append(through: 70 * block + 5, [], tail: 9)
            try requireEqual(
                try await fixture.found(record.id).tailChecksum, Checksum(value: 7), "an older end is ignored")
            let found = try await fixture.catalogue.checksums(of: record.id, in: 62 * block..<71 * block)
            try requireEqual(found?.blocks.keys.sorted(), Array(62..<70), "the blocks")
            try requireEqual(found?.checksum(ofBlock: 65, through: 66 * block), Checksum(value: 165), "of a block")
            try requireEqual(found?.checksum(ofBlock: 70, through: 70 * block + 5), Checksum(value: 7), "of the rest")
            try requireEqual(found?.checksum(ofBlock: 70, through: 70 * block + 6), nil, "of more bytes")
            try await fixture.commit(record.id, length: 70 * block + 5)
            let tail = try await fixture.catalogue.checksums(of: record.id, in: 70 * block..<70 * block + 5)?.tail
            try requireEqual(tail?.end, 70 * block + 5, "the end after the commit")
            try requireEqual(tail?.checksum, Checksum(value: 7), "the checksum after the commit")
        },
    ]

    static let maintenanceState: [Check] = [
        Check("the maintenance state is kept") { fixture in
            try requireEqual(try await fixture.catalogue.maintenanceState(), MaintenanceState(), "the first state")
            let state = MaintenanceState(
                needsVerification: true, scrubbedThrough: fixture.nextId(), scrubBegan: fixture.time(5),
                isScrubbing: true)
            try await fixture.catalogue.setMaintenanceState(state)
            try requireEqual(try await fixture.catalogue.maintenanceState(), state, "the state")
            try await fixture.catalogue.setMaintenanceState(MaintenanceState())
            try requireEqual(
                try await fixture.catalogue.maintenanceState(), MaintenanceState(), "the state without values")
        }
    ]

    static let repair: [Check] = [
        Check("forgetPieces marks the chunks with bytes at or past a size as missing") { fixture in
            let capsule = try await fixture.newCapsule()
            for (size, kept) in [(25, 3), (24, 2), (20, 2), (19, 1), (0, 0)] as [(UInt64, UInt64)] {
                let record = try await fixture.begin(fixture.draft(capsule))
                try await fixture.recordTogether(record.id, [0, 1, 2])
                try await fixture.catalogue.forgetPieces(of: record.id, in: [size..<UInt64.max])
                let session = try await fixture.found(record.id).session
                try requireEqual(session.pieces.count, kept, "the chunks kept within \(size) bytes")
                try requireEqual(session.pieces.firstMissing, kept, "the first chunk missing past \(size) bytes")
            }
        },
        Check("forgetPieces marks chunks of single ranges as missing, also across pages of the ledger") { fixture in
            let capsule = try await fixture.newCapsule()
            let record = try await fixture.begin(fixture.draft(capsule, length: 50_000))
            try await fixture.recordTogether(record.id, Array(4090..<4100))
            try await fixture.catalogue.forgetPieces(
                of: record.id, in: [40_919..<40_921, 40_959..<40_961, 7..<7, 40_980..<40_981])
            let pieces = try await fixture.found(record.id).session.pieces
            try requireEqual(pieces.ranges(), [4090...4090, 4093...4094, 4097...4097, 4099...4099], "the chunks kept")
        },
        Check("a forgotten chunk in the catalogue loses its bytes") { fixture in
            let record = try await fixture.begin(
                fixture.draft(try await fixture.newCapsule(), length: 35, storage: .catalogue))
            for index in 0..<4 as Range<UInt64> { try await fixture.recordBytes(record.id, chunk: index, of: 35) }
            try await fixture.catalogue.forgetPieces(of: record.id, in: [15..<16])
            let found = try await fixture.catalogue.catalogueBytes(record.id, 0..<35)
            try requireEqual(found, CatalogueFixture.bytes(0..<10), "the bytes before the gap")
            let rest = try await fixture.catalogue.catalogueBytes(record.id, 20..<35)
            try requireEqual(rest, CatalogueFixture.bytes(20..<35), "the bytes behind the gap")
        },
        Check("forgetPieces lowers the offset of an append to the start of a block, and never raises it") { fixture in
            let block = SessionLayout.append.blockBytes
            let record = try await fixture.begin(
                fixture.draft(try await fixture.newCapsule(), layout: .append, length: nil))
            try await fixture.catalogue.record(
                DurablePiece(.append(through: 3 * block + 20), tailChecksum: Checksum(value: 9)), of: record.id,
                seen: fixture.time(1))
            try await fixture.catalogue.forgetPieces(of: record.id, in: [3 * block + 20..<UInt64.max])
            try requireEqual(try await fixture.found(record.id).session.offset, 3 * block + 20, "offset")
            try requireEqual(try await fixture.found(record.id).tailChecksum, Checksum(value: 9), "checksum")
            try await fixture.catalogue.forgetPieces(of: record.id, in: [2 * block + 1..<2 * block + 2])
            try requireEqual(try await fixture.found(record.id).session.offset, 2 * block, "offset")
            try requireEqual(try await fixture.found(record.id).tailChecksum, .empty, "checksum")
            try await fixture.catalogue.record(
                DurablePiece(.append(through: 2 * block + 9)), of: record.id, seen: fixture.time(1))
            try requireEqual(try await fixture.found(record.id).session.offset, 2 * block + 9, "offset")
            try requireEqual(try await fixture.found(record.id).tailChecksum, nil, "unknown checksum")
            try await fixture.catalogue.record(
                DurablePiece(.append(through: 9 * block + 9)), of: record.id, seen: fixture.time(1))
            try await fixture.catalogue.forgetPieces(
                of: record.id, in: [3 * block..<4 * block, 7 * block..<UInt64.max])
            try requireEqual(try await fixture.found(record.id).session.offset, 3 * block, "offset of the first range")
        },
        Check("a forgotten chunk can be recorded again") { fixture in
            let record = try await fixture.begin(fixture.draft(try await fixture.newCapsule()))
            try await fixture.recordTogether(record.id, [0, 1, 2])
            try await fixture.catalogue.forgetPieces(of: record.id, in: [10..<UInt64.max])
            try await fixture.recordTogether(record.id, [1, 2])
            try require(try await fixture.found(record.id).session.isComplete, "the ledger is not complete again")
        },
        Check("forgetPieces leaves committed uploads alone") { fixture in
            let record = try await fixture.committed(fixture.draft(try await fixture.newCapsule()))
            try await fixture.catalogue.forgetPieces(of: record.id, in: [0..<UInt64.max])
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
