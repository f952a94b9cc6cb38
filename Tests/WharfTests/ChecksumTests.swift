import DurableFiles
import SessionCore
import Testing
import UploadCore
import UploadSimulation
import UploadTestKit
import Wharf

/// Stored bytes that are not what was received.
@Suite struct ChecksumTests {
    private let machine = Machine()
    private let bytes = content(3500)
    private let block = Int(SessionLayout.append.blockBytes)

    private func damage(at offset: UInt64) throws {
        machine.files.corrupt(try #require(machine.objects.first), at: offset)
    }

    @Test(arguments: [(0, 0), (1999, 1), (3000, 3), (3499, 3)])
    func `a damaged byte of a pending upload is found, and its chunk alone is sent again`(
        _ offset: UInt64, _ chunk: UInt64
    ) throws {
        let id = try machine.open { [bytes] store in try await store.pending(bytes) }
        try damage(at: offset)
        try machine.open { [bytes] store async throws in
            let report = try await store.check()
            #expect(report.issues.map(\.kind) == [.damagedBytes])
            let damage = "differs from what was received at byte \(chunk * 1000)"
            #expect(report.issues.first?.detail.hasSuffix(damage) == true)
            #expect(try await store.repair(report) == 1)
            #expect(try await store.record(id).session.pieces.missing(below: 4) == [chunk...chunk])
            try await store.sendMissing(id, bytes)
            _ = try await store.uploads.commit(id, digest: Digest(of: bytes), by: SimulatedStore.anna)
            #expect(try await store.check().issues == [])
        }
    }

    /// The checksum of the last bytes continues over appends, openings of the store, and the end.
    private func appended(_ sizes: [Int]) throws -> SessionId {
        let id = try machine.open { try await $0.begin(.append) }
        var start = 0
        for size in sizes {
            try machine.open { [start] store in
                _ = try await store.uploads.append(
                    id, at: UInt64(start), content(size, from: start)[...], by: SimulatedStore.anna)
            }
            start += size
        }
        return id
    }

    @Test func `a damaged byte of an append is found in whole blocks and in the last bytes`() throws {
        let id = try appended([700, block - 701, 2, 2 * block, 1000])
        let offset = UInt64(3 * block + 1001)
        for (damaged, kept) in [(offset - 1, 3 * block), (UInt64(block), block), (UInt64(block) - 1, 0)] {
            try damage(at: damaged)
            try machine.open { store async throws in
                let report = try await store.check()
                #expect(report.issues.map(\.kind) == [.damagedBytes])
                #expect(try await store.repair(report) == 1)
                #expect(try await store.record(id).session.offset == UInt64(kept))
                #expect(try await store.check().issues == [])
            }
        }
        try machine.open { store async throws in
            let whole = content(500)
            _ = try await store.uploads.append(id, at: 0, whole[...], by: SimulatedStore.anna)
            let record = try await store.uploads.commit(id, by: SimulatedStore.anna)
            #expect(record.digest == .whole(Digest(of: whole)))
            #expect(try await store.check().issues == [])
        }
    }

    @Test func `bytes that changed before the hash came to them are not committed, but sent again`() throws {
        try machine.open { [machine, bytes] store async throws in
            let id = try await store.begin(length: UInt64(bytes.count))
            for index in [1, 2, 3] {
                let chunk = bytes[index * 1000..<min((index + 1) * 1000, bytes.count)]
                try await store.uploads.putChunk(id, index: UInt64(index), chunk, by: SimulatedStore.anna)
            }
            machine.files.corrupt(try #require(machine.objects.first), at: 2500)
            // Reads the three chunks, since the hash can go on now. Without a digest nobody else would notice.
            try await store.uploads.putChunk(id, index: 0, bytes[..<1000], by: SimulatedStore.anna)
            await expectRefusal(.incomplete) { try await store.uploads.commit(id, by: SimulatedStore.anna) }
            #expect(try await store.record(id).session.pieces.missing(below: 4) == [2...2])
            try await store.sendMissing(id, bytes)
            let record = try await store.uploads.commit(id, by: SimulatedStore.anna)
            #expect(record.digest == .whole(Digest(of: bytes)))
        }
    }

    @Test func `an append that lost bytes after a restart is hashed from its start`() throws {
        let id = try appended([2 * block + 100])
        try damage(at: UInt64(2 * block + 99))
        let whole = content(2 * block + 100)
        try machine.open { [block] store async throws in
            #expect(try await store.repair(try await store.check()) == 1)
            #expect(try await store.record(id).session.offset == UInt64(2 * block))
            let other = whole[(2 * block)...].map { ~$0 }
            _ = try await store.uploads.append(id, at: UInt64(2 * block), other, by: SimulatedStore.anna)
            let digest = try await store.uploads.commit(id, by: SimulatedStore.anna).digest
            #expect(digest == .whole(Digest(of: whole[..<(2 * block)] + other)), "not of the bytes that are gone")
        }
    }

    // MARK: - Power loss without syncs

    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func `after a power loss at process-crash what is called durable is what was received`(_ seed: UInt64) throws {
        // A checkpoint after each commit syncs what the catalogue records, and nothing else.
        var limits = Machine.limits
        limits.logPagesMax = 1
        let machine = Machine(seed: seed, limits: limits)
        let whole = content(block + 5000)
        let (chunks, append) = try machine.open(.powerLoss) { [bytes] store in
            (try await store.begin(length: UInt64(bytes.count)), try await store.begin(.append))
        }
        try machine.open(.processCrash) { [bytes, block] store in
            for index in [1, 3, 0] as [UInt64] {
                let start = Int(index) * 1000
                try await store.uploads.putChunk(
                    chunks, index: index, bytes[start..<min(start + 1000, 3500)], by: SimulatedStore.anna)
            }
            for end in [3000, block + 2000, block + 4000] {
                let offset = try await store.record(append).session.offset
                _ = try await store.uploads.append(
                    append, at: offset, whole[Int(offset)..<end], by: SimulatedStore.anna)
            }
            machine.files.crashNow()
        }
        machine.files.restart()
        try machine.open(.processCrash) { [bytes] store async throws in
            #expect(try await store.check().issues == [])
            try await store.sendMissing(chunks, bytes)
            _ = try await store.uploads.commit(chunks, digest: Digest(of: bytes), by: SimulatedStore.anna)
            let offset = try await store.record(append).session.offset
            _ = try await store.uploads.append(append, at: offset, whole[Int(offset)...], by: SimulatedStore.anna)
            _ = try await store.uploads.commit(append, digest: Digest(of: whole), by: SimulatedStore.anna)
            #expect(try await store.check().issues == [])
        }
    }

    @Test func `a killed process costs no verification`() throws {
        _ = try machine.open(.processCrash) { [bytes, machine] store in
            _ = try await store.pending(bytes)
            machine.files.crashNow()
        }
        machine.files.restart(losingUnsynced: false)
        try damage(at: 5)
        try machine.open(.processCrash) { store async throws in
            // Nothing was read.
            #expect(store.repairs == [])
            #expect(try await store.check().issues.map(\.kind) == [.damagedBytes])
        }
    }

    // MARK: - Reads

    @Test func `a read of damaged bytes fails before its last byte`() throws {
        let blob = try machine.open { [bytes] store in try await store.committed(bytes) }
        try damage(at: 2500)
        try machine.open { [bytes] store async throws in
            var reader = try await store.uploads.read(BlobId(blob), by: SimulatedStore.anna)
            var read = 0
            let code = await outcome { while let piece = try await reader.next(limit: 300) { read += piece.count } }
            #expect(code == .storeCorrupt)
            #expect(read < 3000)
            var range = try await store.uploads.read(BlobId(blob), 0..<2000, by: SimulatedStore.anna)
            #expect(try await range.readAll() == Array(bytes[..<2000]))
        }
    }

    @Test func `a read of an append verifies each of its blocks`() throws {
        let id = try appended([3 * block + 700])
        try machine.open { store in _ = try await store.uploads.commit(id, by: SimulatedStore.anna) }
        func refused(_ range: Range<Int>) throws -> UploadError.Code? {
            try machine.open { store in
                var reader = try await store.uploads.read(
                    BlobId(id), UInt64(range.lowerBound)..<UInt64(range.upperBound), by: SimulatedStore.anna)
                return await outcome {
                    let read = try await reader.readAll()
                    #expect(read == content(range.count, from: range.lowerBound))
                }
            }
        }
        #expect(try refused(0..<3 * block + 700) == nil)
        try damage(at: UInt64(3 * block + 1))
        #expect(try refused(0..<3 * block + 700) == .storeCorrupt)
        #expect(try refused(3 * block..<3 * block + 700) == .storeCorrupt)
        #expect(try refused(10..<3 * block) == nil)
    }

    @Test func `a small blob is compared with its digest before a byte of it is returned`() throws {
        var limits = Machine.limits
        limits.catalogueBytesMax = 4096
        let machine = Machine(self.machine, limits: limits)
        let blob = try machine.open { [bytes] store in try await store.committed(bytes) }
        let place = try #require(machine.place(of: Array(bytes[..<500])))
        machine.files.corrupt("catalogue.db", at: place + 400)
        try machine.open { store async throws in
            var reader = try await store.uploads.read(BlobId(blob), 0..<10, by: SimulatedStore.anna)
            await expectRefusal(.storeCorrupt) { try await reader.next() }
        }
    }
}
