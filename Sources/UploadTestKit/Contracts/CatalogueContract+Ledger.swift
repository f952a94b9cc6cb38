import SessionCore
import UploadCore

extension CatalogueContract {
    static let ledger: [Check] = [
        Check("pieces and lengths refused by checkAccess are not recorded") { fixture in
            let capsule = try await fixture.newCapsule()
            let record = try await fixture.begin(fixture.draft(capsule, length: nil))
            let admission = Admission(checkAccess: refuseAll, allowance: .unlimited)
            try await requireRefusal(.notFound(.capsule), "a piece") {
                try await fixture.catalogue.record(
                    DurablePiece(.chunk(index: 0)), of: record.id, fence: .initial, seen: fixture.time(9),
                    admission: admission)
            }
            try await requireRefusal(.notFound(.capsule), "a length") {
                try await fixture.catalogue.amend(
                    record.id, asset: nil, length: 25, fence: .initial, seen: fixture.time(9), admission: admission)
            }
            try requireSame(try await fixture.found(record.id), record, "the upload")
        },
        Check("chunks are recorded in any order, and the gaps stay gaps") { fixture in
            let record = try await fixture.begin(fixture.draft(try await fixture.newCapsule(), length: 1000))
            for index in [99, 3, 64, 63, 0, 4] as [UInt64] {
                try await fixture.catalogue.record(
                    DurablePiece(.chunk(index: index)), of: record.id, seen: fixture.time(1))
            }
            let session = try await fixture.found(record.id).session
            try requireEqual(session.pieces.ranges(), [0...0, 3...4, 63...64, 99...99], "the durable chunks")
            try requireEqual(session.receivedBytes, 60, "received bytes")
        },
        Check("a chunk recorded again changes nothing but the last use") { fixture in
            let record = try await fixture.begin(fixture.draft(try await fixture.newCapsule()))
            for seen in [1, 2] as [Int64] {
                try await fixture.catalogue.record(
                    DurablePiece(.chunk(index: 1)), of: record.id, seen: fixture.time(seen))
            }
            let session = try await fixture.found(record.id).session
            try requireEqual(session.pieces.ranges(), [1...1], "the durable chunks")
            try requireEqual(session.meta.lastSeen, fixture.time(2), "last seen")
            try requireEqual(session.meta.createdAt, fixture.time(0), "created at")
        },
        Check("the last use never moves back") { fixture in
            let record = try await fixture.begin(fixture.draft(try await fixture.newCapsule()))
            for (index, seen) in [50, 20].enumerated() {
                let piece = DurablePiece(.chunk(index: UInt64(index)))
                try await fixture.catalogue.record(piece, of: record.id, seen: fixture.time(Int64(seen)))
            }
            try await fixture.catalogue.amend(record.id, asset: nil, length: nil, seen: fixture.time(30))
            try await fixture.catalogue.touch([record.id: fixture.time(40)])
            try requireEqual(try await fixture.found(record.id).session.meta.lastSeen, fixture.time(50), "last seen")
        },
        Check("a short last chunk determines the length, in any order of arrival") { fixture in
            let record = try await fixture.begin(fixture.draft(try await fixture.newCapsule(), length: nil))
            let pieces = [DurablePiece(.chunk(index: 0)), DurablePiece(.chunk(index: 2), length: 25)]
            for piece in pieces { try await fixture.catalogue.record(piece, of: record.id, seen: fixture.time(1)) }
            let session = try await fixture.found(record.id).session
            try requireEqual(session.spec.expectedBytes, 25, "length")
            try requireEqual(session.pieces.ranges(), [0...0, 2...2], "the durable chunks")
            try requireEqual(session.receivedBytes, 15, "received bytes")
        },
        Check("the offset of an append never falls") { fixture in
            let record = try await fixture.begin(
                fixture.draft(try await fixture.newCapsule(), layout: .append, length: nil))
            var offsets: [UInt64] = []
            for offset in [7, 7, 4, 5_000_000_000, 12] as [UInt64] {
                let piece = DurablePiece(.append(through: offset))
                try await fixture.catalogue.record(piece, of: record.id, seen: fixture.time(1))
                offsets.append(try await fixture.found(record.id).session.offset)
            }
            try requireEqual(offsets, [7, 7, 7, 5_000_000_000, 5_000_000_000], "the offset")
        },
        Check("a piece recorded for one upload changes no other") { fixture in
            let capsule = try await fixture.newCapsule()
            let first = try await fixture.begin(fixture.draft(capsule))
            let second = try await fixture.begin(fixture.draft(capsule))
            try await fixture.catalogue.record(DurablePiece(.chunk(index: 1)), of: first.id, seen: fixture.time(1))
            try requireSame(try await fixture.found(second.id), second, "the other upload")
        },
        Check("pieces of unknown, ended and committed uploads are refused") { fixture in
            let capsule = try await fixture.newCapsule()
            func record(_ id: SessionId) async throws {
                try await fixture.catalogue.record(DurablePiece(.chunk(index: 1)), of: id, seen: fixture.time(99))
            }
            try await requireRefusal(.notFound(.upload), "an unknown upload") { try await record(fixture.nextId()) }
            for ending in [SessionStatus.aborted(at: fixture.time(10)), .expired(at: fixture.time(11))] {
                let ended = try await fixture.begin(fixture.draft(capsule))
                _ = try await fixture.catalogue.end(ended.id, as: ending, unlessSeenSince: nil)
                try await requireRefusal(.gone(ending), "\(ending)") { try await record(ended.id) }
                try requireEqual(try await fixture.found(ended.id).session.meta.lastSeen, fixture.time(0), "last seen")
            }
            for isPartial in [false, true] {
                let committed = try await fixture.committed(fixture.draft(capsule, isPartial: isPartial))
                try await requireRefusal(.committed, "a committed upload") { try await record(committed.id) }
                try requireSame(try await fixture.found(committed.id), committed, "the committed upload")
            }
        },
    ]

    static let prefixHashes: [Check] = [
        Check("of the hashes of an append the longest is kept, of durable bytes alone, until the upload is complete") {
            fixture in
            let record = try await fixture.begin(
                fixture.draft(try await fixture.newCapsule(), layout: .append, length: 900))
            let steps: [(through: UInt64, hashed: Int?, kept: Int?)] = [
                (0, nil, nil), (100, 100, 100), (200, 64, 100), (300, nil, 100), (400, 401, 100),
            ]
            for (offset, hashed, kept) in steps {
                let piece = DurablePiece(.append(through: offset), prefixHash: hashed.map(midstate))
                try await fixture.catalogue.record(piece, of: record.id, seen: fixture.time(1))
                try requireEqual(try await fixture.found(record.id).prefixHash, kept.map(midstate), "after \(offset)")
            }
            try await fixture.catalogue.record(
                DurablePiece(.append(through: 900), prefixHash: midstate(900)), of: record.id, seen: fixture.time(1))
            try await fixture.commit(record.id, length: 900)
            try requireEqual(try await fixture.found(record.id).prefixHash, nil, "after the commit")
        },
        Check("a hash of chunks is kept once all of them are durable, and dropped with any of them") { fixture in
            let record = try await fixture.begin(fixture.draft(try await fixture.newCapsule(), length: 50_005))
            func put(_ index: UInt64, hashing count: Int?, keeps kept: Int?) async throws {
                let piece = DurablePiece(.chunk(index: index), prefixHash: count.map(midstate))
                try await fixture.catalogue.record(piece, of: record.id, seen: fixture.time(1))
                try requireEqual(
                    try await fixture.found(record.id).prefixHash, kept.map(midstate), "after chunk \(index)")
            }
            try await put(1, hashing: 20, keeps: nil)
            try await put(0, hashing: 10, keeps: 10)
            try await fixture.recordTogether(record.id, Array(2..<5000))
            try await put(5000, hashing: 50_005, keeps: 50_005)
            try await fixture.catalogue.forgetPieces(of: record.id, in: [45_000..<45_010])
            try requireEqual(try await fixture.found(record.id).prefixHash, nil, "after the loss of a chunk")
            // Memory may not know of the loss yet.
            try await put(3, hashing: 50_005, keeps: nil)
            try await put(3, hashing: 45_000, keeps: 45_000)
            try await put(4500, hashing: nil, keeps: 45_000)
            _ = try await fixture.catalogue.end(record.id, as: .aborted(at: fixture.time(9)), unlessSeenSince: nil)
            try requireEqual(try await fixture.found(record.id).prefixHash, nil, "after the end")
        },
        Check("the hash of an append is dropped with bytes of it, and none is kept for bytes in the catalogue") {
            fixture in
            let capsule = try await fixture.newCapsule()
            let record = try await fixture.begin(fixture.draft(capsule, layout: .append, length: nil))
            let piece = DurablePiece(.append(through: 70), prefixHash: midstate(70))
            try await fixture.catalogue.record(piece, of: record.id, seen: fixture.time(1))
            try await fixture.catalogue.forgetPieces(of: record.id, in: [69..<70])
            try requireEqual(try await fixture.found(record.id).prefixHash, nil, "after the loss")
            let small = try await fixture.begin(fixture.draft(capsule, length: 25, storage: .catalogue))
            try await fixture.catalogue.record(
                DurablePiece(.chunk(index: 0), bytes: (0, [UInt8](repeating: 1, count: 10)), prefixHash: midstate(10)),
                of: small.id, seen: fixture.time(1))
            try requireEqual(try await fixture.found(small.id).prefixHash, nil, "of bytes in the catalogue")
        },
    ]

    /// The state of the hash of that many zeros.
    private static func midstate(_ count: Int) -> SHA256Midstate {
        var hasher = SHA256Hasher()
        [UInt8](repeating: 0, count: count).withUnsafeBytes { hasher.update($0) }
        return hasher.midstate
    }

    static let ledgerSize: [Check] = [
        Check("thousands of chunks recorded concurrently, from both ends, are all kept") { fixture in
            let count: UInt64 = 5300
            let record = try await fixture.begin(fixture.draft(try await fixture.newCapsule(), length: count * 10))
            let holes: Set<UInt64> = [0, 63, 64, 4095, 4096, 4097, 5119]
            try await fixture.recordTogether(record.id, (0..<count).reversed().filter { !holes.contains($0) })
            let expected: [ClosedRange<UInt64>] = [1...62, 65...4094, 4098...5118, 5120...5299]
            try requireEqual(try await fixture.found(record.id).session.pieces.ranges(), expected, "the durable chunks")
            try await fixture.recordTogether(record.id, holes.sorted())
            let session = try await fixture.found(record.id).session
            try requireEqual(session.pieces.ranges(), [0...5299], "the durable chunks")
            try require(session.isComplete, "the ledger is incomplete although all chunks are durable")
        },
        Check("a chunk may be far from all others") { fixture in
            let record = try await fixture.begin(fixture.draft(try await fixture.newCapsule(), length: nil))
            try await fixture.recordTogether(record.id, [999_999, 0, 65_536, 32_768, 32_767])
            let ranges = try await fixture.found(record.id).session.pieces.ranges()
            let expected: [ClosedRange<UInt64>] = [0...0, 32_767...32_768, 65_536...65_536, 999_999...999_999]
            try requireEqual(ranges, expected, "the durable chunks")
        },
    ]
}

extension CatalogueFixture {
    /// Records chunks, a hundred of them concurrently.
    func recordTogether(_ id: SessionId, _ indices: [UInt64]) async throws {
        for start in stride(from: 0, to: indices.count, by: 100) {
            try await withThrowingTaskGroup { group in
                for index in indices[start..<min(start + 100, indices.count)] {
                    group.addTask { [self] in
                        try await catalogue.record(DurablePiece(.chunk(index: index)), of: id, seen: time(1))
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}
